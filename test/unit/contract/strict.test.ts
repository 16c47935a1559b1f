import { describe, expect, it } from 'vitest';
import { pageMessage } from '../../../src/contract/intents';
import { hostMessage, workerMessage, type HostMessage, type WorkerMessage } from '../../../src/contract/wire';
import { calls, type CallName } from '../../../src/contract/calls';
import { MESSAGES, REQUESTS } from '../../support/contract-samples';

const HOST: readonly HostMessage[] = [
  { type: 'call', id: 1, call: 'inspect', request: {} },
  { type: 'cancel', id: 1 },
  { type: 'pause', id: 1, paused: true },
];

const detail = { path: 'a', where: 'b', expected: 'c', found: 'd' };
const err = { kind: 'user', message: 'a', summary: 'b', detail, stack: 'c' } as const;
const WORKER: readonly WorkerMessage[] = [
  { type: 'answer', id: 1, answer: { ok: {} }, last: true },
  { type: 'answer', id: 1, answer: { err } },
  { type: 'notice', id: 1, notice: { kind: 'progress', progress: { phase: 'a', done: 1, total: 2 } } },
  { type: 'notice', id: 1, notice: { kind: 'train', event: { event: 'message', text: 'a' } } },
  { type: 'notice', id: 1, notice: { kind: 'point', group: 'corner', point: { ratio: 0, mean: 1, std: 0 } } },
  {
    type: 'notice',
    id: 1,
    notice: { kind: 'assumed', assumed: { path: 'a', network: 'b', unclear: 'c' } },
  },
  {
    type: 'notice',
    id: 1,
    notice: { kind: 'row', row: { distortion: 'none', share: { hits: 1, percent: 1, low: 0, high: 2 } } },
  },
];

interface Schema {
  safeParse(value: unknown): { readonly success: boolean };
}

const CASES: ReadonlyArray<readonly [string, Schema, object]> = [
  ...Object.values(MESSAGES).map((message) => [`page: ${message.type}`, pageMessage, message] as const),
  ...Object.entries(REQUESTS).map(
    ([call, request]) => [`request: ${call}`, calls[call as CallName].request, request] as const,
  ),
  ...HOST.map((message) => [`host: ${message.type}`, hostMessage, message] as const),
  ...WORKER.map(
    (message) => [`worker: ${message.type} ${Object.keys(message)[2]}`, workerMessage, message] as const,
  ),
];

// Anything may be in these: it is checked by the schema of the call.
const FREE = new Set(['request']);

describe.each(CASES)('%s', (_name, schema, message) => {
  const fields = Object.entries(message).filter(([name]) => !FREE.has(name));

  it('is taken as it should be, and with no field that is not known', () => {
    expect(schema.safeParse(message).success).toBe(true);
    expect(schema.safeParse({ ...message, extra: 1 }).success).toBe(false);
    for (const other of [null, undefined, 3, 'text', [message], () => message]) {
      expect(schema.safeParse(other).success).toBe(false);
    }
  });

  it.skipIf(fields.length === 0)('is refused with a field of another type', () => {
    for (const [name, value] of fields) {
      const wrong = [null, { a: 1 }, typeof value === 'number' ? '1' : 1, [[]]];
      for (const other of wrong) {
        expect(
          schema.safeParse({ ...message, [name]: other }).success,
          `${name}: ${JSON.stringify(other)}`,
        ).toBe(false);
      }
    }
  });
});

describe('a message of a kind that does not exist', () => {
  it.each([
    ['page', pageMessage],
    ['host', hostMessage],
    ['worker', workerMessage],
  ])('is refused (%s)', (_side, schema: Schema) => {
    for (const type of ['command', '__proto__', 'constructor', '', undefined]) {
      expect(schema.safeParse({ type, id: 1 }).success).toBe(false);
    }
  });

  it.each([
    ['text without end', { type: 'copy', text: 'x'.repeat(5_000_001) }],
    ['a layer’s name without end', { type: 'kernelSlices', layer: 'x'.repeat(5000) }],
    ['more seeds than sense', { type: 'prune', groups: ['corner'], seeds: 1e9 }],
    ['no number', { type: 'prune', groups: ['corner'], seeds: NaN }],
    ['a path for a file', { type: 'openResult', file: '/etc/passwd' }],
  ])('nor may a page send %s', (_what, message) => {
    expect(pageMessage.safeParse(message).success).toBe(false);
  });
});
