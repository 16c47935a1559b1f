import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { pageMessage } from '../../../src/contract/intents';
import { workerMessage } from '../../../src/contract/wire';
import { calls } from '../../../src/contract/calls';
import { robustnessResult } from '../../support/robustness-states';

const fixture = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path.join(import.meta.dirname, '../../fixtures', name), 'utf8')) as Record<
    string,
    unknown
  >;
const inspected = { ...fixture('scene-net.inspect.json'), readMilliseconds: 84 };
const kernels = fixture('scene-net.kernels.json');

describe('results on their way to the host', () => {
  it('pass whole, fields of a later version included', () => {
    const later = { ...inspected, optimiser: 'sgd' };
    expect(calls.inspect.result.parse(later)).toEqual(later);
    expect(calls.kernels.result.parse(kernels)).toEqual(kernels);
  });

  it('may hold NaN and infinity: they are findings', () => {
    const verified = {
      samples: 1,
      maxAbs: Infinity,
      maxRel: NaN,
      passed: false,
      tolerance: 1e-5,
      tensors: [{ name: 'logits', maxAbs: NaN, maxRel: NaN }],
      problem: 'NaN',
    };
    expect(calls.verify.result.parse(verified)).toEqual(verified);
  });

  it('of a pruning check hold every group, thresholds that are never met, and the measure', () => {
    const curve = [{ ratio: 0.1, mean: 90, std: 0 }];
    const pruned = {
      unpruned: 100,
      curves: { corner: curve, square: curve, border: curve },
      images: 10,
      seeds: 5,
      layers: 2,
      measure: 'agreement',
      thresholds: { square: { below50: null, belowHalf: 0.2 } },
      sizes: [{ kernel: [3, 3], layers: 2, shares: { corner: 4 / 9 } }],
    };
    expect(calls.prune.result.parse(pruned)).toEqual(pruned);
    // An earlier version's result, without what is new.
    const { measure, thresholds, sizes, ...old } = pruned;
    expect(calls.prune.result.parse(old)).toEqual(old);
    for (const change of [
      { measure: 'luck' },
      { thresholds: { square: { below50: '0.2', belowHalf: null } } },
      { sizes: [{ kernel: [3], layers: 2, shares: {} }] },
      { curves: { border: [{ ratio: 0.1 }] } },
    ]) {
      expect(calls.prune.result.safeParse({ ...pruned, ...change }).success).toBe(false);
    }
    expect([measure, thresholds, sizes].every(Boolean)).toBe(true);
  });

  it('of a robustness check hold rows of one network or two', () => {
    const two = robustnessResult();
    expect(calls.robustness.result.parse(two)).toEqual(two);
    const { against: _, ...one } = {
      ...two,
      rows: two.rows.map(({ distortion, share }) => ({ distortion, share })),
    };
    expect(calls.robustness.result.parse(one)).toEqual(one);
    const [first] = one.rows;
    for (const change of [
      { measure: 'luck' },
      { rows: [{ ...first, distortion: 'rotate45' }] },
      { rows: [{ ...first, share: { ...first.share, hits: 0.5 } }] },
      { rows: [{ ...first, difference: { points: 1 } }] },
      { leftOut: ['rotate90'] },
    ]) {
      expect(calls.robustness.result.safeParse({ ...one, ...change }).success).toBe(false);
    }
  });

  it('may ask to go on with a job, and for every group', () => {
    expect(calls.train.request.safeParse({ path: 'a.acnet.json', resume: true }).success).toBe(true);
    expect(calls.train.request.safeParse({ path: 'a.acnet.json', resume: 'yes' }).success).toBe(false);
    const prune = { path: 'a.keras', data: 'images' };
    expect(calls.prune.request.safeParse({ ...prune, groups: ['square', 'border'] }).success).toBe(true);
    expect(calls.prune.request.safeParse({ ...prune, groups: ['topLeft'] }).success).toBe(false);
  });

  it.each([
    ['no time', { readMilliseconds: undefined }],
    ['a text for a number', { parameters: '4816330' }],
    ['a negative count', { tensors: -1 }],
    ['sites that are none', { sites: [{ name: 'conv1' }] }],
    ['one warning instead of a list', { warnings: 'dropped' }],
  ])('are refused with %s', (_what, change) => {
    expect(calls.inspect.result.safeParse({ ...inspected, ...change }).success).toBe(false);
  });

  it.each([
    ['an answer', { type: 'answer', id: 1, answer: { ok: inspected } }, true],
    ['an answer that is both', { type: 'answer', id: 1, answer: { ok: 1, err: {} } }, false],
    ['a failure without a sentence', { type: 'answer', id: 1, answer: { err: { kind: 'user' } } }, false],
    [
      'progress',
      { type: 'notice', id: 1, notice: { kind: 'progress', progress: { phase: 'a', done: 1, total: 2 } } },
      true,
    ],
    ['progress of nothing', { type: 'notice', id: 1, notice: { kind: 'progress' } }, false],
    [
      'an event of training',
      { type: 'notice', id: 1, notice: { kind: 'train', event: { event: 'message', text: 'calibrating' } } },
      true,
    ],
    [
      'an event that does not exist',
      { type: 'notice', id: 1, notice: { kind: 'train', event: { event: 'coffee' } } },
      false,
    ],
  ])('in messages: %s', (_what, message, accepted) => {
    expect(workerMessage.safeParse(message).success).toBe(accepted);
  });
});

describe('what the page may say', () => {
  it.each([
    ['ready', { type: 'ready' }, true],
    ['convert these', { type: 'convert', layers: ['conv1', 'conv2'] }, true],
    ['convert', { type: 'convert' }, true],
    ['convert a number', { type: 'convert', layers: [1] }, false],
    ['a command of its own', { type: 'command', command: 'workbench.action.quit' }, false],
    ['a field too many', { type: 'ready', eval: '1' }, false],
    ['a name without end', { type: 'convert', layers: ['x'.repeat(5000)] }, false],
  ])('%s', (_what, message, accepted) => {
    expect(pageMessage.safeParse(message).success).toBe(accepted);
  });
});
