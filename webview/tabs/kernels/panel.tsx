/** The Kernels tab: whole model against its null, along the depth, one layer, all layers. */
import type { VNode } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { KernelsResult } from '../../../src/contract/results';
import { depthModel } from '../../charts/depth-model';
import { usePalette } from '../../charts/palette';
import { dataScale, differenceScale, unitScale } from '../../charts/scales';
import { send } from '../../host';
import { useLayerKeys } from '../../ui/layer-keys';
import type { TabProps } from '../tab';
import type { kernelsChoices } from './choices';
import { DepthSection } from './depth-section';
import type { KernelsContext } from './context';
import { kernelsView } from './model';
import { LayerSection } from './layer-section';
import { FiltersSection } from './filters-section';
import { LayersTable } from './layers-table';
import { Empty, ErrorBox, Loading } from '../../ui/states';
import { WholeModel } from './whole-model';

/** The host is asked to read the kernels when the tab is first opened; until then, that they are being read. */
export function Kernels(props: TabProps<typeof kernelsChoices>): VNode {
  const { state, inspected, format } = props;
  const { kernels } = state;
  const isWanted = kernels.phase === 'idle';
  useEffect(() => {
    if (isWanted) send({ type: 'loadKernels' });
  }, [isWanted]);
  if (kernels.phase === 'error') return <ErrorBox error={kernels.error} />;
  if (kernels.phase !== 'ready') {
    return (
      <Loading key="kernels">
        Reading the kernels of <span class="mono">{state.fileName}</span>, {format.bytes(inspected.size)}
      </Loading>
    );
  }
  return <Sections {...props} kernels={kernels.value} />;
}

type SectionsProps = TabProps<typeof kernelsChoices> & { readonly kernels: KernelsResult };

function Sections({ kernels, state, inspected, choices, choose, format, viewport }: SectionsProps): VNode {
  const { slices } = state;
  const { sites, hasGraph } = inspected;
  const palette = usePalette();
  const { size, weights, nullModel } = choices;
  const view = useMemo(
    () => kernelsView(kernels, sites, { size, weights, nullModel }),
    [kernels, sites, size, weights, nullModel],
  );
  const depth = useMemo(() => view && depthModel(view), [view]);
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
