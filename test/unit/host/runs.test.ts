import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckRun } from '../../../src/host/checks/check-run';
import { curvesOf } from '../../../src/host/commands/prune';
import { rowsOf } from '../../../src/host/commands/robustness';
import { StepSeries } from '../../../src/host/training/step-series';
import { TrainingRun } from '../../../src/host/training/training-run';
import type { Arm, TrainEvent, TrainResult } from '../../../src/contract/results';
import { robustnessResult } from '../../support/robustness-states';

const start = (arm: Arm): TrainEvent => ({
  event: 'start',
  arm,
  epochs: 2,
  stepsPerEpoch: 4,
  backend: 'TensorFlow 2.21.0',
});
const step = (arm: Arm, number: number, loss = number): TrainEvent => ({
  event: 'step',
  arm,
  epoch: Math.ceil(number / 4),
  step: number,
  loss,
  learningRate: 0.01,
  imagesPerSecond: 1000,
});
const epoch = (arm: Arm, number: number): TrainEvent => ({
  event: 'epoch',
  arm,
  epoch: number,
  loss: 0.5,
  top1: 90 + number,
  valLoss: 0.4,
});

describe('a curve of steps', () => {
  it('has all points while they are few', () => {
    const series = new StepSeries();
    const points = Array.from({ length: 600 }, (_, i) => ({ step: i + 1, loss: i }));
    points.forEach((point) => series.add(point));
    expect(series.points).toEqual(points);
  });

  it('never has more than 600, in order, with first and last, and evenly far apart', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 7 }), (count, stride) => {
        const series = new StepSeries();
        for (let i = 0; i < count; i++) series.add({ step: 1 + i * stride, loss: i });
        const steps = series.points.map((point) => point.step);
        expect(steps.length).toBeLessThanOrEqual(600);
        expect(steps.length).toBeGreaterThanOrEqual(Math.min(count, 300));
        expect(steps[0]).toBe(1);
        expect(steps.at(-1)).toBe(1 + (count - 1) * stride);
        const gaps = steps.slice(1, -1).map((at, i) => at - (steps[i] ?? 0));
        expect(new Set(gaps).size).toBeLessThanOrEqual(1);
      }),
      { numRuns: 50 },
    );
  });

  it('forgets what is measured anew after a resume', () => {
    const series = new StepSeries();
    for (let i = 1; i <= 10; i++) series.add({ step: i, loss: 1 });
    series.add({ step: 7, loss: 2 });
    expect(series.points.map(({ step: at, loss }) => [at, loss]).slice(-2)).toEqual([
      [6, 1],
      [7, 2],
    ]);
  });
});

describe('the state of a training', () => {
  it('has the time left of the steps, not of an evaluation between them', () => {
    const run = new TrainingRun('a', true);
    const left = () => run.state.progress?.secondsLeft;
    const told = (phase: string, secondsLeft?: number) =>
      run.setProgress({ phase, done: 1, total: 8, ...(secondsLeft !== undefined && { secondsLeft }) });
    run.begin();
    run.tell(start('baseline'));
    told('baseline: accuracy before', 3);
    expect(left()).toBe(3);
    run.tell(step('baseline', 1));
    told('baseline: accuracy after epoch 1', 0);
    expect(left()).toBeUndefined();
    run.setProgress({ phase: 'whatever the words', steps: true, done: 1, total: 8, secondsLeft: 90 });
    told('baseline: accuracy after epoch 2', 0);
    expect(left()).toBe(90);
    run.tell(start('acnet'));
    told('acnet: accuracy before', 2);
    expect(left()).toBe(2);
  });

  it('gathers what both arms tell', () => {
    const run = new TrainingRun('/jobs/a.acnet.json', true);
    expect(run.state).toEqual({ jobFile: '/jobs/a.acnet.json', phase: 'queued', arms: {}, log: [] });
    expect(run.overall).toBeUndefined();
    run.begin();
    run.tell({ event: 'message', text: 'data: 8 images' });
    run.tell(start('baseline'));
    run.tell({ event: 'before', arm: 'baseline', top1: 88, loss: 0.9 });
    for (let i = 1; i <= 8; i++) run.tell(step('baseline', i));
    run.tell(epoch('baseline', 1));
    expect(run.overall).toBe(0.5);
    run.tell(start('acnet'));
    run.tell(step('acnet', 1));
    run.setProgress({ phase: 'acnet: training', done: 1, total: 8 });
    expect(run.overall).toBeCloseTo(0.5 + 1 / 16);
    const { arms, log, ...rest } = run.state;
    expect(rest).toEqual({
      jobFile: '/jobs/a.acnet.json',
      phase: 'running',
      epochs: 2,
      stepsPerEpoch: 4,
      backend: 'TensorFlow 2.21.0',
      arm: 'acnet',
      progress: { phase: 'acnet: training', done: 1, total: 8 },
    });
    expect(arms.baseline).toMatchObject({
      before: { top1: 88, loss: 0.9 },
      epochs: [{ epoch: 1, loss: 0.5, top1: 91, valLoss: 0.4 }],
      learningRate: 0.01,
      imagesPerSecond: 1000,
    });
    expect(arms.baseline?.steps).toHaveLength(8);
    expect(arms.acnet?.steps).toEqual([{ step: 1, loss: 1 }]);
    expect(log[0]).toBe('data: 8 images');
    expect(log).toHaveLength(5);
  });

  it('counts one arm where the baseline is not trained', () => {
    const run = new TrainingRun('a', false);
    run.tell(start('acnet'));
    run.tell(step('acnet', 4));
    expect(run.overall).toBe(0.5);
  });

  it('keeps the newest 200 lines', () => {
    const run = new TrainingRun('a', true);
    for (let i = 0; i < 250; i++) run.tell({ event: 'message', text: `${i}` });
    expect(run.state.log).toHaveLength(200);
    expect(run.state.log.at(-1)).toBe('249');
    expect(run.state.log[0]).toBe('50');
  });

  it('goes on with the steps of the run it resumes, its epochs told again', () => {
    const before = new TrainingRun('a', true);
    before.tell(start('baseline'));
    for (let i = 1; i <= 6; i++) before.tell(step('baseline', i));
    before.tell(epoch('baseline', 1));
    before.end({ phase: 'stopped', resumable: true });
    expect(before.state).toMatchObject({ phase: 'stopped', resumable: true });
    const run = new TrainingRun('a', true, before);
    run.begin();
    run.tell(start('baseline'));
    run.tell(epoch('baseline', 1));
    expect(run.state.arms.baseline?.steps).toHaveLength(6);
    run.tell(step('baseline', 5, 50));
    expect(run.state.arms.baseline?.steps.map(({ loss }) => loss)).toEqual([1, 2, 3, 4, 50]);
    run.tell(epoch('baseline', 1));
    expect(run.state.arms.baseline?.epochs).toHaveLength(1);
    expect(run.state).not.toHaveProperty('resumable');
  });

  it('ends with its result, or with what went wrong; progress is over then', () => {
    const run = new TrainingRun('a', true);
    run.begin();
    run.setPaused(true);
    run.setProgress({ phase: 'x', done: 1, total: 2 });
    expect(run.state).toMatchObject({ paused: true, progress: { phase: 'x' } });
    const result = { seconds: 1 } as TrainResult;
    run.end({ phase: 'done', result });
    expect(run.state).toEqual({ jobFile: 'a', phase: 'done', arms: {}, log: [], result });
    const broken = new TrainingRun('a', true);
    broken.end({ phase: 'failed', resumable: true, error: { title: 'Out of luck' } });
    expect(broken.state).toMatchObject({ phase: 'failed', resumable: true, error: { title: 'Out of luck' } });
  });
});

describe('the state of a pruning check', () => {
  const point = (ratio: number, mean = 90) => ({ ratio, mean, std: 1 });

  it('has points in order, whatever order they come in, and the result’s at the end', () => {
    const check = new CheckRun(curvesOf('/images', { groups: ['corner'], seeds: 1 }));
    expect(check.state.phase).toBe('queued');
    check.begin();
    check.setProgress({ phase: 'Pruning check', done: 1, total: 2 });
    for (const ratio of [0.4, 0, 0.2]) check.note({ kind: 'point', group: 'corner', point: point(ratio) });
    check.note({ kind: 'point', group: 'corner', point: point(0.2, 80) });
    expect(check.state).toMatchObject({
      data: '/images',
      phase: 'running',
      options: { groups: ['corner'], seeds: 1 },
      curves: { corner: [point(0), point(0.2, 80), point(0.4)] },
      progress: { done: 1 },
    });
    check.end({ phase: 'stopped' });
    expect(check.state).not.toHaveProperty('progress');
    expect(check.state.curves.corner).toHaveLength(3);
    const result = { unpruned: 90, curves: { corner: [point(0)] }, images: 1, seeds: 1, layers: 1 };
    check.end({ phase: 'done', result });
    expect(check.state).toMatchObject({ phase: 'done', result, curves: result.curves });
  });
});

describe('the state of a robustness check', () => {
  it('has rows as they come, and those of the result, which are corrected for being several, at the end', () => {
    const result = robustnessResult();
    const early = result.rows.map(({ difference: _, ...row }) => row);
    const check = new CheckRun(rowsOf({ data: '/images', against: '/b.keras', limit: 100 }));
    expect(check.state).toEqual({
      data: '/images',
      against: '/b.keras',
      limit: 100,
      phase: 'queued',
      rows: [],
    });
    check.begin();
    check.setProgress({ phase: 'Robustness check', done: 1, total: 2 });
    check.note({ kind: 'row', row: early[0] });
    const before = check.state;
    check.note({ kind: 'row', row: early[1] });
    expect(before.rows).toEqual([early[0]]);
    expect(check.state).toMatchObject({
      phase: 'running',
      rows: [early[0], early[1]],
      progress: { done: 1 },
    });
    check.end({ phase: 'stopped' });
    expect(check.state).not.toHaveProperty('progress');
    expect(check.state.rows).toHaveLength(2);
    check.end({ phase: 'done', result });
    expect(check.state).toMatchObject({ phase: 'done', result, rows: result.rows });
    const failed = new CheckRun(rowsOf({ data: '/images' }));
    failed.end({ phase: 'failed', error: { title: 'Out of luck' } });
    expect(failed.state).toEqual({
      data: '/images',
      phase: 'failed',
      rows: [],
      error: { title: 'Out of luck' },
    });
  });
});
