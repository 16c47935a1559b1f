/** Draws the ratios along the depth. */
import type { VNode } from 'preact';
import type { Format } from '../../src/shared/format';
import { PLOT, bandPath, pointLabel, referencePath, stageMarks } from './depth-layout';
import type { DepthLayout } from './depth-layout';
import type { DepthModel, DepthPoint } from './depth-model';

const DOT = 3;

export interface DepthChartProps {
  readonly model: DepthModel;
  readonly layout: DepthLayout;
  readonly selected: number;
  readonly axisTitle: string;
  /** What the layers are compared with, in one word. */
  readonly reference: string;
  readonly sentence: string;
  readonly format: Format;
  readonly onSelect: (index: number) => void;
}

/** One point for each layer, over its own reference and what chance gives; a click selects the layer there. */
export function DepthChart(props: DepthChartProps): VNode {
  const { model, layout, sentence, onSelect } = props;
  const hasStages = model.stages.length > 0;
  const height = PLOT.bottom + (hasStages && !layout.aligned ? 30 : 8);
  const pick = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const index = Math.floor((event.clientX - box.left - PLOT.left) / layout.slot);
    if (index >= 0 && index < model.points.length) onSelect(index);
  };
  return (
    <svg class="chart" width={layout.width} height={height} role="img" aria-label={sentence} onClick={pick}>
      <Frame {...props} />
      <Points {...props} />
      <SelectedLabel {...props} />
      {!layout.aligned && <Stages model={model} layout={layout} y={PLOT.bottom + 6} />}
    </svg>
  );
}

/** Brackets under the layers of a stage, with their labels. @param y upper end, CSS pixels */
export function Stages({
  model,
  layout,
  y,
}: {
  readonly model: Pick<DepthModel, 'stages'>;
  readonly layout: DepthLayout;
  readonly y: number;
}): VNode {
  return (
    <>
      {stageMarks(model.stages, layout, y).map(({ path, label, x }) => (
        <>
          <path class="axis" d={path} />
          {label !== '' && (
            <text class="axis-text" x={x} y={y + 17} text-anchor="middle">
              {label}
            </text>
          )}
        </>
      ))}
    </>
  );
}

function Frame({ model, layout, selected, axisTitle, reference, format }: DepthChartProps): VNode {
  const end = PLOT.left + layout.slot * model.points.length;
  const last = layout.y(model.points.at(-1)?.reference ?? 1);
  return (
    <>
      <rect
        class="selected-band"
        x={layout.x(selected) - Math.max(2, layout.slot / 2)}
        y={PLOT.top - 6}
        width={Math.max(4, layout.slot)}
        height={PLOT.bottom - PLOT.top + 6}
      />
      {layout.axis.ticks.map((tick) => (
        <>
          <path class="grid" d={`M${PLOT.left} ${layout.y(tick).toFixed(1)}H${end.toFixed(1)}`} />
          <text
            class="axis-text"
            x={PLOT.left - 8}
            y={layout.y(tick)}
            text-anchor="end"
            dominant-baseline="central"
          >
            {tickText(tick, layout, format)}
          </text>
        </>
      ))}
      <path class="band" d={bandPath(model, layout)} />
      <path class="axis" d={referencePath(model, layout)} />
      <ReferenceLabel {...{ layout, reference }} y={last} end={end} />
      <text class="axis-text" x="0" y="10">
        {axisTitle}
      </text>
    </>
  );
}

function tickText(tick: number, layout: DepthLayout, format: Format): string {
  const [first = 0, second = 0] = layout.axis.ticks;
  return `${format.fixed(tick, second - first < 0.0999 ? 2 : 1)}×`;
}

function ReferenceLabel({
  reference,
  layout,
  y,
  end,
}: Pick<DepthChartProps, 'reference' | 'layout'> & { readonly y: number; readonly end: number }): VNode {
  const words = [reference, '± chance'];
  if (!layout.labelRight) {
    return (
      <text class="axis-text halo" x={end} y={y - 6} text-anchor="end">
        {words.join(' ')}
      </text>
    );
  }
  return (
    <>
      {words.map((word, line) => (
        <text class="axis-text" x={end + 6} y={y - 2 + line * 13}>
          {word}
        </text>
      ))}
    </>
  );
}

const marks: Record<DepthPoint['standing'], string> = {
  above: 'dot above',
  below: 'dot below',
  within: 'dot within',
  unknown: 'dot within',
};

function Points({ model, layout }: DepthChartProps): VNode {
  const radius = layout.slot < 5 ? 1.5 : DOT;
  return (
    <>
      {(['above', 'within', 'below'] as const).map((standing) => (
        <path
          class={marks[standing]}
          d={model.points
            .map((point, index) => (point.standing === standing ? mark(point, index, layout, radius) : ''))
            .join('')}
        />
      ))}
    </>
  );
}

/** A disc, or a triangle at the edge of the scale. */
function mark({ ratio }: DepthPoint, index: number, layout: DepthLayout, r: number): string {
  if (ratio === null) return '';
  const x = layout.x(index);
  const y = layout.y(ratio);
  if (ratio > layout.axis.max) return `M${x.toFixed(1)} ${(y - 4).toFixed(1)}l5 8h-10z`;
  if (ratio < layout.axis.min) return `M${x.toFixed(1)} ${(y + 4).toFixed(1)}l5 -8h-10z`;
  return `M${(x - r).toFixed(1)} ${y.toFixed(1)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
}

/** Names the selected layer, and the farthest of those off the scale. */
function SelectedLabel({ model, layout, selected, format }: DepthChartProps): VNode {
  const off = model.points
    .map((point, index) => ({ point, index }))
    .filter(
      ({ point }) => point.ratio !== null && (point.ratio > layout.axis.max || point.ratio < layout.axis.min),
    )
    .sort((a, b) => (b.point.ratio ?? 0) - (a.point.ratio ?? 0));
  const named = new Map<number, string[]>();
  for (const { point, index } of off.slice(0, 2)) {
    named.set(index, [` ${format.ratio(point.ratio)}`, ', off the scale']);
  }
  const own = model.points[selected];
  if (own && !named.has(selected)) named.set(selected, [` ${format.ratio(own.ratio)}`]);
  return (
    <>
      {[...named].map(([index, rest]) => {
        const point = model.points[index];
        if (!point || point.ratio === null) return null;
        const { text, x, anchor } = pointLabel(point.name, rest, layout.x(index), layout.width);
        const inside = point.ratio <= layout.axis.max && point.ratio >= layout.axis.min;
        return (
          <text
            class={index === selected ? 'point-label halo strong' : 'point-label halo'}
            x={x}
            y={layout.y(point.ratio) + (inside ? -9 : 4)}
            text-anchor={anchor}
          >
            {text}
          </text>
        );
      })}
    </>
  );
}
