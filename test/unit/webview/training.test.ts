import { describe, expect, it } from 'vitest';
import { seedMean } from '../../../src/core/analysis/seeds';
import { createFormat } from '../../../src/shared/format';
import { trainingCsv } from '../../../webview/tabs/training/csv';
import { farthestOff, lossAxis, trainingLayout } from '../../../webview/tabs/training/layout';
import {
  comparisonOf,
  epochsDone,
  movingMean,
  overall,
  positionOf,
  thinned,
  trainingView,
} from '../../../webview/tabs/training/model';
import { resultReading } from '../../../webview/tabs/training/reading';
import { resultRows } from '../../../webview/tabs/training/rows';
import { TRAIN_RESULT, armHistory, trainingRun } from '../../support/run-states';

const format = createFormat('en');

describe('the verdict on the blocks', () => {
  const seeds = (differences: readonly number[]) => ({
    runs: differences.map((points, seed) => ({
      seed,
      baseline: 50,
      acnet: 50 + points,
      folder: `seed-${seed}`,
    })),
    ...seedMean(differences),
  });

  it.each([
    [
      [0.5, 0.6, 0.7],
      'by +0.60 points on average (95 % interval over the seeds +0.35 to +0.85',
      'ACNet is better.',
    ],
    [[-0.5, -0.6, -0.7], 'by −0.60 points', 'ACNet is worse.'],
    [[0.5, -0.6, 0.2], 'Over 3 seeds', 'cannot be told.'],
    [[0.5, 0.5], 'Over 2 seeds', 'too few seeds for a verdict.'],
  ])('of %o', (differences, interval, verdict) => {
    const words = resultReading({ ...TRAIN_RESULT, seeds: seeds(differences) }, format).join(' ');
    expect(words).toContain(interval);
    expect(words).toContain(verdict);
    expect(words).not.toContain('One run compares');
  });

  it('is not given of one run', () => {
    expect(resultReading(TRAIN_RESULT, format).join(' ')).toContain('One run compares two networks');
  });
});

describe('a training run', () => {
  it('is compared at the last epoch that both arms have', () => {
    const both = comparisonOf(trainingRun());
    expect(both?.epoch).toBe(14);
    expect(both?.baseline).toBe(armHistory(40, 0.5).epochs[13]?.top1);
    expect(comparisonOf(trainingRun({ arms: { baseline: armHistory(40, 0.5) } }))).toBeUndefined();
    expect(
      comparisonOf(trainingRun({ arms: { baseline: armHistory(3, 0.5), acnet: armHistory(0, 0.5) } })),
    ).toBeUndefined();
  });

  it('stands in an epoch and at a step, both counted from 1', () => {
    const at = (step: number) =>
      positionOf(
        trainingRun({
          arms: { acnet: { steps: [{ step, loss: 1 }], epochs: [] } },
          stepsPerEpoch: 10,
          epochs: 3,
        }),
      );
    expect([at(1), at(10), at(11), at(30)]).toEqual([
      { epoch: 1, step: 1 },
      { epoch: 1, step: 10 },
      { epoch: 2, step: 1 },
      { epoch: 3, step: 10 },
    ]);
    expect(positionOf(trainingRun({ arms: {} }))).toBeUndefined();
    expect(epochsDone(trainingRun())).toBe(14);
    expect(epochsDone(trainingRun({ arms: {} }))).toBe(0);
  });

  it('is as far as the steps of the arms that are trained', () => {
    const step = (done: number) => ({ steps: [{ step: done, loss: 1 }], epochs: [] });
    const counts = { stepsPerEpoch: 10, epochs: 2 };
    expect(overall(trainingRun({ ...counts, arms: { baseline: step(20), acnet: step(5) } }))).toEqual({
      done: 25,
      total: 40,
    });
    const untrained = { before: { top1: 1, loss: 1 }, steps: [], epochs: [] };
    expect(overall(trainingRun({ ...counts, arms: { baseline: untrained, acnet: step(5) } }))).toEqual({
      done: 5,
      total: 20,
    });
  });

  it('smooths the loss by a moving mean and draws no more points than can be told apart', () => {
    const points = [2, 4, 6, 8].map((y, x) => ({ x, y }));
    expect(movingMean(points, 2).map(({ y }) => y)).toEqual([2, 3, 5, 7]);
    expect(movingMean([...points, { x: 4, y: NaN }], 1)).toEqual(points);
    const many = Array.from({ length: 1001 }, (_, x) => ({ x, y: x }));
    const few = thinned(many, 200);
    expect(few.length).toBeLessThanOrEqual(201);
    expect([few[0], few.at(-1)]).toEqual([many[0], many[1000]]);
    expect(thinned(points, 200)).toEqual(points);
    expect(trainingView(trainingRun()).window).toBe(9);
    const short = trainingRun({ arms: { acnet: { steps: [{ step: 1, loss: 2 }], epochs: [] } } });
    expect(trainingView(short).window).toBe(1);
  });

  it('begins with the accuracy before training', () => {
    const [plain] = trainingView(trainingRun()).arms;
    expect(plain?.accuracy[0]).toEqual({ x: 0, y: 93.62 });
    expect(plain?.accuracy).toHaveLength(41);
    expect(trainingView(trainingRun({ arms: {} })).arms).toEqual([]);
  });
});

describe('the training charts', () => {
  it('hold every accuracy, from 0 to 100 at most, and the epochs of the whole run', () => {
    const { yAxis, xAxis } = trainingLayout(trainingView(trainingRun()), 'accuracy', 600);
    expect(xAxis).toMatchObject({ min: 0, max: 40 });
    expect(yAxis.min).toBeLessThanOrEqual(92.9);
    expect(yAxis.max).toBeGreaterThanOrEqual(94.3);
    const perfect = trainingRun({
      arms: { acnet: { steps: [], epochs: [{ epoch: 1, loss: 0, top1: 100, valLoss: 0 }] } },
    });
    expect(trainingLayout(trainingView(perfect), 'accuracy', 600).yAxis.max).toBe(100);
    expect(trainingLayout(trainingView(trainingRun({ arms: {} })), 'accuracy', 600).yAxis.ticks).toHaveLength(
      5,
    );
  });

  it('leave a first loss far above the others off the scale, and mark the farthest', () => {
    const usual = Array.from({ length: 100 }, (_, x) => ({ x, y: 0.1 }));
    expect(lossAxis(usual).max).toBeGreaterThanOrEqual(0.1);
    const spiked = [{ x: 0, y: 9 }, { x: 0.5, y: 4 }, ...usual];
    const axis = lossAxis(spiked);
    expect(axis.max).toBeLessThan(1);
    expect(farthestOff(spiked, axis)).toEqual([{ x: 0, y: 9 }]);
    expect(farthestOff(usual, axis)).toEqual([]);
  });

  it('have their numbers in the CSV', () => {
    const lines = trainingCsv(trainingRun()).split('\r\n');
    expect(lines[0]).toBe('network,epoch,step,training loss,top-1 %,validation loss');
    expect(lines[1]).toBe('baseline,0,0,,93.62,0.31');
    expect(lines.filter((line) => line.startsWith('acnet,,'))).toHaveLength(560);
  });
});

describe('the result', () => {
  it('has a row for each network, and no change where none was measured', () => {
    const rows = resultRows(TRAIN_RESULT);
    expect(rows.map(({ name, change }) => [name, change?.toFixed(2)])).toEqual([
      ['Baseline, same recipe', '0.46'],
      ['ACNet', '0.65'],
      ['ACNet, fused', undefined],
    ]);
    const untrained = { ...TRAIN_RESULT, baseline: { ...TRAIN_RESULT.baseline, trained: false } };
    expect(resultRows(untrained)[0]).toMatchObject({ name: 'Baseline, not trained', change: null });
    expect(resultRows(untrained)[0]?.file).toBeUndefined();
  });

  it('credits nothing that it cannot, and warns of a fusion that failed', () => {
    const text = resultReading(TRAIN_RESULT, format).join(' ');
    expect(text).toContain('+0.19 points');
    expect(text).toContain(
      'On 10,000 images these two networks differ by +0.19 points (paired 95 % interval over the images −0.01 to +0.39): only ACNet is right on 60, only the baseline on 41. One run compares two networks,',
    );
    expect(text).toContain('a verdict on the blocks needs at least three seeds');
    const untrained = { ...TRAIN_RESULT, baseline: { ...TRAIN_RESULT.baseline, trained: false } };
    expect(resultReading(untrained, format).join(' ')).toContain('the gain of the blocks is not known');
    const failed = { ...TRAIN_RESULT, fused: { top1: 90, maxRel: 0.02, passed: false } };
    expect(resultReading(failed, format).join(' ')).toContain('do not use it');
  });
});
