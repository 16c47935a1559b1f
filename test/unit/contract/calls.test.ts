import { describe, expect, it } from 'vitest';
import { CALL_NAMES, calls, type CallName } from '../../../src/contract/calls';
import { workerMessage } from '../../../src/contract/wire';
import { limitsOf } from '../../../src/host/workers/limits';
import { readerCalls } from '../../../src/worker/reader-calls';
import { trainerCalls } from '../../../src/worker/trainer-calls';
import { REQUESTS, RESULTS } from '../../support/contract-samples';

const HANDLERS = { reader: readerCalls, trainer: trainerCalls };

describe.each(CALL_NAMES)('%s', (name) => {
  const { worker, request, result, checkpoints, about, writes, milliseconds } = calls[name];

  it('is answered by its worker and no other', () => {
    const answering = Object.entries(HANDLERS).filter(([, handlers]) => Object.hasOwn(handlers, name));
    expect(answering.map(([each]) => each)).toEqual([worker]);
  });

  it('has its limits', () => {
    const limits = limitsOf(worker);
    expect(limits.milliseconds[name]).toBe(milliseconds);
    // Only a training may be silent as long as it likes.
    expect(milliseconds === undefined).toBe(name === 'train');
  });

  it('crosses as it is, with what a later version adds', () => {
    const crossed = structuredClone(RESULTS[name]);
    expect(result.parse(crossed)).toEqual(RESULTS[name]);
    expect(request.parse(structuredClone(REQUESTS[name]))).toEqual(REQUESTS[name]);
  });

  it.each(Object.keys(RESULTS[name]))('is refused with another %s', (field) => {
    const value: unknown = Reflect.get(RESULTS[name], field);
    const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
    const wrong = [typeof value === 'number' ? '1' : 1, [[[]]], ...(isRecord ? [] : [{ a: { b: [] } }])];
    const taken = wrong.filter((other) => result.safeParse({ ...RESULTS[name], [field]: other }).success);
    expect(taken).toEqual([]);
  });

  it('says of what was chosen for its checkpoints, where it opens any', () => {
    const said = { architecture: 'net.onnx', readings: [{ file: 'a', equalWeights: 'shared' }] };
    const taken = request.safeParse({ ...REQUESTS[name], ...said }).success;
    expect(taken).toBe(checkpoints.length > 0);
    const fields = Object.keys(REQUESTS[name]);
    const [first] = fields;
    expect(about).toBe(checkpoints[0] ?? first);
    if (writes !== undefined) expect(fields).toContain(writes);
  });
});

describe('notices', () => {
  it('are of one shape for each kind', () => {
    const kinds = CALL_NAMES.flatMap((name: CallName) => Object.keys(calls[name].notices));
    expect(kinds).toEqual([...new Set(kinds)]);
    expect(kinds).not.toContain('progress');
    expect(kinds).not.toContain('assumed');
  });

  it.each([
    [
      'progress whose speed is a text',
      { kind: 'progress', progress: { phase: 'a', done: 1, total: 2, perSecond: '3' } },
    ],
    ['a kind that no call has', { kind: 'rows', rows: [] }],
    ['a field too many', { kind: 'train', event: { event: 'message', text: 'a' }, row: 1 }],
  ])('are refused: %s', (_what, notice) => {
    expect(workerMessage.safeParse({ type: 'notice', id: 1, notice }).success).toBe(false);
  });
});
