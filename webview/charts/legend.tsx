/** The ramp of a scale with its end values. */
import type { VNode } from 'preact';
import type { Format } from '../../src/shared/format';
import { hex } from '../../src/shared/colour';
import type { Scale } from './scales';

const STEPS = 40;
/** Room for half of an end's number. */
const PAD = 18;

export interface LegendProps {
  readonly label: string;
  readonly scale: Scale;
  /** How a value on the scale is written. */
  readonly write: (value: number) => string;
  readonly width?: number;
}

/** A scale's colours from its least value to its largest, with the numbers below. */
export function Legend({ label, scale, write, width = 172 }: LegendProps): VNode {
  const step = width / STEPS;
  const middle = (scale.min + scale.max) / 2;
  const marks = [
    { value: scale.min, x: PAD, anchor: 'middle' as const },
    { value: middle, x: PAD + width / 2, anchor: 'middle' as const },
    { value: scale.max, x: PAD + width, anchor: 'middle' as const },
  ];
  return (
    <span class="legend">
      {label}
      <svg width={width + 2 * PAD} height="24" aria-hidden="true">
        {Array.from({ length: STEPS }, (_, index) => {
          const value = scale.min + ((index + 0.5) / STEPS) * (scale.max - scale.min);
          return (
            <rect x={PAD + index * step} width={step + 0.5} height="8" fill={hex(scale.colour(value))} />
          );
        })}
        {marks.map(({ value, x, anchor }) => (
          <text class="axis-text" x={x} y="20" text-anchor={anchor}>
            {write(value)}
          </text>
        ))}
      </svg>
      <span class="unseen">
        from {write(scale.min)} to {write(scale.max)}
      </span>
    </span>
  );
}

/** Beside the scale of differences: what their grey numbers are. */
export function ChanceKey({ scale }: Pick<LegendProps, 'scale'>): VNode {
  return (
    <span class="legend-key">
      <svg width="14" height="14" aria-hidden="true">
        <rect class="cell" x="1" y="1" width="12" height="12" rx="2" fill={hex(scale.colour(0))} />
      </svg>
      grey number: chance (95 %, all positions and layers together)
    </span>
  );
}

/** Ends of a magnitude scale: plain for 0 to 1, two decimals otherwise. */
export function magnitudeMark(scale: Scale, format: Format): (value: number) => string {
  const round = scale.min === 0 && scale.max === 1;
  return (value) => format.fixed(value, round ? (Number.isInteger(value) ? 0 : 1) : 2);
}

/** Ends of a difference scale. */
export function differenceMark(scale: Scale, format: Format): (value: number) => string {
  const digits = scale.max < 0.1 ? 2 : scale.max < 1 ? 1 : 0;
  return (value) => (value === 0 ? '0' : format.signed(value, digits));
}
