import { describe, expect, it } from 'vitest';
import type { PaperModel } from '../../../src/shared/paper';
import { groupShare as coreShare } from '../../../src/core/analysis/position';
import type { InspectResult, PruningPoint, SiteResult } from '../../../src/contract/results';
import type { PruningState } from '../../../src/contract/operations/prune';
import { createFormat } from '../../../src/shared/format';
import {
  chanceOf,
  contrasts,
  crossingOf,
  groupShare,
  paperCrossing,
  plannedRatios,
  pruningView,
} from '../../../webview/tabs/pruning/model';
import { markedPoints, pruningLayout } from '../../../webview/tabs/pruning/layout';
import { crossingText, pruningReading } from '../../../webview/tabs/pruning/reading';
import { pruningCsv } from '../../../webview/tabs/pruning/csv';
import { pruningDone, pruningRun } from '../../support/run-states';
import { clearRanges, rangesWords } from '../../../src/shared/pruning-contrast';
import { POSITION_GROUPS } from '../../../src/shared/position-groups';

const format = createFormat('en');
const site = (kernel: [number, number]): SiteResult => ({
  name: kernel.join('x'),
  kernel,
  inChannels: 1,
  outChannels: 1,
  stride: [1, 1],
  dilation: [1, 1],
  groups: 1,
  kind: 'plain',
  batchNorm: 'none',
  eligible: true,
  selected: true,
  macs: 1,
  output: null,
});
const net = (...kernels: Array<[number, number]>): InspectResult => ({
  format: 'keras',
  formatLabel: 'Keras',
  hasGraph: true,
  parameters: 1,
  trainableParameters: 1,
  macs: 1,
  sites: kernels.map(site),
  warnings: [],
  size: 1,
  facts: [],
  inputs: [],
  outputs: ['N × 10'],
  inputShapes: [],
  outputShapes: [[null, 10]],
  tensors: 1,
  unsupported: [],
});
const flat = (mean: number, std: number, percents: readonly number[]): PruningPoint[] =>
  percents.map((percent) => ({ ratio: percent / 100, mean, std }));
const run = (change: Partial<PruningState>): PruningState => ({
  phase: 'done',
  options: { groups: ['corner', 'skeleton'], ratios: [0, 0.1, 0.2], seeds: 5 },
  curves: {},
  ...change,
});
const readingOf = (change: Partial<PruningState>) => {
  const { verdict, sentences } = pruningReading(pruningView(net([3, 3]), run(change)), format);
  return [verdict, ...sentences].join(' ');
};

describe('the paper’s curves', () => {
  it('fall below 50 % where the paper says', () => {
    const where = (model: PaperModel) =>
      (['corner', 'skeleton', 'global'] as const).map((group) =>
        crossingText(paperCrossing(model, group, 50), false, format),
      );
    expect(where('normal')).toEqual(['30 %', '10 %', '13 %']);
    expect(where('acnet')).toEqual(['never', '9 %', '12 %']);
    expect(where('border')).toEqual(['16 %', '10 %', '12 %']);
  });
});

describe('what is planned', () => {
  it('knows each group’s share as the masks do', () => {
    for (const kernel of [
      [3, 3],
      [5, 5],
      [2, 2],
      [3, 5],
      [7, 7],
      [4, 4],
    ] as const) {
      for (const group of POSITION_GROUPS) {
        expect(groupShare(group, kernel)).toBeCloseTo(coreShare(group, kernel), 12);
      }
    }
  });

  it('goes to 45 % in steps, and to where the corners end', () => {
    const percents = (step: number, ...kernels: Array<[number, number]>) =>
      plannedRatios(step, net(...kernels).sites).map((ratio) => Math.round(ratio * 100));
    expect(percents(5, [3, 3])).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 44, 45]);
    expect(percents(5, [5, 5])).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45]);
    expect(percents(5, [2, 2], [3, 3])).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45]);
    expect(percents(1, [3, 3])).toHaveLength(46);
  });

  it('leaves out points that a group cannot reach, and 1 × k kernels', () => {
    const view = pruningView(
      net([3, 3], [1, 1]),
      run({ options: { groups: ['corner', 'skeleton'], ratios: [0.4, 0.5, 0.6], seeds: 1 } }),
    );
    expect(view.curves.map(({ open }) => open)).toEqual([[0.4], [0.4, 0.5]]);
    expect(view.cornersEnd).toBeCloseTo(4 / 9, 12);
    expect(pruningView(net([3, 3], [5, 5]), run({})).cornersEnd).toBeUndefined();
  });

  it('says what guessing would give only where the output says so', () => {
    expect(chanceOf({ outputShapes: [[null, 10]] })).toBe(10);
    expect(chanceOf({ outputShapes: [[1, 4]] })).toBe(25);
    const ten = [null, 10];
    for (const outputShapes of [[], [[null, 8, 8, 3]], [ten, ten], [[null, 1]], [[null, 1000]], [null]]) {
      expect(chanceOf({ outputShapes })).toBeUndefined();
    }
  });
});

describe('a run on its way', () => {
  it('counts what is measured, and tells accuracy from agreement when it can', () => {
    const view = pruningView(net([3, 3]), pruningRun());
    expect([view.measured, view.planned, view.live]).toEqual([65, 137, true]);
    expect(view.measure).toBe('accuracy');
    expect(pruningView(net([3, 3]), run({})).measure).toBe('unknown');
    const same = run({ curves: { corner: flat(100, 0, [0]) } });
    expect(pruningView(net([3, 3]), same).measure).toBe('unknown');
    expect(pruningView(net([3, 3]), pruningDone('agreement')).measure).toBe('agreement');
  });

  it('brackets a threshold until what lies between is measured', () => {
    const curve = { group: 'corner', name: '', phrase: '', tone: 'corner' } as const;
    const points = [
      { ratio: 0.1, mean: 80, std: 1 },
      { ratio: 0.2, mean: 40, std: 1 },
    ];
    expect(crossingOf({ ...curve, points, open: [0.15] }, 50)).toEqual({
      kind: 'between',
      from: 0.1,
      to: 0.2,
    });
    expect(crossingOf({ ...curve, points, open: [0.05, 0.3] }, 50)).toEqual({ kind: 'at', ratio: 0.2 });
    expect(crossingOf({ ...curve, points, open: [] }, 30)).toEqual({ kind: 'never' });
    expect(crossingOf({ ...curve, points, open: [0.3] }, 30)).toEqual({ kind: 'open' });
    expect(crossingOf({ ...curve, points: [], open: [] }, 30)).toEqual({ kind: 'open' });
    expect(crossingText({ kind: 'open' }, true, format)).toBe('to come');
    expect(crossingText({ kind: 'open' }, false, format)).toBe('–');
  });

  it('of a network that is right on few images asks for half of what it has', () => {
    const weak = run({ curves: { corner: flat(40, 0, [0]) } });
    expect(pruningView(net([3, 3]), weak).level).toBe(20);
  });
});

describe('the reading', () => {
  it('says which is leant on, from where on, and by which rule', () => {
    const text = pruningReading(pruningView(net([3, 3]), pruningDone()), format);
    expect(text.verdict).toBe('This network leans on its skeleton.');
    expect(text.sentences.join(' ')).toBe(
      'Accuracy falls below 50 % when 10 % of the weights are taken from the skeleton; at 13 % from all positions; at 30 % from the corners. They differ by more than twice their joint std at 1 % and from 6 % to 44 % (40 of 44 sparsities measured of both); the widest gap is 63.7 points, at 18 %.',
    );
  });

  it('says that corners and skeleton cannot be told apart where the data cannot carry more', () => {
    const text = readingOf({
      curves: {
        corner: [...flat(98, 0, [0]), ...flat(97, 2, [10, 20])],
        skeleton: [...flat(98, 0, [0]), ...flat(96, 2, [10, 20])],
      },
    });
    expect(text).toContain('Corners and skeleton cannot be told apart here.');
    expect(text).toContain('At none of the 2 sparsities measured of both do they differ');
    expect(text).toContain('Accuracy never falls below 50 % in what was measured.');
    expect(text).not.toContain('leans');
  });

  it('names the corners where they are leant on, and nothing where the run is of two minds', () => {
    const corner = [...flat(90, 0, [0]), ...flat(20, 1, [10, 20])];
    const skeleton = [...flat(90, 0, [0]), ...flat(80, 1, [10, 20])];
    expect(readingOf({ curves: { corner, skeleton } })).toContain('This network leans on its corners.');
    const mixed = [...flat(90, 0, [0]), ...flat(80, 1, [10]), ...flat(10, 1, [20])];
    expect(readingOf({ curves: { corner, skeleton: mixed } })).toContain('does not show whether');
  });

  it('claims nothing from one seed', () => {
    const { curves } = pruningDone();
    const text = readingOf({ curves, options: { groups: ['corner', 'skeleton'], seeds: 1 } });
    expect(text).toContain('no difference is claimed');
    expect(text).not.toContain('joint std');
    const view = pruningView(
      net([3, 3]),
      run({ curves, options: { groups: ['corner', 'skeleton'], seeds: 1 } }),
    );
    expect(contrasts(view).every(({ beyond }) => beyond === undefined)).toBe(true);
  });

  it('lists the ranges in which they differ, and not the end of the curve only', () => {
    const at = (ratio: number, difference: number, beyond = true) => ({ ratio, difference, beyond });
    const where = (...found: ReturnType<typeof at>[]) =>
      rangesWords(
        clearRanges(found),
        { heavy: 'the skeleton', rest: 'the corners' },
        ({ ratio }) => `${ratio} %`,
      );
    expect(where(at(1, -1, false), at(2, -5), at(3, -9))).toBe('from 2 % to 3 %');
    expect(where(at(1, -5), at(2, -9))).toBe('from 1 % to 2 %');
    // At the end both have lost all: what differs in the middle is still said.
    expect(where(at(1, -5), at(2, -9), at(3, -1, false), at(4, -7), at(5, 0, false))).toBe(
      'from 1 % to 2 % and at 4 %',
    );
    expect(where(at(1, 5), at(2, -9), at(3, -9))).toBe(
      'at 1 % (lower for the corners) and from 2 % to 3 % (lower for the skeleton)',
    );
    expect(clearRanges([at(1, -5, false)])).toEqual([]);
  });

  it('says so of one range in the middle', () => {
    const corner = [...flat(98, 0, [0]), ...flat(97, 1, [10, 20]), ...flat(10, 1, [30, 40])];
    const skeleton = [
      ...flat(98, 0, [0]),
      ...flat(96, 1, [10]),
      ...flat(50, 1, [20]),
      ...flat(10, 1, [30, 40]),
    ];
    expect(readingOf({ curves: { corner, skeleton } })).toContain(
      'They differ by more than twice their joint std at 20 % (1 of 4 sparsities measured of both);',
    );
  });
});

describe('the chart', () => {
  it('keeps its axes whatever has arrived', () => {
    const begun = pruningLayout(pruningView(net([3, 3]), pruningRun({ curves: {} })), 812);
    const later = pruningLayout(pruningView(net([3, 3]), pruningRun()), 812);
    expect(begun.xAxis).toEqual(later.xAxis);
    expect(begun.yAxis).toEqual(later.yAxis);
    expect(begun.plot).toEqual(later.plot);
  });

  it('marks all of few points, and of many every fifth percent and the last', () => {
    const points = (count: number) => Array.from({ length: count }, (_, x) => ({ x, y: 0 }));
    expect(markedPoints(points(10))).toHaveLength(10);
    expect(markedPoints(points(45)).map(({ x }) => x)).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 44]);
  });

  it('has every number in its CSV, full and empty where there is none', () => {
    const [head, first, , last] = pruningCsv(
      pruningView(
        net([3, 3]),
        run({ curves: { corner: flat(98, 0.5, [0, 10]), skeleton: flat(90.123456, 1, [0, 10, 20]) } }),
      ),
    ).split('\r\n');
    expect(head).toBe(
      'sparsity %,Corners mean %,Corners sample std,Skeleton mean %,Skeleton sample std,skeleton - corners,beyond 2 std',
    );
    expect(first).toBe('0,98,0.5,90.12346,1,,');
    expect(last).toBe('20,,,90.12346,1,,');
  });
});
