import { describe, expect, it } from 'vitest';
import { readJob, recipeOf } from '../../../src/operations/job/job';
import { recipeWords } from '../../../src/operations/job/recipe-words';

const FILE = '/home/me/jobs/a.acnet.json';
const SMALLEST = { checkpoint: 'model.keras', data: { folder: '../images' } };
const read = (fields: object) => readJob(JSON.stringify({ ...SMALLEST, ...fields }), FILE);
const recipe = (fields: object) => recipeOf(read(fields));
const words = (fields: object) => recipeWords(recipe(fields)).join('\n');

describe('the recipe of a job', () => {
  it('is SGD along a cosine where the job says nothing', () => {
    expect(recipe({})).toMatchObject({
      schedule: { kind: 'cosine' },
      optimiser: { kind: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 1e-4 },
    });
    expect(words({})).toBe(
      '10 epochs, batch 128, SGD with momentum 0.9, weight decay 0.0001\nlearning rate 0.01, falling to 0 along a cosine',
    );
  });

  it('has AdamW with the settings of PyTorch, or its own', () => {
    expect(recipe({ optimiser: 'adamw' }).optimiser).toEqual({
      ...{ kind: 'adamw', betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.01 },
    });
    const own = { kind: 'adamw', betas: [0.8, 0.99], epsilon: 1e-6 };
    expect(recipe({ optimiser: own, weightDecay: 0.1 }).optimiser).toEqual({ ...own, weightDecay: 0.1 });
    expect(recipe({ optimiser: { kind: 'adamw' } })).toEqual(recipe({ optimiser: 'adamw' }));
    expect(words({ optimiser: 'adamw' })).toContain('AdamW with β 0.9 and 0.999, ε 1e-8, weight decay 0.01');
  });

  it('has one cycle, whose momentum may stay', () => {
    const whole = { pctStart: 0.3, divFactor: 25, finalDivFactor: 1e4, momentum: [0.85, 0.95] };
    expect(recipe({ schedule: 'oneCycle' }).schedule).toEqual({ kind: 'oneCycle', ...whole });
    expect(recipe({ schedule: { kind: 'oneCycle' } }).schedule).toEqual({ kind: 'oneCycle', ...whole });
    const still = recipe({ schedule: { kind: 'oneCycle', pctStart: 0.1, momentum: false } }).schedule;
    expect(still).toEqual({ kind: 'oneCycle', ...whole, pctStart: 0.1, momentum: undefined });
    expect(words({ schedule: 'oneCycle' })).toContain(
      'learning rate 0.01, one cycle: from 1/25 of it, highest after 30 % of the steps, to 1/10000 of the first, momentum from 0.95 to 0.85 and back',
    );
  });

  it('clips gradients where it says so', () => {
    expect(recipe({}).clipNorm).toBeUndefined();
    expect(recipe({ clipNorm: 1 }).clipNorm).toBe(1);
    expect(words({ clipNorm: 1 })).toContain('gradients clipped at a global norm of 1');
  });

  it('averages weights and gradients, weighs classes and mixes images where it says so', () => {
    const none = recipe({});
    expect([none.ema, none.accumulate, none.classWeights]).toEqual([undefined, undefined, undefined]);
    const fields = {
      ...{ ema: 0.99, accumulate: 4 },
      augmentation: { cutout: 8, mixup: 0.2, padCrop: 4, flip: true },
    };
    expect(recipe(fields)).toMatchObject(fields);
    expect(words(fields).split('\n').slice(2)).toEqual([
      'weights updated after every 4 batches; batch norms see each batch by itself',
      'weights averaged with a decay of 0.99, and batch-norm statistics measured again under the averages',
      'training images: crops after padding by 4, mirrored at random, cutout of 8 × 8 pixels, mixup with α 0.2',
    ]);
    const weighted = recipeWords({ ...none, classWeights: Array.from({ length: 12 }, (_, i) => i / 3) });
    expect(weighted.at(-1)).toBe('class weights 0, 0.333, 0.667, 1, 1.33, 1.67, 2, 2.33, 2.67, 3, …');
  });

  it('says the rest of it too', () => {
    const fields = { nesterov: true, warmup: 2, labelSmoothing: 0.1, epochs: 4, schedule: 'step' };
    expect(words(fields)).toBe(
      [
        '4 epochs, batch 128, SGD with momentum 0.9 (Nesterov), weight decay 0.0001',
        'learning rate 0.01, times 0.1 after epochs 2, 3, rising over the first 2 epochs',
        'label smoothing 0.1',
      ].join('\n'),
    );
    expect(words({ schedule: 'constant' })).toContain('learning rate 0.01, constant');
  });

  it.each([
    [
      { optimiser: 'adam' },
      '"optimiser" must be sgd, adamw or {"kind": "adamw", "betas": [0.9, 0.999], "epsilon": 1e-8} (found "adam")',
    ],
    [{ optimiser: { kind: 'adamw', betas: [0.9, 1] } }, '"optimiser.betas.1" must be less than 1 (found 1)'],
    [
      { optimiser: { kind: 'adamw', beta: 0.9 } },
      'a job has no field "optimiser.beta" (expected kind, betas, epsilon)',
    ],
    [
      { optimiser: 'adamw', momentum: 0.9 },
      '"momentum" requires "optimiser": "sgd"; AdamW has "betas" in its place',
    ],
    [{ optimiser: { kind: 'adamw' }, nesterov: true }, '"nesterov" requires "optimiser": "sgd"'],
    [
      { schedule: { kind: 'oneCycle', momentum: [0.95, 0.85] } },
      '"schedule.momentum" must be false, or the lowest and the highest momentum, as in [0.85, 0.95] (found [0.95,0.85])',
    ],
    [
      { schedule: 'oneCycle', warmup: 1 },
      '"warmup" does not go with "schedule": "oneCycle", which begins with a rise of its own; "pctStart" is its length (found 1)',
    ],
    [{ ema: 1 }, '"ema" must be less than 1 (found 1)'],
    [{ accumulate: 0 }, '"accumulate" must be at least 1 (found 0)'],
    [
      { classWeights: 'even' },
      '"classWeights" must be "balanced" or a list of weights, one for each class (found "even")',
    ],
    [{ classWeights: [1, 0] }, '"classWeights.1" must be more than 0 (found 0)'],
    [{ augmentation: { mixup: 0 } }, '"augmentation.mixup" must be more than 0 (found 0)'],
    [{ augmentation: { cutout: 3 } }, '"augmentation.cutout" must be an even number (found 3)'],
    [{ clipNorm: 0 }, '"clipNorm" must be more than 0 (found 0)'],
  ])('refuses %j', (fields, message) => {
    expect(() => read(fields)).toThrow(`${FILE}: ${message}`);
  });
});
