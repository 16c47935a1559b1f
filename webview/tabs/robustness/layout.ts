/** Where rows, marks, intervals and numbers of an interval chart lie. Pure. */

export interface IntervalLayout {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
  /** Of a value on the horizontal axis; one that is off the scale lies on its edge. */
  readonly x: (value: number) => number;
  /** Middle of the marks of a row. */
  readonly y: (row: number) => number;
  /** Middle of a row's name. */
  readonly nameY: (row: number) => number;
  /** Names stand above the marks, where there is no room beside them. */
  readonly stacked: boolean;
}

const NAMES = 136;
const NUMBERS = 56;
const TOP = 34;
const ROW = { one: 28, two: 38 } as const;
/** For a name above the marks. */
const NAME = 16;
const AXIS = 38;

/** Ends and ticks of the horizontal axis. */
export interface IntervalScale {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
}

/** Of shares. */
export const PERCENTS: IntervalScale = { min: 0, max: 100, ticks: [0, 25, 50, 75, 100] };

/** Fixed, so that nothing moves while numbers arrive; what is beyond is drawn at the edge with its value beside. */
export const POINTS: IntervalScale = { min: -20, max: 20, ticks: [-20, -10, 0, 10, 20] };

/**
 * @param width CSS pixels of the whole drawing
 * @param marks in each row
 */
export function intervalLayout(
  { min, max, ticks }: IntervalScale,
  rows: number,
  marks: 1 | 2,
  width: number,
): IntervalLayout {
  const stacked = width < 520;
  // Half of a number on the axis must find room at the left.
  const [left, right] = [stacked ? 16 : NAMES, width - NUMBERS];
  const step = (marks === 2 ? ROW.two : ROW.one) + (stacked ? NAME : 0);
  const bottom = TOP + rows * step;
  const clamp = (value: number) => Math.min(max, Math.max(min, value));
  const middle = (row: number) => TOP + row * step + (step + (stacked ? NAME : 0)) / 2;
  return {
    ...{ width, height: bottom + AXIS, left, right, top: TOP, bottom, min, max, ticks, stacked },
    x: (value) => left + ((clamp(value) - min) / (max - min)) * (right - left),
    y: middle,
    nameY: (row) => middle(row) - (stacked ? (marks === 2 ? 24 : 16) : 0),
  };
}
