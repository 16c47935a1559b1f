import { describe, expect, it } from 'vitest';
import { InspectorModel, type ModelServices } from '../../../src/host/inspector/model';
import { CallCancelled, CallError } from '../../../src/host/workers/errors';

interface Asked {
  readonly request: unknown;
  readonly signal: AbortSignal | undefined;
  answer(value: unknown): void;
  fail(error: Error): void;
}

function makeModel() {
  const asked: Asked[] = [];
  const call = (_name: string, request: unknown, { signal }: { signal?: AbortSignal }) =>
    new Promise((answer, fail) => asked.push({ request, signal, answer, fail }));
  const services: ModelServices = {
    reader: { call } as unknown as ModelServices['reader'],
    locale: 'en',
    isTrusted: () => true,
    logFailure: () => undefined,
  };
  return { model: new InspectorModel({ fileName: 'a.keras', path: '/a.keras' }, services), asked };
}

describe('a layer looked at from near', () => {
  it('is read, and its numbers stay until those of another filter are there', async () => {
    const { model, asked } = makeModel();
    const first = model.loadSlices({ layer: 'conv' });
    expect(model.state.slices).toEqual({ layer: 'conv', data: { phase: 'loading' } });
    expect(asked[0].request).toEqual({ path: '/a.keras', layer: 'conv' });
    asked[0].answer({ filter: 0 });
    await first;
    const second = model.loadSlices({ layer: 'conv', filter: 3 });
    expect(model.state.slices?.data).toMatchObject({ phase: 'ready', value: { filter: 0 } });
    asked[1].answer({ filter: 3 });
    await second;
    expect(model.state.slices?.data).toMatchObject({ value: { filter: 3 } });
  });

  it('gives up one that is no longer wanted', async () => {
    const { model, asked } = makeModel();
    const older = model.loadSlices({ layer: 'a' });
    const newer = model.loadSlices({ layer: 'b' });
    expect(asked[0].signal?.aborted).toBe(true);
    asked[0].fail(new CallCancelled());
    await older;
    asked[1].answer({ filter: 1 });
    await newer;
    expect(model.state.slices).toMatchObject({ layer: 'b', data: { phase: 'ready' } });
  });

  it('shows why it failed', async () => {
    const { model, asked } = makeModel();
    const loading = model.loadSlices({ layer: 'a' });
    asked[0].fail(
      new CallError({ kind: 'user', message: 'm', summary: 'there is no such layer', detail: {} }),
    );
    await loading;
    expect(model.state.slices?.data).toMatchObject({
      phase: 'error',
      error: { title: 'There is no such layer' },
    });
  });
});
