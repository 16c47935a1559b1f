import { describe, expect, it } from 'vitest';
import { InspectorModel, type ModelServices } from '../../../src/host/inspector/model';
import { PageSlices } from '../../../src/host/inspector/page-slices';
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
  const model = new InspectorModel({ fileName: 'a.keras', path: '/a.keras' }, services);
  const page = () => new PageSlices(model, () => undefined);
  return { model, page, asked };
}

describe('a layer looked at from near', () => {
  it('is read, and its numbers stay until those of another filter are there', async () => {
    const { page, asked } = makeModel();
    const slices = page();
    const first = slices.load({ layer: 'conv' });
    expect(slices.state).toEqual({ layer: 'conv', data: { phase: 'loading' } });
    expect(asked[0].request).toEqual({ path: '/a.keras', layer: 'conv' });
    asked[0].answer({ filter: 0 });
    await first;
    const second = slices.load({ layer: 'conv', filter: 3 });
    expect(slices.state?.data).toMatchObject({ phase: 'ready', value: { filter: 0 } });
    asked[1].answer({ filter: 3 });
    await second;
    expect(slices.state?.data).toMatchObject({ value: { filter: 3 } });
  });

  it('gives up one that is no longer wanted', async () => {
    const { page, asked } = makeModel();
    const slices = page();
    const older = slices.load({ layer: 'a' });
    const newer = slices.load({ layer: 'b' });
    expect(asked[0].signal?.aborted).toBe(true);
    asked[0].fail(new CallCancelled());
    await older;
    asked[1].answer({ filter: 1 });
    await newer;
    expect(slices.state).toMatchObject({ layer: 'b', data: { phase: 'ready' } });
  });

  it('shows why it failed', async () => {
    const { page, asked } = makeModel();
    const slices = page();
    const loading = slices.load({ layer: 'a' });
    asked[0].fail(
      new CallError({ kind: 'user', message: 'm', summary: 'there is no such layer', detail: {} }),
    );
    await loading;
    expect(slices.state?.data).toMatchObject({
      phase: 'error',
      error: { title: 'There is no such layer' },
    });
  });

  it('is each page’s own: another page’s layer is none of its concern', async () => {
    const { page, asked } = makeModel();
    const [left, right] = [page(), page()];
    const reading = left.load({ layer: 'a' });
    const other = right.load({ layer: 'b' });
    expect(asked[0].signal?.aborted).toBe(false);
    asked[0].answer({ filter: 0 });
    asked[1].answer({ filter: 1 });
    await Promise.all([reading, other]);
    expect(left.state).toMatchObject({ layer: 'a', data: { value: { filter: 0 } } });
    expect(right.state).toMatchObject({ layer: 'b', data: { value: { filter: 1 } } });
  });

  it('is gone when the file has been read anew, and given up with its page', async () => {
    const { model, page, asked } = makeModel();
    const slices = page();
    const reading = slices.load({ layer: 'a' });
    asked[0].answer({ filter: 0 });
    await reading;
    const again = model.load();
    asked[1].answer({ readMilliseconds: 1, parameters: 2 });
    await again;
    expect(slices.state).toBeUndefined();
    void slices.load({ layer: 'a' });
    slices.dispose();
    expect(asked[2].signal?.aborted).toBe(true);
  });
});
