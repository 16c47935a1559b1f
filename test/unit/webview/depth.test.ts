import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SiteResult } from '../../../src/contract/results';
import {
  bandPath,
  depthLayout,
  pointLabel,
  referencePath,
  stageMarks,
  stripWindow,
} from '../../../webview/charts/depth-layout';
import {
  depthModel,
  ratioAxis,
  ratioDeviation,
  sharedName,
  stages,
} from '../../../webview/charts/depth-model';
import { depthReading } from '../../../webview/charts/reading';
import { againstMean } from '../../../webview/charts/strip';
import { deviationsOf } from '../../../src/shared/chance';
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
/** Of so many normal weights. */
const variationOf = (weights: number) => Math.sqrt((Math.PI / 2 - 1) / weights);
const layers = [
  ...[1.2, 1.3, 1.25].map((ratio, i) => ({
    name: `layer1.${i}.conv`,
    matrix: cross(ratio),
    untrained: FLAT,
    variation: variationOf(16 * 16),
    site: site(16, 32),
  })),
  ...[0.8, 0.75, 1].map((ratio, i) => ({
    name: `layer2.${i}.conv`,
    matrix: cross(ratio),
    untrained: FLAT,
    variation: variationOf(64 * 64),
    site: site(64, 16),
  })),
];
const input = { layers, nullName: 'plain' } as const;
const compared = { nullName: 'plain', reference: 'plain' } as const;

describe('ratios along the depth', () => {
  it('stand above, within or below what chance gives', () => {
    const model = depthModel(input);
    expect(model.points.map(({ standing }) => standing)).toEqual([
      ...['above', 'above', 'above'],
      ...['below', 'below', 'within'],
    ]);
  });

  it('stand beside their own reference, each layer its own', () => {
    const untrained = cross(2);
    const [first, ...others] = layers;
    const model = depthModel({ ...input, layers: [{ ...first, untrained }, ...others] });
    expect(model.points.map(({ reference }) => reference)).toEqual([2, 1, 1, 1, 1, 1]);
    expect(model.points[0]?.standing).toBe('below');
    expect(model.points[1]?.standing).toBe('above');
    const layout = depthLayout(model, 1232);
    const [own, next] = referencePath(model, layout).slice(1).split('L');
    expect(own).toContain(` ${layout.y(2).toFixed(1)}h`);
    expect(next).toContain(` ${layout.y(1).toFixed(1)}h`);
    expect(layout.axis.max).toBeGreaterThan(2);
  });

  it('have the range that sampling normal kernels gives', () => {
    const weights = 256;
    const deviation = sampledDeviation(weights, 4000);
    const expected = ratioDeviation(FLAT, 'plain', variationOf(weights));
    expect(expected / deviation).toBeGreaterThan(0.93);
    expect(expected / deviation).toBeLessThan(1.07);
  });

  it('scatter more where the weights of a layer do', () => {
    const of = (variation: number) => ratioDeviation(FLAT, 'plain', variation);
    expect(of(0.8) / of(0.1)).toBeCloseTo(8, 6);
    expect(of(0)).toBe(0);
    const [first] = layers;
    const wild = { ...first, variation: 1 };
    expect(depthModel({ ...input, layers: [wild] }).points[0]?.standing).toBe('within');
  });

  it('have one range for all layers together: the more layers, the wider', () => {
    // Quantiles of the normal distribution at (1 + 0.95 ** (1 / layers)) / 2, by Python’s statistics.
    expect(deviationsOf(1)).toBeCloseTo(1.96, 3);
    expect(deviationsOf(6)).toBeCloseTo(2.631, 3);
    expect(deviationsOf(55)).toBeCloseTo(3.3102, 3);
    const [first] = layers;
    const of = (count: number) =>
      depthModel({ ...input, layers: new Array<typeof first>(count).fill(first) }).points[0]?.spread ?? 0;
    expect(of(55) / of(1)).toBeCloseTo(deviationsOf(55) / deviationsOf(1), 9);
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
    const sentences = depthReading(depthModel(input), compared, format);
    expect(sentences).toEqual([
      'The skeleton is heavier than in untrained kernels in 3 of 6 layers, lighter in 2, and within chance in 1.',
      'In layer1 the skeleton is heavier in 3 of 3 layers (1.20–1.30×).',
      'In layer2 the skeleton is lighter in 2 of 3 layers (0.75–0.80×).',
      'The average over all layers hides this.',
    ]);
  });

  it('calls no layer different that is within chance, and says what it is compared with', () => {
    const wide = layers.map((layer) => ({ ...layer, variation: 0.5 }));
    const sentences = depthReading(
      depthModel({ ...input, layers: wide }),
      { ...compared, reference: 'permuted' },
      format,
    );
    expect(sentences).toEqual([
      'The skeleton is heavier than in its own weights permuted in 0 of 6 layers, lighter in 0, and within chance in 6.',
    ]);
  });
});

describe('layout', () => {
  it('keeps the axis around the untrained ratio and leaves far outliers at its edge', () => {
    const points = depthModel({
      ...input,
      layers: [...layers, { ...layers[0], name: 'conv1', matrix: cross(9) }],
    }).points;
    const axis = ratioAxis({ points });
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
        const own = ratios.map((value, i) => ({ ...layers[0], name: `l${i}`, matrix: cross(value) }));
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
