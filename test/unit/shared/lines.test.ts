import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countAxis,
  isOnScale,
  lineLayout,
  linePath,
  nearestIndex,
  niceAxis,
  spreadLabels,
  spreadPath,
  tickDigits,
} from '../../../src/shared/charts/line-layout';

const plot = { width: 220, height: 120, left: 20, right: 220, top: 10, bottom: 110 };
const layout = lineLayout(
  plot,
  { min: 0, max: 10, ticks: [0, 5, 10] },
  { min: 0, max: 100, ticks: [0, 50, 100] },
);

describe('a chart of curves', () => {
  it('maps values to pixels and holds those off the scale at its edge', () => {
    expect([layout.x(0), layout.x(5), layout.x(10)]).toEqual([20, 120, 220]);
    expect([layout.y(0), layout.y(50), layout.y(100)]).toEqual([110, 60, 10]);
    expect([layout.y(-3), layout.y(250)]).toEqual([110, 10]);
    expect(isOnScale(layout.yAxis, 250)).toBe(false);
  });

  it('draws a line through its points and a band around it', () => {
    const points = [
      { x: 0, y: 50, std: 10 },
      { x: 10, y: 100, std: 10 },
    ];
    expect(linePath(points, layout)).toBe('M20.0 60.0L220.0 10.0');
    expect(spreadPath(points, layout)).toBe('M20.0 50.0L220.0 10.0L220.0 20.0L20.0 70.0Z');
    expect(spreadPath([{ x: 0, y: 1, std: 3 }], layout)).toBe('');
    expect(
      spreadPath(
        points.map(({ x, y }) => ({ x, y, std: 0 })),
        layout,
      ),
    ).toBe('');
    expect(linePath([], layout)).toBe('');
  });

  it('has axes that hold their values between round ends', () => {
    expect(niceAxis(92.8, 94.6, 3, 2)).toEqual({ min: 92, max: 95, ticks: [92, 93, 94, 95] });
    expect(niceAxis(0, 0.143, 4).ticks).toEqual([0, 0.05, 0.1, 0.15]);
    const value = fc.double({ min: -1e4, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(value, value, fc.integer({ min: 2, max: 8 }), (a, b, count) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const { min, max, ticks } = niceAxis(low, high, count);
        const slack = 1e-6 * (1 + Math.abs(low) + Math.abs(high));
        expect(min).toBeLessThanOrEqual(low + slack);
        expect(max).toBeGreaterThanOrEqual(high - slack);
        expect(max).toBeGreaterThan(min);
        expect(ticks.length).toBeLessThanOrEqual(count + 2);
      }),
    );
  });

  it('counts epochs in whole numbers', () => {
    expect(countAxis(40, 4)).toEqual({ min: 0, max: 40, ticks: [0, 10, 20, 30, 40] });
    expect(countAxis(2, 4).ticks).toEqual([0, 1, 2]);
    expect(countAxis(0, 4).max).toBe(1);
    expect(countAxis(7, 4)).toEqual({ min: 0, max: 7, ticks: [0, 2, 4, 6] });
  });

  it('writes ticks with as many decimals as tell them apart', () => {
    const digits = (...ticks: number[]) => tickDigits({ min: 0, max: 1, ticks });
    expect([digits(0, 25), digits(0, 0.5), digits(0, 0.05), digits(92, 93)]).toEqual([0, 1, 2, 0]);
  });

  it('moves labels apart, keeps their order, and stays inside while there is room', () => {
    expect(spreadLabels([50, 52, 90], 15, 0, 100)).toEqual([50, 65, 90]);
    expect(spreadLabels([98, 99], 15, 0, 100)).toEqual([85, 100]);
    const heights = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 10 });
    fc.assert(
      fc.property(heights, (wanted) => {
        const placed = spreadLabels(wanted, 15, 0, 300);
        const sorted = [...placed].sort((a, b) => a - b);
        sorted.forEach((y, index) => {
          expect(y).toBeGreaterThanOrEqual(0);
          expect(y).toBeLessThanOrEqual(300);
          if (index > 0) expect(y - (sorted[index - 1] ?? 0)).toBeGreaterThanOrEqual(15);
        });
      }),
    );
  });

  it('finds the value nearest to the pointer', () => {
    expect(nearestIndex([0, 5, 10], 7)).toBe(1);
    expect(nearestIndex([], 7)).toBe(-1);
  });
});
