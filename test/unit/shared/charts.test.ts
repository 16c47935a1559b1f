import { describe, expect, it } from 'vitest';
import { svgParts } from '../../../src/operations/report/html';
import { curve, endLabels, frame, mark, marks } from '../../../src/shared/charts/line-chart';
import type { Tone } from '../../../src/shared/charts/line-chart';
import { accuracyAxis, lineLayout } from '../../../src/shared/charts/line-layout';
import { drawMatrix } from '../../../src/shared/charts/matrix';
import { createFormat } from '../../../src/shared/format';

const format = createFormat('en');
const layout = lineLayout(
  { width: 300, height: 120, left: 20, right: 220, top: 10, bottom: 110 },
  { min: 0, max: 10, ticks: [0, 5, 10] },
  { min: 0, max: 100, ticks: [0, 50, 100] },
);

describe('a chart of curves', () => {
  it('has a number at each tick of both axes, and their titles', () => {
    const words = frame({ layout, format, xTitle: 'epoch', yTitle: 'top-1, %' }).flatMap(({ text }) =>
      text === undefined ? [] : [text],
    );
    expect(words).toEqual(['0', '50', '100', '0', '5', '10', 'epoch', 'top-1, %']);
  });

  it('tells its curves apart without colour', () => {
    const shapeOf = (tone: Tone) => mark(tone, 0, 0).tag;
    expect((['skeleton', 'corner', 'global'] as const).map(shapeOf)).toEqual(['circle', 'rect', 'path']);
    expect((['acnet', 'plain'] as const).map(shapeOf)).toEqual(['circle', 'path']);
    const faint = curve({ layout, tone: 'corner', points: [], faint: true });
    expect(faint.attributes.class).toBe('line corner faint');
  });

  it('writes the value of a point that is off the scale', () => {
    const points = [
      { x: 1, y: 50 },
      { x: 2, y: 123.4 },
    ];
    const words = marks({ layout, tone: 'acnet', points, format }).map(({ text }) => text);
    expect(words).toEqual([undefined, undefined, '123.40']);
  });

  it('moves the names of curves that end close together apart', () => {
    const at = { x: 10, y: 50 };
    const labels = endLabels(layout, [
      { tone: 'acnet', text: 'ACNet', at },
      { tone: 'plain', text: 'Plain', at },
    ]).filter(({ tag }) => tag === 'text');
    const heights = labels.map(({ attributes }) => Number(attributes.y));
    expect(Math.abs((heights[0] ?? 0) - (heights[1] ?? 0))).toBeGreaterThanOrEqual(15);
  });

  it('does not draw a difference of six hundredths as high as the chart', () => {
    const { min, max } = accuracyAxis([99.21, 99.27]);
    expect(max - min).toBeGreaterThanOrEqual(1);
    expect(max).toBeLessThanOrEqual(100);
    expect(accuracyAxis([])).toMatchObject({ min: 0, max: 100 });
    expect(accuracyAxis([0.1, 99.9])).toMatchObject({ min: 0, max: 100 });
  });
});

describe('a matrix', () => {
  const draw = (matrix: number[][], cell: 46 | 40 | 18) =>
    drawMatrix({
      ...{ title: 'Difference', matrix, kind: 'difference', digits: 3, labelled: true, cell, format },
      paint: () => ({ cell: { fill: '#000000' }, number: { class: 'number' } }),
    });

  it('has every number in its cell and in its sentence, and none where there is no value', () => {
    const { shapes, sentence } = draw([[-0.1, NaN]], 46);
    const words = shapes.map(({ text }) => text).filter((text) => text !== undefined);
    expect(words).toEqual(['−0.100', 'top', 'left', 'right']);
    expect(shapes.filter(({ attributes }) => attributes.class === 'void')).toHaveLength(1);
    expect(sentence).toBe('Difference: top left −0.100, top right –');
  });

  it('leaves numbers out where there is no room', () => {
    const { shapes } = draw([[0.5, 0.25]], 18);
    expect(shapes.filter(({ text }) => text !== undefined && /\d/.test(text))).toEqual([]);
  });
});

describe('a drawing of the report', () => {
  it('is text in which words of a file are no markup', () => {
    const { text } = svgParts([
      { tag: 'text', attributes: { class: 'label', x: 1 }, text: '<script>"&' },
      { tag: 'path', attributes: { d: '"><script>' } },
    ]);
    expect(text).not.toContain('<script>');
    expect(text).toContain('<text class="label" x="1">&lt;script&gt;');
    expect(text).toContain('d="&quot;&gt;&lt;script&gt;"');
  });
});
