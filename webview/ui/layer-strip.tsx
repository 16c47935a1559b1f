/** The layers' matrices under a chart; one stop of the Tab key, ←/→ step through the layers and read them out. */
import type { VNode } from 'preact';
import { Stages } from '../charts/depth-chart';
import { stripWindow } from '../charts/depth-layout';
import type { DepthLayout } from '../charts/depth-layout';
import type { Stage } from '../charts/depth-model';
import type { Scale } from '../charts/scales';
import { AlignedStrip, RowsStrip, stripCapacity } from '../charts/strip';
import type { Format } from '../../src/shared/format';
import { moveIndex } from './keys';
import type { Viewport } from './viewport';
import type { Matrix } from '../../src/shared/matrix';

export interface LayerStripProps {
  readonly matrices: readonly Matrix[];
  readonly scale: Scale;
  readonly layout: DepthLayout;
  readonly stages: readonly Stage[];
  readonly selected: number;
  readonly select: (index: number) => void;
  /** Beside matrices that lie under their points. */
  readonly label: string;
  /** Of the whole, for screen readers. */
  readonly name: string;
  /** The selected layer. */
  readonly words: string;
  readonly format: Format;
  readonly viewport: Viewport;
}

/** Shown below a chart along the depth, with the same layer selected. */
export function LayerStrip(props: LayerStripProps): VNode {
  const { matrices, layout, stages, selected, select, name, words, format, viewport } = props;
  const move = (event: KeyboardEvent) => {
    const next = moveIndex(event.key, selected, matrices.length);
    if (next === undefined) return;
    event.preventDefault();
    select(next);
  };
  const range = stripWindow(matrices.length, stripCapacity(viewport.content, 4), selected);
  return (
    <>
      <div
        class="strip-box"
        role="slider"
        tabIndex={0}
        aria-label={name}
        aria-valuemin={1}
        aria-valuemax={matrices.length}
        aria-valuenow={selected + 1}
        aria-valuetext={words}
        onKeyDown={move}
      >
        <Matrices {...props} {...range} />
      </div>
      {layout.aligned && stages.length > 0 && (
        <svg class="chart" width={layout.width} height="26" aria-hidden="true">
          <Stages model={{ stages }} layout={layout} y={2} />
        </svg>
      )}
      {range.to - range.from < matrices.length && !layout.aligned && (
        <p class="foot">
          Layers {format.count(range.from + 1)}–{format.count(range.to)} of {format.count(matrices.length)},
          around the selected one.
        </p>
      )}
    </>
  );
}

function Matrices({
  matrices,
  scale,
  layout,
  selected,
  select,
  label,
  viewport,
  from,
  to,
}: LayerStripProps & { readonly from: number; readonly to: number }): VNode {
  if (layout.aligned) {
    return <AlignedStrip {...{ matrices, scale, layout, selected, label }} onSelect={select} />;
  }
  return (
    <RowsStrip
      matrices={matrices.slice(from, to)}
      width={viewport.content}
      {...{ from, scale, selected }}
      onSelect={select}
    />
  );
}
