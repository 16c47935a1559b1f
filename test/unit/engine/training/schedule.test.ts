import { describe, expect, it } from 'vitest';
import { learningRateAt, momentumAt, type RatePlan } from '../../../../src/engine/training/schedule';

const PLAN: RatePlan = {
  schedule: { kind: 'cosine' },
  learningRate: 0.1,
  warmup: 0,
  epochs: 4,
  stepsPerEpoch: 10,
};

describe('learning rate', () => {
  it('cosine: full at the start, half in the middle, almost none at the end', () => {
    expect(learningRateAt(0, PLAN)).toBe(0.1);
    expect(learningRateAt(20, PLAN)).toBeCloseTo(0.05, 12);
    expect(learningRateAt(10, PLAN)).toBeCloseTo((0.1 * (1 + Math.SQRT1_2)) / 2, 12);
    expect(learningRateAt(39, PLAN)).toBeCloseTo((0.1 * (1 + Math.cos((Math.PI * 39) / 40))) / 2, 12);
  });

  it('warm-up: a straight line, then the schedule over what is left', () => {
    const plan = { ...PLAN, warmup: 1 };
    const rates = Array.from({ length: 11 }, (_, step) => learningRateAt(step, plan));
    rates.forEach((rate, step) => expect(rate).toBeCloseTo((0.1 * (step + 1)) / 11, 12));
    expect(learningRateAt(25, plan)).toBeCloseTo(0.05, 12);
  });

  it('warm-up may be a part of an epoch', () => {
    expect(learningRateAt(0, { ...PLAN, warmup: 0.2 })).toBeCloseTo(0.1 / 3, 12);
    expect(learningRateAt(2, { ...PLAN, warmup: 0.2 })).toBe(0.1);
  });

  it('step: times the factor at each milestone', () => {
    const plan: RatePlan = { ...PLAN, schedule: { kind: 'step', milestones: [2, 3], factor: 0.1 } };
    const at = (step: number): number => learningRateAt(step, plan);
    expect([at(0), at(19)]).toEqual([0.1, 0.1]);
    expect(at(20)).toBeCloseTo(0.01, 12);
    expect(at(29)).toBeCloseTo(0.01, 12);
    expect(at(30)).toBeCloseTo(0.001, 12);
  });

  it('constant', () => {
    expect(learningRateAt(39, { ...PLAN, schedule: { kind: 'constant' } })).toBe(0.1);
  });

  it('one cycle: rises to the rate, falls to almost none; the momentum goes the other way', () => {
    const kind = 'oneCycle' as const;
    const momentum = [0.8, 0.9] as const;
    const schedule = { kind, pctStart: 0.25, divFactor: 10, finalDivFactor: 100, momentum };
    const plan = { ...PLAN, schedule };
    const of = (at: (step: number, plan: RatePlan) => number | undefined) =>
      [0, 9, 24, 39].map((step) => Number(at(step, plan)?.toPrecision(9)));
    expect(of(learningRateAt)).toEqual([0.01, 0.1, 0.05005, 0.0001]);
    expect(of(momentumAt)).toEqual([0.9, 0.8, 0.85, 0.9]);
    expect(momentumAt(3, { ...PLAN, schedule: { ...schedule, momentum: undefined } })).toBeUndefined();
    expect(momentumAt(3, PLAN)).toBeUndefined();
  });

  it('one cycle of a few steps has a rate at each of them', () => {
    for (const epochs of [1, 2, 3, 4]) {
      const schedule = { kind: 'oneCycle', pctStart: 0.5, divFactor: 25, finalDivFactor: 1e4 } as const;
      const plan = { ...PLAN, schedule, epochs, stepsPerEpoch: 1 };
      for (let step = 0; step < epochs; step++) expect(learningRateAt(step, plan)).toBeGreaterThan(0);
    }
  });
});
