/** One measure of every matched kernel along the depth. */
import type { VNode } from 'preact';
import { Stages } from '../../charts/depth-chart';
import { PLOT, pointLabel } from '../../charts/depth-layout';
import type { DepthLayout } from '../../charts/depth-layout';
import type { Stage } from '../../charts/depth-model';
import type { Format } from '../../../src/shared/format';
import { scientific } from '../../../src/shared/numbers';
import { tickDigits } from './layout';
import type { CompareMeasure } from './choices';
import type { KernelRow } from './model';
import { unchanged, valueOf } from './model';
import { measureText } from './words';

export interface ChangeChartProps {
  readonly rows: readonly KernelRow[];
  readonly measure: CompareMeasure;
  readonly layout: DepthLayout;
  readonly stages: readonly Stage[];
  readonly selected: number;
  readonly axisTitle: string;
  readonly sentence: string;
  readonly format: Format;
  readonly onSelect: (index: number) => void;
}

/** One point for each matched kernel; a click selects the one there. */
export function ChangeChart(props: ChangeChartProps): VNode {
  const { rows, layout, stages, sentence, onSelect } = props;
  const height = PLOT.bottom + (stages.length > 0 && !layout.aligned ? 30 : 8);
  const pick = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const index = Math.floor((event.clientX - box.left - PLOT.left) / layout.slot);
    if (index >= 0 && index < rows.length) onSelect(index);
  };
  return (
    <svg class="chart" width={layout.width} height={height} role="img" aria-label={sentence} onClick={pick}>
      <Frame {...props} />
      <Points {...props} />
      <SelectedLabel {...props} />
      {!layout.aligned && <Stages model={{ stages }} layout={layout} y={PLOT.bottom + 6} />}
    </svg>
  );
}

function Frame({ rows, measure, layout, selected, axisTitle, format }: ChangeChartProps): VNode {
  const end = PLOT.left + layout.slot * rows.length;
  const digits = tickDigits(layout.axis);
  const text = (tick: number) =>
    digits > 4 && tick !== 0 && measure !== 'cosine'
      ? scientific(tick)
      : format.fixed(tick, Math.min(digits, 6));
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
          <path
            class={tick === unchanged(measure) ? 'axis' : 'grid'}
            d={`M${PLOT.left} ${layout.y(tick).toFixed(1)}H${end.toFixed(1)}`}
          />
          <text
            class="axis-text"
            x={PLOT.left - 8}
            y={layout.y(tick)}
            text-anchor="end"
            dominant-baseline="central"
          >
            {text(tick)}
          </text>
        </>
      ))}
      <text class="axis-text" x="0" y="10">
        {axisTitle}
      </text>
    </>
  );
}

/** A stem from where nothing has changed and a disc, or a triangle at the edge of the scale. */
function Points({ rows, measure, layout }: ChangeChartProps): VNode {
  const base = layout.y(unchanged(measure)).toFixed(1);
  const radius = layout.slot < 5 ? 1.5 : 2.4;
  const known = rows.flatMap((row, index) => {
    const value = valueOf(row, measure);
    return value === null ? [] : [{ value, x: layout.x(index) }];
  });
  return (
    <>
      <path
        class="axis"
        d={known.map(({ value, x }) => `M${x.toFixed(1)} ${base}V${layout.y(value).toFixed(1)}`).join('')}
      />
      <path class="dot change" d={known.map(({ value, x }) => mark(value, x, layout, radius)).join('')} />
    </>
  );
}

function mark(value: number, x: number, layout: DepthLayout, r: number): string {
  const y = layout.y(value);
  const { min, max } = layout.axis;
  if (value > max) return `M${x.toFixed(1)} ${(y - 4).toFixed(1)}l5 8h-10z`;
  if (value < min) return `M${x.toFixed(1)} ${(y + 4).toFixed(1)}l5 -8h-10z`;
  return `M${(x - r).toFixed(1)} ${y.toFixed(1)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
}

function SelectedLabel({ rows, measure, layout, selected, format }: ChangeChartProps): VNode | null {
  const row = rows[selected];
  const value = row && valueOf(row, measure);
  if (!row || value === null || value === undefined) return null;
  const off = value > layout.axis.max || value < layout.axis.min ? [', off the scale'] : [];
  const rest = [` ${measureText(measure, value, format)}`, ...off];
  const { text, x, anchor } = pointLabel(row.label, rest, layout.x(selected), layout.width);
  return (
    <text class="point-label halo strong" x={x} y={PLOT.top - 6} text-anchor={anchor}>
      {text}
    </text>
  );
}
