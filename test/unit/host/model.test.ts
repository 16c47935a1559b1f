import { describe, expect, it } from 'vitest';
import { HostError } from '../../../src/host/errors';
import { InspectorModel, type ModelServices } from '../../../src/host/inspector/model';
import type { CallOptions } from '../../../src/host/workers/client';
import { CallCancelled, CallError, WorkerDied } from '../../../src/host/workers/errors';

const FILE = { fileName: 'a.keras', path: '/models/a.keras' };
const kernels = { sizes: {}, layers: [] };
const header = (parameters: number) => ({ parameters, sites: [], readMilliseconds: 5 });

interface Asked {
  readonly call: string;
  readonly options: CallOptions;
  answer(value: unknown): void;
  fail(error: Error): void;
}

/** A reader whose answers the test gives. */
function makeModel(file: ConstructorParameters<typeof InspectorModel>[0] = FILE) {
  const asked: Asked[] = [];
  const failures: unknown[] = [];
  const call = (name: string, _request: unknown, options: CallOptions) =>
    new Promise((answer, fail) => asked.push({ call: name, options, answer, fail }));
  const services: ModelServices = {
    reader: { call } as unknown as ModelServices['reader'],
    locale: 'en',
    isTrusted: () => false,
    logFailure: (error) => failures.push(error),
  };
  const model = new InspectorModel(file, services);
  const next = (): Asked => {
    const one = asked.shift();
    if (!one) throw new Error('nothing was asked');
    return one;
  };
  return { model, asked, next, failures };
}

describe('the state of an open file', () => {
  it('starts idle, loads, and keeps the time apart from the facts', async () => {
    const { model, next } = makeModel();
    expect(model.state).toMatchObject({ ...FILE, trusted: false, inspect: { phase: 'idle' } });
    const loading = model.load();
    expect(model.state.inspect).toEqual({ phase: 'loading' });
    next().answer(header(7));
    await loading;
    expect(model.state.inspect).toEqual({ phase: 'ready', value: { parameters: 7, sites: [] } });
    expect(model.state.readMilliseconds).toBe(5);
    expect(model.state.kernels).toEqual({ phase: 'idle' });
  });

  it('shows an error in its parts, logs it, and recovers on retry', async () => {
    const { model, next, failures } = makeModel();
    let loading = model.load();
    const detail = { where: 'byte 0', expected: 'an HDF5 signature', found: '<html>' };
    const error = new CallError({ kind: 'user', message: 'm', summary: 'this is no checkpoint', detail });
    next().fail(error);
    await loading;
    expect(model.state.inspect).toEqual({
      phase: 'error',
      error: { title: 'This is no checkpoint', file: FILE.path, ...detail },
    });
    expect(failures).toEqual([error]);
    loading = model.load();
    expect(model.state.inspect).toEqual({ phase: 'loading' });
    next().answer(header(7));
    await loading;
    expect(model.state.inspect.phase).toBe('ready');
  });

  it('names a process that died, with its last words', async () => {
    const { model, next } = makeModel();
    const loading = model.load();
    next().fail(
      new WorkerDied({
        worker: 'reader',
        end: { kind: 'killed', text: 'killed by SIGKILL', signal: 'SIGKILL' },
        lastLines: ['first', 'out of memory'],
      }),
    );
    await loading;
    expect(model.state.inspect).toMatchObject({
      error: {
        title: 'The reader process ended before it could answer',
        found: 'killed by SIGKILL (it ran out of memory): out of memory',
      },
    });
  });

  it('notes what to do in the editor where it is not clear whose equal weights are, and only there', async () => {
    const { model, next } = makeModel();
    const read = async (isUnclear: boolean): Promise<readonly string[]> => {
      const loading = model.load();
      const asked = next();
      const assumed = {
        path: FILE.path,
        network: 'assumed',
        ...(isUnclear && { choice: 'equalWeights' as const, unclear: FILE.path }),
      };
      asked.options.onNotice?.({ kind: 'assumed', assumed });
      asked.answer({ ...header(7), warnings: ['old'] });
      await loading;
      return model.state.inspect.phase === 'ready' ? model.state.inspect.value.warnings : [];
    };
    expect(await read(true)).toEqual(['old', expect.stringContaining('ACNet: Forget Answers for This File')]);
    expect((await read(true)).join()).not.toContain('--');
    expect(await read(false)).toEqual(['old']);
  });

  it('of a virtual file is its refusal; nothing is read', async () => {
    const { model, asked } = makeModel({ ...FILE, refusal: new HostError('virtual files cannot be read') });
    await model.load();
    expect(model.state.inspect).toMatchObject({
      phase: 'error',
      error: { title: 'Virtual files cannot be read' },
    });
    expect(asked).toEqual([]);
  });

  it('reads kernels when asked to, and again after a change of the file', async () => {
    const { model, next, asked } = makeModel();
    let loading = model.load();
    next().answer(header(7));
    await loading;
    const reading = model.read('kernels');
    expect(model.state.kernels).toEqual({ phase: 'loading' });
    next().answer(kernels);
    await reading;
    expect(model.state.kernels).toEqual({ phase: 'ready', value: kernels });
    loading = model.load();
    expect(model.state.inspect.phase).toBe('ready');
    next().answer(header(8));
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked.map(({ call }) => call)).toEqual(['kernels']);
    next().answer(kernels);
    await loading;
    expect(model.state.inspect).toMatchObject({ value: { parameters: 8 } });
  });

  it('forgets kernels of a file that can no longer be read', async () => {
    const { model, next } = makeModel();
    let loading = model.load();
    next().answer(header(7));
    await loading;
    const reading = model.read('kernels');
    next().answer(kernels);
    await reading;
    loading = model.load();
    next().fail(new Error('no such file'));
    await loading;
    expect(model.state).toMatchObject({ inspect: { phase: 'error' }, kernels: { phase: 'idle' } });
  });

  it('gives up an older reading for a newer one, whichever answers first', async () => {
    const { model, next } = makeModel();
    const first = model.load();
    const older = next();
    const second = model.load();
    const newer = next();
    expect(older.options.signal?.aborted).toBe(true);
    expect(newer.options.signal?.aborted).toBe(false);
    newer.answer(header(2));
    await second;
    older.fail(new CallCancelled());
    await first;
    expect(model.state.inspect).toMatchObject({ phase: 'ready', value: { parameters: 2 } });
  });

  it('tells listeners until it is disposed, which ends the reading', async () => {
    const { model, next, failures } = makeModel();
    const phases: string[] = [];
    model.onChange(({ inspect }) => phases.push(inspect.phase));
    const loading = model.load();
    const asked = next();
    model.dispose();
    expect(asked.options.signal?.aborted).toBe(true);
    asked.fail(new CallCancelled());
    await loading;
    expect(phases).toEqual(['loading']);
    expect(failures).toEqual([]);
  });

  it('carries a job while it runs', () => {
    const { model } = makeModel();
    const progress = { phase: 'reading', done: 1, total: 2 };
    model.setFacts({ job: { title: 'Converting', kind: 'convert', progress }, lastData: '/images' });
    expect(model.state).toMatchObject({
      fileName: 'a.keras',
      job: { title: 'Converting', kind: 'convert', progress },
      lastData: '/images',
    });
    model.setBackend({ native: true, label: 'TensorFlow 2.21.0' });
    model.setFacts({ lastData: '/images' });
    expect('job' in model.state).toBe(false);
    expect(model.state).toMatchObject({ lastData: '/images', backend: { native: true } });
  });
});
