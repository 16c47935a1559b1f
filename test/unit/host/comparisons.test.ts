import { describe, expect, it } from 'vitest';
import { Comparisons } from '../../../src/host/checks/comparisons';
import { FileStates } from '../../../src/host/facts/states';
import { Measurements } from '../../../src/host/facts/measurements';
import { isEarlier, relatives } from '../../../src/host/checkpoints/relatives';
import type { CallOptions } from '../../../src/host/workers/client';
import { CallCancelled, CallError } from '../../../src/host/workers/errors';

interface Asked {
  readonly request: { readonly before: string; readonly after: string };
  readonly options: CallOptions;
  answer(value: unknown): void;
  fail(error: Error): void;
}

const pair = { target: { key: 'file:a', path: '/a.keras' }, other: '/b.keras', swapped: false };

/** Comparisons whose reader's answers the test gives; one that is cancelled says so, as the real one does. */
function make() {
  const asked: Asked[] = [];
  let stamp = 'one';
  const call = (_name: string, request: Asked['request'], options: CallOptions) =>
    new Promise((answer, fail) => {
      const cancel = (): void => fail(new CallCancelled());
      if (options.signal?.aborted) cancel();
      options.signal?.addEventListener('abort', cancel);
      asked.push({ request, options, answer, fail });
    });
  const states = new FileStates();
  const measurements = new Measurements(states, () => Promise.resolve(stamp));
  const reader = { call } as unknown as ConstructorParameters<typeof Comparisons>[0];
  const comparisons = new Comparisons(reader, states, measurements, 0);
  const next = async (): Promise<Asked> => {
    for (let turn = 0; asked.length === 0; turn++) {
      if (turn > 100) throw new Error('nothing was asked');
      await Promise.resolve();
    }
    return asked.shift() as Asked;
  };
  const shown = () => states.get('file:a').compare;
  return { comparisons, next, shown, measurements, change: () => void (stamp = 'two') };
}

describe('comparing two files', () => {
  it('shows how far it is, then the result, and says when a file has changed', async () => {
    const { comparisons, next, shown, measurements, change } = make();
    const done = comparisons.ask(pair);
    expect(shown()).toEqual({ other: '/b.keras', swapped: false, asked: 1, phase: 'running' });
    const call = await next();
    expect(call.request).toEqual({ before: '/a.keras', after: '/b.keras' });
    const progress = { phase: 'Comparing kernels', done: 1, total: 2 };
    call.options.onNotice?.({ kind: 'progress', progress });
    expect(shown()).toMatchObject({ phase: 'running', progress });
    call.answer('numbers');
    expect(await done).toBe('numbers');
    expect(shown()).toMatchObject({ phase: 'done', result: 'numbers' });
    expect(shown()?.progress).toBeUndefined();
    change();
    await measurements.look('file:a');
    expect(shown()).toMatchObject({ phase: 'done', result: 'numbers', outdated: true });
  });

  it('swaps them with the numbers staying until the others are there, and turns no page to them', async () => {
    const { comparisons, next, shown } = make();
    const first = comparisons.ask(pair);
    (await next()).answer('numbers');
    await first;
    const swapped = comparisons.swap('file:a');
    expect(shown()).toMatchObject({ swapped: true, phase: 'running', result: 'numbers', asked: 1 });
    const call = await next();
    expect(call.request).toEqual({ before: '/b.keras', after: '/a.keras' });
    call.answer('others');
    await swapped;
    expect(shown()).toMatchObject({ swapped: true, phase: 'done', result: 'others', asked: 1 });
    const again = comparisons.again('file:a');
    expect((await next()).request).toEqual(call.request);
    comparisons.stop('file:a');
    expect(await again).toBeUndefined();
    expect(shown()).toMatchObject({ phase: 'stopped', result: 'others' });
  });

  it('a newer one takes the place of one that is under way', async () => {
    const { comparisons, next, shown } = make();
    const first = comparisons.ask(pair);
    await next();
    const second = comparisons.ask({ ...pair, other: '/c.keras' });
    expect(await first).toBeUndefined();
    expect(shown()).toMatchObject({ other: '/c.keras', phase: 'running', asked: 2 });
    (await next()).answer('numbers');
    expect(await second).toBe('numbers');
    expect(shown()).toMatchObject({ other: '/c.keras', phase: 'done' });
  });

  it('a failure is shown and told, and leaves no old numbers standing', async () => {
    const { comparisons, next, shown } = make();
    const failing = comparisons.ask(pair);
    const detail = { path: '/b.keras', found: 'nothing' };
    (await next()).fail(
      new CallError({ kind: 'user', message: 'm', summary: 'no kernel in common', detail }),
    );
    await expect(failing).rejects.toThrow('m');
    expect(shown()).toEqual({
      ...{ other: '/b.keras', swapped: false, asked: 1, phase: 'failed' },
      error: { title: 'No kernel in common', file: '/b.keras', found: 'nothing' },
    });
  });

  it('nothing is swapped that was not compared', async () => {
    await expect(make().comparisons.swap('file:a')).rejects.toThrow('nothing was compared');
  });
});

describe('which of two files was there first', () => {
  it.each([
    ['m.keras', 'm.acnet.keras', true],
    ['m.acnet.keras', 'm.keras', false],
    ['m.acnet.pth', 'm.acnet.fused.pth', true],
    ['m.fused-2.keras', 'm.acnet.keras', false],
    ['m.pth', 'm.fused.onnx', true],
    ['a.keras', 'b.acnet.keras', false],
  ])('%s before %s: %s', (other, file, earlier) => {
    expect(isEarlier(`/x/${other}`, `/y/${file}`)).toBe(earlier);
  });

  it('relatives have the name, and the extension where that is asked for', () => {
    const all = ['/x/m.acnet.keras', '/x/m.pth', '/x/m.acnet.fused.keras', '/x/m.keras', '/x/n.keras'];
    const keras = ['/x/m.keras', '/x/m.acnet.fused.keras'];
    expect(relatives('/x/m.acnet.keras', all)).toEqual(keras);
    expect(relatives('/x/m.acnet.keras', all, true).sort()).toEqual([...keras, '/x/m.pth'].sort());
  });
});
