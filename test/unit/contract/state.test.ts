import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareDone } from '../../support/compare-states';
import { deepNet } from '../../support/deep-net';
import { TRAIN_RESULT, pruningDone, pruningRun, trainingRun } from '../../support/run-states';
import { robustnessDone, robustnessRun } from '../../support/robustness-states';
import { slicesState } from '../../support/slices-state';
import { readState } from '../../../src/contract/page';

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), 'utf8'));
const inspected = fixture('scene-net.inspect.json') as object;
const state = {
  fileName: 'a.keras',
  path: '/a.keras',
  locale: 'en',
  trusted: true,
  inspect: { phase: 'ready', value: inspected },
  kernels: { phase: 'ready', value: fixture('scene-net.kernels.json') },
};
const message = (change: object) => ({ type: 'state', state: { ...state, ...change } });

/** A comparison whose part that needs no training is not taken from the difference. */
function withoutRemainder(): never {
  const { result } = compareDone();
  const sizes = Object.entries(result?.sizes ?? {}).map(([size, each]) => {
    const fusing = { from: 'plain', to: 'skeleton', alone: each.before.raw };
    return [size, { ...each, fusing }];
  });
  return { ...result, sizes: Object.fromEntries(sizes) as unknown } as never;
}

describe('messages of the host', () => {
  it('are taken when well formed', () => {
    expect(readState(message({}))).toEqual(state);
    expect(readState(message({ inspect: { phase: 'idle' }, kernels: { phase: 'loading' } }))).toBeTypeOf(
      'object',
    );
    const error = { phase: 'error', error: { title: 'x', where: 'y' } };
    expect(readState(message({ kernels: error, job: { title: 'Fuse', kind: 'fuse' } }))).toBeTypeOf('object');
    const deep = deepNet(50);
    expect(readState(message({ inspect: { phase: 'ready', value: deep.inspect } }))).toBeTypeOf('object');
  });

  it('are taken with runs, verification and a layer from near', () => {
    const tensors = [{ name: 'out', maxAbs: 1e-6, maxRel: 1e-7 }];
    const result = { samples: 16, maxAbs: 1e-6, maxRel: 1e-7, passed: true, tolerance: 1e-5, tensors };
    const states = [
      { pruning: pruningRun() },
      { pruning: pruningDone() },
      { robustness: robustnessRun() },
      { robustness: robustnessDone(), lastAgainst: '/b.keras' },
      { training: trainingRun() },
      { training: trainingRun({ phase: 'done', result: TRAIN_RESULT }) },
      { training: trainingRun({ arms: {}, log: [] }) },
      { verify: { other: 'b.keras', phase: 'done', result } },
      { compare: compareDone() },
      { compare: { other: 'b', swapped: true, phase: 'running', asked: 2 } },
      { slices: slicesState('conv', 'acb') },
      { slices: { layer: 'conv', data: { phase: 'loading' } } },
      { lastData: '/data', backend: { native: false, label: 'portable' } },
    ];
    for (const change of states) expect(readState(message(change))).toBeTypeOf('object');
  });

  it('are left alone when they are not states', () => {
    for (const other of [null, 3, 'state', [], { type: 'other' }]) expect(readState(other)).toBeUndefined();
  });

  it.each<[string, object]>([
    ['inspect', { inspect: { phase: 'ready', value: {} } }],
    ['inspect', { inspect: { phase: 'done' } }],
    ['kernels', { kernels: { phase: 'error', error: {} } }],
    [
      'kernels',
      { kernels: { phase: 'ready', value: { sizes: { '3x3': { raw: [[1], [1, 2]] } }, layers: [] } } },
    ],
    ['kernels', { kernels: { phase: 'ready', value: { sizes: {}, layers: [{ name: 'a', kernel: [3] }] } } }],
    ['job', { job: { title: 'x', kind: 'fuse', progress: { done: 1 } } }],
    ['job', { job: { title: 'x', kind: 'dance' } }],
    ['pruning', { pruning: { ...pruningRun(), phase: 'begun' } }],
    ['pruning', { pruning: pruningRun({ curves: { corner: [{ ratio: 0.1 }] } as never }) }],
    ['pruning', { pruning: pruningRun({ curves: { centre: [] } as never }) }],
    ['robustness', { robustness: { ...robustnessRun(), rows: [{ distortion: 'none' }] } }],
    ['robustness', { robustness: { ...robustnessDone(), result: {} } }],
    ['lastAgainst', { lastAgainst: 3 }],
    ['training', { training: trainingRun({ log: [3] as never }) }],
    ['training', { training: trainingRun({ arms: { acnet: { steps: [] } } as never }) }],
    ['training', { training: trainingRun({ result: {} as never }) }],
    ['verify', { verify: { other: 'b', phase: 'done', result: {} } }],
    ['compare', { compare: compareDone({ result: {} as never }) }],
    ['compare', { compare: compareDone({ asked: '1' as never }) }],
    // What the page once did not look at.
    ['inspect', { inspect: { phase: 'ready', value: { ...inspected, format: 3 } } }],
    ['training', { training: trainingRun({ result: { ...TRAIN_RESULT, memory: { peak: '1' } } as never }) }],
    ['training', { training: trainingRun({ result: { ...TRAIN_RESULT, preprocessing: 1 } as never }) }],
    ['compare', { compare: compareDone({ result: withoutRemainder() }) }],
    ['slices', { slices: { layer: 'a', data: { phase: 'ready', value: { layer: 'a' } } } }],
    ['backend', { backend: { native: 'no', label: 'x' } }],
    ['locale', { locale: undefined }],
    ['trusted', { trusted: 'yes' }],
  ])('name what is malformed: %s', (field, change) => {
    expect(readState(message(change))).toBe(`state.${field} is malformed`);
  });

  it.each(['command', 'html', '__proto__x', 'toString'])(
    'must hold nothing that is not known: %s',
    (name) => {
      expect(readState(message({ [name]: 'x' }))).toBe(`state.${name} is not known`);
    },
  );

  it('must hold a state', () => {
    expect(readState({ type: 'state' })).toBe('state is missing');
  });
});
