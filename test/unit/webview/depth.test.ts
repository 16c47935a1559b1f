import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SiteResult } from '../../../src/contract/results';
import {
  bandPath,
  depthLayout,
  pointLabel,
  stageMarks,
  stripWindow,
} from '../../../webview/charts/depth-layout';
import {
  depthModel,
  ratioAxis,
  sharedName,
  stages,
  untrainedSpread,
} from '../../../webview/charts/depth-model';
import { depthReading } from '../../../webview/charts/reading';
import { againstMean } from '../../../webview/charts/strip';
import { createFormat } from '../../../src/shared/format';
import { moveIndex } from '../../../webview/ui/keys';
import { viewportOf, visibleRows } from '../../../webview/ui/viewport';
import type { Matrix } from '../../../src/shared/matrix';

const FLAT: Matrix = Array.from({ length: 3 }, () => [1, 1, 1]);
const format = createFormat('en');

/** A layer whose skeleton is `ratio` times its corners. */
const cross = (ratio: number): Matrix => [
  [1, ratio, 1],
  [ratio, ratio, ratio],
  [1, ratio, 1],
];
const site = (outChannels: number, side: number): SiteResult => ({
  name: '',
  kernel: [3, 3],
  inChannels: outChannels,
  outChannels,
  stride: [1, 1],
  dilation: [1, 1],
  groups: 1,
  kind: 'plain',
  batchNorm: 'absorbed',
  eligible: true,
  selected: true,
  macs: null,
  output: [side, side],
});
const layers = [
  ...[1.2, 1.3, 1.25].map((ratio, i) => ({
    name: `layer1.${i}.conv`,
    matrix: cross(ratio),
    site: site(16, 32),
  })),
  ...[0.8, 0.75, 1].map((ratio, i) => ({
    name: `layer2.${i}.conv`,
    matrix: cross(ratio),
    site: site(64, 16),
  })),
];
const input = { layers, untrained: FLAT, nullName: 'plain', weights: 'raw' } as const;

describe('ratios along the depth', () => {
  it('stand above, within or below two standard deviations of untrained kernels', () => {
    const model = depthModel(input);
    expect(model.points.map(({ standing }) => standing)).toEqual([
      ...['above', 'above', 'above'],
      ...['below', 'below', 'within'],
    ]);
    expect(model.hasRange).toBe(true);
  });

  it('claim no range for fused weights or unknown layers', () => {
    expect(depthModel({ ...input, weights: 'fused' }).hasRange).toBe(false);
    const unknown = layers.map(({ name, matrix }) => ({ name, matrix }));
    expect(depthModel({ ...input, layers: unknown }).hasRange).toBe(false);
  });

  it('have the range that sampling normal kernels gives', () => {
    const weights = 256;
    const deviation = sampledDeviation(weights, 4000);
    const spread = untrainedSpread(FLAT, 'plain', { inChannels: 16, outChannels: 16, groups: 1 });
    expect((spread ?? 0) / (2 * deviation)).toBeGreaterThan(0.93);
    expect((spread ?? 0) / (2 * deviation)).toBeLessThan(1.07);
  });

  it('narrow with the number of weights, groups counted', () => {
    const of = (groups: number) =>
      untrainedSpread(FLAT, 'plain', { inChannels: 64, outChannels: 64, groups }) ?? 0;
    expect(of(64) / of(1)).toBeCloseTo(8, 6);
    expect(untrainedSpread(FLAT, 'plain', { inChannels: 0, outChannels: 0, groups: 1 })).toBeNull();
  });
});

/** Standard deviation of the skeleton-to-corner ratio over `rounds` untrained layers. */
function sampledDeviation(weights: number, rounds: number): number {
  let state = 7;
  const uniform = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const position = () => {
    let sum = 0;
    for (let i = 0; i < weights; i++) sum += Math.abs(normal());
    return sum;
  };
  const ratios = Array.from({ length: rounds / 10 }, () => {
    const skeleton = Array.from({ length: 5 }, position).reduce((a, b) => a + b) / 5;
    const corners = Array.from({ length: 4 }, position).reduce((a, b) => a + b) / 4;
    return skeleton / corners;
  });
  const mean = ratios.reduce((a, b) => a + b) / ratios.length;
  return Math.sqrt(ratios.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0) / (ratios.length - 1));
}

describe('stages', () => {
  it('are runs of equal width and output, named by what their names share', () => {
    expect(stages(layers)).toEqual([
      { from: 0, to: 2, name: 'layer1', label: 'layer1 · 16 ch · 32×32' },
      { from: 3, to: 5, name: 'layer2', label: 'layer2 · 64 ch · 16×16' },
    ]);
    expect(stages(layers.slice(0, 3))).toEqual([]);
  });

  it('share whole parts of names only', () => {
    expect(sharedName(['layer1.0.conv1', 'layer1.1.conv1'])).toBe('layer1');
    expect(sharedName(['layer10.a', 'layer11.a'])).toBe('');
    expect(sharedName(['stem'])).toBe('stem');
    expect(sharedName([])).toBe('');
  });
});

describe('the reading', () => {
  it('counts, names the stages that differ, and says what the mean hides', () => {
    const sentences = depthReading(depthModel(input), 'plain', format);
    expect(sentences).toEqual([
      'The skeleton is heavier than in untrained kernels in 3 of 6 layers, lighter in 2, and within two standard deviations in 1.',
      'In layer1 the skeleton is heavier in 3 of 3 layers (1.20–1.30×).',
      'In layer2 the skeleton is lighter in 2 of 3 layers (0.75–0.80×).',
      'The average over all layers hides this.',
    ]);
  });

  it('calls no single layer different where the range is unknown', () => {
    const [first] = depthReading(depthModel({ ...input, weights: 'fused' }), 'plain', format);
    expect(first).toContain('no single layer is called different');
  });
});

describe('layout', () => {
  it('keeps the axis around the untrained ratio and leaves far outliers at its edge', () => {
    const points = depthModel({
      ...input,
      layers: [...layers, { name: 'conv1', matrix: cross(9), site: site(16, 32) }],
    }).points;
    const axis = ratioAxis({ points, untrained: 1 });
    expect(axis.max).toBeLessThan(9);
    expect(axis.max).toBeGreaterThanOrEqual(1.3);
    expect(axis.min).toBeLessThanOrEqual(0.75);
    const layout = depthLayout({ ...depthModel(input), points }, 1232);
    expect(layout.y(9)).toBe(layout.y(axis.max));
  });

  it('holds every ratio or draws it at the edge, for any ratios', () => {
    const ratio = fc.double({ min: 0.01, max: 50, noNaN: true });
    fc.assert(
      fc.property(fc.array(ratio, { minLength: 1, maxLength: 60 }), (ratios) => {
        const own = ratios.map((value, i) => ({ name: `l${i}`, matrix: cross(value), site: site(16, 8) }));
        const model = depthModel({ ...input, layers: own });
        const layout = depthLayout(model, 600);
        expect(layout.axis.ticks.length).toBeLessThanOrEqual(9);
        for (const value of ratios) {
          expect(layout.y(value)).toBeGreaterThanOrEqual(29);
          expect(layout.y(value)).toBeLessThanOrEqual(173);
        }
        expect(bandPath(model, layout)).not.toContain('NaN');
      }),
    );
  });

  it('labels a stage only where its name fits', () => {
    const model = depthModel(input);
    const labels = (width: number) =>
      stageMarks(model.stages, depthLayout(model, width), 6).map(({ label }) => label);
    expect(labels(1232)).toEqual(['layer1 · 16 ch · 32×32', 'layer2 · 64 ch · 16×16']);
    expect(labels(280)).toEqual(['layer1', 'layer2']);
  });

  it('shows a window of the layers around the selected one', () => {
    expect(stripWindow(55, 100, 3)).toEqual({ from: 0, to: 55 });
    expect(stripWindow(2000, 100, 0)).toEqual({ from: 0, to: 100 });
    expect(stripWindow(2000, 100, 1999)).toEqual({ from: 1900, to: 2000 });
    expect(stripWindow(2000, 100, 1000)).toEqual({ from: 950, to: 1050 });
  });

  it('compares positions with their mean', () => {
    expect(againstMean([[1, 3]])).toEqual([[-0.5, 0.5]]);
    expect(againstMean([[0, 0]])).toEqual([[0, 0]]);
  });
});

describe('rows and keys', () => {
  it('draw the rows in sight with a margin, within the table', () => {
    expect(visibleRows(-500, 900, 2000).from).toBe(0);
    const middle = visibleRows(24 * 1000, 900, 2000);
    expect(middle.from).toBeLessThanOrEqual(990);
    expect(middle.to).toBeGreaterThanOrEqual(1000 + 900 / 24);
    expect(middle.to - middle.from).toBeLessThan(100);
    expect(visibleRows(1e9, 900, 2000)).toEqual({ from: 2000, to: 2000 });
  });

  it('move within a strip', () => {
    expect(moveIndex('ArrowRight', 1, 3)).toBe(2);
    expect(moveIndex('ArrowDown', 2, 3)).toBe(2);
    expect(moveIndex('ArrowUp', 0, 3)).toBe(0);
    expect(moveIndex('Home', 2, 3)).toBe(0);
    expect(moveIndex('End', 0, 3)).toBe(2);
    expect(moveIndex('a', 0, 3)).toBeUndefined();
    expect(moveIndex('End', -1, 0)).toBeUndefined();
  });

  it('measure the page', () => {
    expect(viewportOf(600).content).toBe(568);
    expect(viewportOf(1280).content).toBe(1232);
    expect(viewportOf(2000).content).toBe(1400);
    expect(viewportOf(0).content).toBe(280);
  });
});

describe('the label of a point', () => {
  const name = (length: number) => 'n'.repeat(length - 4) + '_end';
  const rest = [' 0.98×', ', off the scale'];

  it('stands at the right where it fits, else at the left', () => {
    expect(pointLabel('conv1', rest, 100, 1000)).toEqual({
      text: 'conv1 0.98×, off the scale',
      x: 109,
      anchor: 'start',
    });
    expect(pointLabel('conv1', rest, 900, 1000)).toMatchObject({ x: 891, anchor: 'end' });
  });

  it('keeps the end of a name that is too long, and stays inside the chart', () => {
    for (const width of [252, 600, 1400]) {
      for (const length of [6, 40, 200]) {
        for (let x = 64; x < width - 8; x += 7) {
          const label = pointLabel(name(length), rest, x, width);
          const pixels = label.text.length * 7;
          const [from, to] =
            label.anchor === 'start' ? [label.x, label.x + pixels] : [label.x - pixels, label.x];
          expect(from).toBeGreaterThanOrEqual(0);
          expect(to).toBeLessThanOrEqual(width);
          expect(label.text).toContain('_end 0.98×');
        }
      }
    }
    expect(pointLabel(name(200), rest, 100, 600).text).toMatch(/^…n*_end 0\.98×, off the scale$/);
  });
});
