import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CancelledError, CheckpointError } from '../../../src/core/errors';
import { hostMessage, workerMessage, type HostMessage, type WorkerMessage } from '../../../src/contract/wire';
import { inspectFile } from '../../../src/operations/inspect';
import type { Port } from '../../../src/worker/port';
import { serve, type Handlers } from '../../../src/worker/serve';
import { ownClock } from '../../support/clock';
import { temporaryFolder } from '../../support/folders';
import { equalWeightsModel } from '../formats/onnx-support';

const kernels = { sizes: {}, layers: [] };

/** Serves handlers over a line that is only two arrays. */
function served(handlers: Partial<Handlers<'reader'>>, isSpent?: () => boolean) {
  const sent: WorkerMessage[] = [];
  let deliver: (message: HostMessage) => void = () => undefined;
  const waiting = new Map<number, (answer: unknown) => void>();
  const port: Port = {
    send: (message) => {
      sent.push(message);
      expect(workerMessage.safeParse(message).success).toBe(true);
      if (message.type === 'answer') waiting.get(message.id)?.(message.answer);
    },
    onMessage: (listener) => (deliver = listener),
  };
  serve<'reader'>(handlers as Handlers<'reader'>, port, isSpent);
  let id = 0;
  return {
    sent,
    cancel: () => deliver({ type: 'cancel', id }),
    pause: (paused: boolean, of = id) => deliver({ type: 'pause', id: of, paused }),
    call: (call: string, request: unknown) =>
      new Promise<unknown>((resolve) => {
        waiting.set(++id, resolve);
        deliver({ type: 'call', id, call, request });
      }),
  };
}

describe('a worker', () => {
  it('answers with what the handler returns', async () => {
    const { call } = served({ kernels: ({ path }) => (path === 'a.keras' ? kernels : never()) });
    expect(await call('kernels', { path: 'a.keras' })).toEqual({ ok: kernels });
  });

  it('reads a file as the host says, and tells where that was asked of nobody', async () => {
    const file = path.join(temporaryFolder(), 'net.onnx');
    writeFileSync(file, equalWeightsModel());
    const { call, sent } = served({
      inspect: async ({ path: each, ...options }) => ({
        ...(await inspectFile(each, options)),
        readMilliseconds: 0,
      }),
    });
    const parametersOf = async (request: object): Promise<unknown> => {
      const { ok } = (await call('inspect', request)) as { ok: { trainableParameters: number } };
      return ok.trainableParameters;
    };
    expect(await parametersOf({ path: file })).toBe(9 + 128);
    expect(sent[0]).toMatchObject({ notice: { kind: 'assumed', assumed: { path: file, unclear: file } } });
    const saying = (equalWeights: string, of = file) =>
      parametersOf({ path: file, readings: [{ file: of, equalWeights }] });
    expect(await saying('separate')).toBe(2 * 9 + 128);
    expect(await saying('shared')).toBe(9 + 128);
    expect(sent.filter(({ type }) => type === 'notice')).toHaveLength(1);
    expect(await saying('separate', '/other.onnx')).toBe(9 + 128);
  });

  it('says which answer is its last', async () => {
    let spent = false;
    const { call, sent } = served({ kernels: () => kernels }, () => spent);
    await call('kernels', { path: 'a.keras' });
    spent = true;
    await call('kernels', { path: 'a.keras' });
    expect(sent.map((message) => message.type === 'answer' && message.last)).toEqual([undefined, true]);
  });

  it('answers a user’s error with its parts, and a defect with its stack', async () => {
    const detail = { path: 'a.h5', where: 'conv1', expected: 'float32', found: 'int8' };
    const { call } = served({
      kernels: ({ path }) => {
        if (path === 'defect') throw new TypeError('undefined is not a function');
        throw new CheckpointError('cannot be read', detail);
      },
    });
    expect(await call('kernels', { path: 'a.h5' })).toEqual({
      err: {
        kind: 'user',
        summary: 'cannot be read',
        detail,
        message: 'a.h5: cannot be read (conv1; expected float32; found int8)',
      },
    });
    expect(await call('kernels', { path: 'defect' })).toMatchObject({
      err: {
        kind: 'internal',
        message: 'undefined is not a function',
        stack: expect.stringMatching(/TypeError/) as string,
      },
    });
  });

  it.each([
    ['a call it does not know', 'train', { path: 'job.json' }, /answers no call 'train'/],
    ['a name of every object', 'constructor', {}, /answers no call/],
    ['a missing field', 'kernels', {}, /path/],
    ['a field too many', 'kernels', { path: 'a', then: 'b' }, /then/],
    ['a field of another type', 'kernels', { path: 7 }, /path/],
    ['nothing at all', 'kernels', undefined, /object/],
  ])('refuses %s and lives on', async (_what, name, request, message) => {
    let ran = 0;
    const { call } = served({ kernels: () => (ran++, kernels) });
    expect(await call(name, request)).toMatchObject({
      err: { kind: 'internal', message: expect.stringMatching(message) as string },
    });
    expect(ran).toBe(0);
    expect(await call('kernels', { path: 'a.keras' })).toEqual({ ok: kernels });
  });

  it('raises the flag of the cancelled call, which may then end it', async () => {
    const { call, cancel } = served({
      kernels: async (_request, { signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        throw new CancelledError();
      },
    });
    const answer = call('kernels', { path: 'a.keras' });
    cancel();
    expect(await answer).toMatchObject({ err: { kind: 'cancelled' } });
  });

  it('pauses the call it is told to, and no other, until it is told to go on', async () => {
    const seen: string[] = [];
    const { call, pause } = served({
      kernels: async ({ path }, context) => {
        while (seen.length < 3) {
          seen.push(`${path} ${context.pause.paused}`);
          pause(seen.length === 1, seen.length === 1 ? 1 : 99);
          if (seen.length === 2) setTimeout(() => pause(false), 20);
          if (seen.length > 1) await context.pause.wait();
        }
        return kernels;
      },
    });
    expect(await call('kernels', { path: 'a' })).toEqual({ ok: kernels });
    expect(seen).toEqual(['a false', 'a true', 'a false']);
    // A call that has been answered, or never was, is not paused.
    pause(true);
    pause(true, 7);
  });

  it('tells each phase and the end, but not every step between', async () => {
    const clock = ownClock();
    const { call, sent } = served({
      kernels: (_request, { onProgress }) => {
        for (const phase of ['reading', 'adding']) {
          for (let done = 0; done <= 1000; done++) {
            onProgress({ phase, done, total: 1000 });
            clock.pass(0.5);
          }
        }
        return kernels;
      },
    });
    await call('kernels', { path: 'a.keras' });
    const told = sent.flatMap((message) =>
      message.type === 'notice' && message.notice.kind === 'progress' ? [message.notice.progress] : [],
    );
    expect(told.length).toBeLessThan(20);
    expect(told.map(({ phase, done }) => `${phase} ${done}`)).toEqual(
      expect.arrayContaining(['reading 0', 'reading 1000', 'adding 0', 'adding 1000']),
    );
  });
});

describe('messages from the host', () => {
  it.each([
    ['a call', { type: 'call', id: 1, call: 'inspect', request: {} }, true],
    ['a cancellation', { type: 'cancel', id: 1 }, true],
    ['a pause', { type: 'pause', id: 1, paused: true }, true],
    ['its end', { type: 'pause', id: 1, paused: false }, true],
    ['a pause that says neither', { type: 'pause', id: 1 }, false],
    ['no id', { type: 'cancel' }, false],
    ['an unknown type', { type: 'eval', id: 1 }, false],
    ['a field too many', { type: 'cancel', id: 1, code: 'x' }, false],
  ])('%s', (_what, message, accepted) => {
    expect(hostMessage.safeParse(message).success).toBe(accepted);
  });
});

function never(): never {
  throw new Error('not this one');
}
