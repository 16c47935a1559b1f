/** The Kernels tab: whole model against its null, along the depth, one layer, all layers. */
import type { VNode } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { KernelsResult, SiteResult } from '../../../src/contract/results';
import type { SlicesState } from '../../../src/contract/page';
import { depthModel } from '../../charts/depth-model';
import { usePalette } from '../../charts/palette';
import { dataScale, differenceScale, unitScale } from '../../charts/scales';
import type { Format } from '../../ui/format';
import type { Choices, Choose } from '../../host-state';
import { DepthSection } from './depth-section';
import type { KernelsContext } from './kernels-context';
import { kernelsView } from './kernels-model';
import { LayerSection } from './layer-section';
import { FiltersSection } from './filters-section';
import { LayersTable } from './layers-table';
import { Empty } from '../../ui/states';
import type { Viewport } from '../../ui/viewport';
import { WholeModel } from './whole-model';

export interface KernelsProps {
  readonly kernels: KernelsResult;
  readonly slices: SlicesState | undefined;
  readonly sites: readonly SiteResult[];
  /** Whether a network says in which order the layers are. */
  readonly hasGraph: boolean;
  readonly choices: Choices;
  readonly choose: Choose;
  readonly format: Format;
  readonly viewport: Viewport;
}

export function Kernels(props: KernelsProps): VNode {
  const { kernels, slices, sites, hasGraph, choices, choose, format, viewport } = props;
  const palette = usePalette();
  const { size, weights, nullModel } = choices;
  const view = useMemo(
    () =>
      kernelsView(kernels, sites, {
        ...(size !== undefined && { size }),
        ...(weights && { weights }),
        ...(nullModel && { nullModel }),
      }),
    [kernels, sites, size, weights, nullModel],
  );
  const depth = useMemo(() => view && depthModel({ ...view }), [view]);
  const selected = Math.max(0, view?.layers.findIndex(({ name }) => name === choices.layer) ?? 0);
  const count = view?.layers.length ?? 0;
  const select = (index: number) => {
    const layer = view?.layers[Math.min(count - 1, Math.max(0, index))];
    if (layer) choose({ layer: layer.name });
  };
  useLayerKeys(selected, select);
  if (!view || !depth) {
    return (
      <Empty title="This checkpoint has no k×k kernel to draw.">
        Magnitudes by position need a convolution kernel of 2×2 or more.
      </Empty>
    );
  }
  const shown = [view.own, view.untrained, ...view.references.map(({ matrix }) => matrix)];
  const context: KernelsContext = {
    view,
    magnitude: choices.scale === 'data' ? dataScale(shown) : unitScale(),
    difference: differenceScale([view.difference], palette),
    choices,
    choose,
    format,
    viewport,
    wide: viewport.width >= 900,
    hasGraph,
  };
  return (
    <>
      <WholeModel {...context} />
      {count > 1 && <DepthSection {...context} {...{ depth, selected, select, palette }} />}
      {count > 0 && <LayerSection {...context} {...{ depth, selected, select, palette }} />}
      {count > 0 && <FiltersSection {...context} {...{ depth, selected, select, palette, slices }} />}
      {count > 1 && <LayersTable {...context} {...{ depth, selected, select, palette }} />}
    </>
  );
}

/** J and K: next and previous layer, anywhere on the tab but in a text field. */
export function useLayerKeys(selected: number, select: (index: number) => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const target = event.target as Element | null;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (target?.closest('input, select, textarea, vscode-text-field')) return;
      if (event.key === 'j' || event.key === 'J') select(selected + 1);
      else if (event.key === 'k' || event.key === 'K') select(selected - 1);
    };
    window.addEventListener('keydown', listen);
    return () => {
      window.removeEventListener('keydown', listen);
    };
  });
}
