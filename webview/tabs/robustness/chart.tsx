/** Draws shares and differences as marks with their intervals, one row for each distortion. */
import type { ComponentChildren, VNode } from 'preact';
import type { RobustnessDifference, RobustnessShare } from '../../../src/contract/results';
import { Mark } from '../../charts/line-chart';
import type { Tone } from '../../../src/shared/charts/line-chart';
import type { Format } from '../../../src/shared/format';
import { intervalLayout, PERCENTS, POINTS } from './layout';
import type { IntervalLayout } from './layout';
import { isClear } from './model';
import type { RobustnessView, ViewRow } from './model';
import { measureTitle } from './reading';

export interface ChartProps {
  readonly view: RobustnessView;
  readonly width: number;
  readonly sentence: string;
  readonly format: Format;
}

/** Accuracy or agreement of one network, or of two above one another. */
export function ShareChart({ view, width, sentence, format }: ChartProps): VNode {
  const { rows, other, chance, measure } = view;
  const layout = intervalLayout(PERCENTS, rows.length, other === undefined ? 1 : 2, width);
  const offset = other === undefined ? 0 : 8;
  return (
    <Frame {...{ layout, sentence, format, view }} title={`${measureTitle(measure)}, 95 % intervals`}>
      {chance !== undefined && <Chance layout={layout} chance={chance} format={format} />}
      {rows.map(({ found }, row) => (
        <>
          {found && (
            <Share {...{ layout, format }} share={found.share} y={layout.y(row) - offset} tone="acnet" />
          )}
          {found?.against && (
            <Share {...{ layout, format }} share={found.against} y={layout.y(row) + offset} tone="plain" />
          )}
        </>
      ))}
    </Frame>
  );
}

/** This network minus the other one. */
export function DifferenceChart({ view, width, sentence, format }: ChartProps): VNode {
  const layout = intervalLayout(POINTS, view.rows.length, 1, width);
  const zero = layout.x(0).toFixed(1);
  return (
    <Frame {...{ layout, sentence, format, view }} title="this − other, points, 95 % intervals" signed>
      <path class="reference solid" d={`M${zero} ${layout.top}V${layout.bottom}`} />
      {view.rows.map(({ found }, row) =>
        found?.difference ? (
          <Difference
            {...{ layout, format }}
            difference={found.difference}
            y={layout.y(row)}
            clear={isClear(found)}
          />
        ) : null,
      )}
    </Frame>
  );
}

interface FrameProps {
  readonly layout: IntervalLayout;
  readonly view: RobustnessView;
  readonly sentence: string;
  readonly title: string;
  readonly format: Format;
  readonly signed?: boolean;
  readonly children: ComponentChildren;
}

function Frame({ layout, view, sentence, title, format, signed, children }: FrameProps): VNode {
  const { width, height, left, right, top, bottom, ticks, x } = layout;
  return (
    <svg class="lines" width={width} height={height} role="img" aria-label={sentence}>
      <text class="axis-text" x="0" y="12">
        {title}
      </text>
      {ticks.map((tick) => (
        <>
          <path class="grid" d={`M${x(tick).toFixed(1)} ${top}V${bottom}`} />
          <text class="axis-text" x={x(tick)} y={bottom + 16} text-anchor="middle">
            {signed ? format.signed(tick, 0) : format.count(tick)}
          </text>
        </>
      ))}
      <path class="axis" d={`M${left} ${bottom + 0.5}H${right}`} />
      {view.rows.map((row, index) => (
        <RowName {...{ layout, row, index }} live={view.live} />
      ))}
      {children}
    </svg>
  );
}

function RowName({
  layout: { left, y, nameY },
  row,
  index,
  live,
}: {
  readonly layout: IntervalLayout;
  readonly row: ViewRow;
  readonly index: number;
  readonly live: boolean;
}): VNode {
  const missing = row.leftOut !== undefined ? 'left out' : live ? 'to come' : 'not measured';
  return (
    <>
      <text class="point-label" x="0" y={nameY(index)} dominant-baseline="central">
        {row.name}
      </text>
      {!row.found && (
        <text class="axis-text halo" x={left + 8} y={y(index)} dominant-baseline="central">
          {missing}
        </text>
      )}
    </>
  );
}

function Chance({
  layout,
  chance,
  format,
}: {
  layout: IntervalLayout;
  chance: number;
  format: Format;
}): VNode {
  const { x, top, bottom } = layout;
  return (
    <>
      <path class="reference" d={`M${x(chance).toFixed(1)} ${top - 4}V${bottom}`} />
      <text class="axis-text" x={x(chance)} y={top - 8} text-anchor={x(chance) < 60 ? 'start' : 'middle'}>
        chance {format.fixed(chance, Number.isInteger(chance) ? 0 : 1)} %
      </text>
    </>
  );
}

function Share({
  layout,
  share,
  y,
  tone,
  format,
}: {
  readonly layout: IntervalLayout;
  readonly share: RobustnessShare;
  readonly y: number;
  readonly tone: Tone;
  readonly format: Format;
}): VNode {
  return (
    <>
      <Interval {...{ layout, y }} low={share.low} high={share.high} name={tone} />
      <Mark tone={tone} x={layout.x(share.percent)} y={y} />
      <text class="point-label" x={layout.width} y={y} text-anchor="end" dominant-baseline="central">
        {format.fixed(share.percent, 1)}
      </text>
    </>
  );
}

function Difference({
  layout,
  difference: { points, low, high },
  y,
  clear,
  format,
}: {
  readonly layout: IntervalLayout;
  readonly difference: RobustnessDifference;
  readonly y: number;
  /** Claimed: a filled mark. */
  readonly clear: boolean;
  readonly format: Format;
}): VNode {
  const x = layout.x(points);
  const name = clear ? (points > 0 ? 'above' : 'below') : 'within';
  const beyond = points > layout.max ? 1 : points < layout.min ? -1 : 0;
  return (
    <>
      <Interval {...{ layout, y, low, high }} name="difference" />
      {beyond === 0 ? (
        <circle class={`dot ${name}`} cx={x} cy={y} r="4" />
      ) : (
        <path class={`dot ${name}`} d={`M${x + beyond * 5} ${y}l${-beyond * 8} -5v10z`} />
      )}
      <text class="point-label" x={layout.width} y={y} text-anchor="end" dominant-baseline="central">
        {format.signed(points, 1)}
      </text>
    </>
  );
}

/** A line with ends across it; an end that is off the scale has none. */
function Interval({
  layout: { x, min, max },
  low,
  high,
  y,
  name,
}: {
  readonly layout: IntervalLayout;
  readonly low: number;
  readonly high: number;
  readonly y: number;
  readonly name: string;
}): VNode {
  const end = (value: number) => (value < min || value > max ? '' : `M${x(value).toFixed(1)} ${y - 3}v6`);
  return (
    <path
      class={`interval ${name}`}
      d={`M${x(low).toFixed(1)} ${y}H${x(high).toFixed(1)}${end(low)}${end(high)}`}
    />
  );
}
