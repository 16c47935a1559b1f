import { describe, expect, it, vi } from 'vitest';
import { NO_ARCHITECTURE } from '../../../src/host/checkpoints/no-architecture';
import { openMemories } from '../../../src/host/memory/answers';
import { FileStates } from '../../../src/host/facts/states';
import { AttachingClient } from '../../../src/host/workers/attaching-client';
import type { WorkerClient } from '../../../src/host/workers/client';
import { calls } from '../../../src/contract/calls';

/** What VS Code keeps between two windows. */
function makeStore() {
  const kept = new Map<string, unknown>();
  return {
    get: (key: string): unknown => kept.get(key),
    update: (key: string, value: unknown) => {
      kept.set(key, structuredClone(value));
      return Promise.resolve();
    },
  };
}

const keyOf = (file: string): string => `file://${file}`;

function made(store = makeStore()) {
  const states = new FileStates();
  const chosen = openMemories(store, states, keyOf);
  const { architecture: architectures, equalWeights } = chosen;
  const call = vi.fn((_call: string, _request: object): Promise<unknown> => Promise.resolve('answer'));
  const client = new AttachingClient({ call } as unknown as WorkerClient<'reader'>, chosen);
  const asked = (): unknown => call.mock.calls.at(-1)?.[1];
  return { store, states, architectures, equalWeights, chosen, call, client, asked };
}

describe('which model is the network of a file', () => {
  it('is kept between windows, and shown on the pages of the file', () => {
    const first = made();
    const changed: string[] = [];
    first.architectures.onChange((file) => changed.push(file));
    first.architectures.remember('/net.pth', '/net.onnx');
    first.architectures.remember('/other.pth', NO_ARCHITECTURE);
    expect(changed).toEqual(['/net.pth', '/other.pth']);
    const second = made(first.store);
    expect(second.architectures.of('/net.pth')).toBe('/net.onnx');
    expect(second.architectures.of('/third.pth')).toBeUndefined();
    expect(second.states.get(keyOf('/other.pth'))).toEqual({ architecture: 'none' });
  });

  it('forgets the oldest of very many, and takes nothing malformed', async () => {
    const { store, architectures } = made();
    for (let i = 0; i < 250; i++) architectures.remember(`/${i}.pth`, '/net.onnx');
    expect(architectures.of('/49.pth')).toBeUndefined();
    expect(architectures.of('/50.pth')).toBe('/net.onnx');
    await store.update('acnet.architectures', [['/a.pth']]);
    expect(made(store).architectures.of('/a.pth')).toBeUndefined();
  });
});

describe('calls about files', () => {
  it('take it along, whatever the call', async () => {
    const { architectures, client, asked } = made();
    architectures.remember('/net.pth', '/net.onnx');
    await client.call('inspect', { path: '/net.pth' });
    expect(asked()).toEqual({ path: '/net.pth', architecture: '/net.onnx' });
    await client.call('kernelSlices', { path: '/net.pth', layer: 'a' });
    expect(asked()).toEqual({ path: '/net.pth', layer: 'a', architecture: '/net.onnx' });
    await client.call('inspect', { path: '/other.pth' });
    expect(asked()).toEqual({ path: '/other.pth' });
  });

  it('of two files take that of either', async () => {
    const { architectures, chosen, call } = made();
    architectures.remember('/b.pth', '/net.onnx');
    const trainer = new AttachingClient({ call } as unknown as WorkerClient<'trainer'>, chosen);
    await trainer.call('verify', { a: '/a.onnx', b: '/b.pth', samples: 1 });
    expect(call.mock.calls.at(-1)?.[1]).toMatchObject({ architecture: '/net.onnx' });
    await trainer.call('robustness', { path: '/a.onnx', against: '/b.pth', data: '/images' });
    expect(call.mock.calls.at(-1)?.[1]).toMatchObject({ architecture: '/net.onnx' });
    await trainer.call('robustness', { path: '/a.onnx', data: '/images' });
    expect(call.mock.calls.at(-1)?.[1]).not.toHaveProperty('architecture');
  });

  it('keep the one they name themselves', async () => {
    const { architectures, client, asked } = made();
    architectures.remember('/net.pth', '/net.onnx');
    await client.call('inspect', { path: '/net.pth', architecture: '/new.onnx' });
    expect(asked()).toEqual({ path: '/net.pth', architecture: '/new.onnx' });
  });

  it('that write a file of the same network give it the same, if they succeed', async () => {
    const { architectures, client, call } = made();
    architectures.remember('/net.pth', '/net.onnx');
    const fuse = { path: '/net.pth', output: '/out.pth', fold: false, overwrite: false };
    call.mockRejectedValueOnce(new Error('no'));
    await expect(client.call('fuse', fuse)).rejects.toThrow('no');
    expect(architectures.of('/out.pth')).toBeUndefined();
    await client.call('fuse', fuse);
    expect(architectures.of('/out.pth')).toBe('/net.onnx');
    await client.call('exportAs', { path: '/net.pth', output: '/out.keras', overwrite: false });
    expect(architectures.of('/out.keras')).toBeUndefined();
  });
  it('say of each file what its equal weights are, and of what is written from it', async () => {
    const { equalWeights, client, asked, call } = made();
    equalWeights.remember('/a.onnx', 'separate');
    equalWeights.remember('/b.onnx', 'shared');
    await client.call('compareKernels', { before: '/a.onnx', after: '/b.onnx' });
    const readings = [
      { file: '/a.onnx', equalWeights: 'separate' },
      { file: '/b.onnx', equalWeights: 'shared' },
    ];
    expect(asked()).toEqual({ before: '/a.onnx', after: '/b.onnx', readings });
    await client.call('inspect', { path: '/c.onnx' });
    expect(asked()).toEqual({ path: '/c.onnx' });
    const fuse = { path: '/b.onnx', output: '/out.onnx', fold: false, overwrite: false };
    call.mockRejectedValueOnce(new Error('no'));
    await expect(client.call('fuse', fuse)).rejects.toThrow('no');
    expect(equalWeights.of('/out.onnx')).toBeUndefined();
    await client.call('fuse', fuse);
    expect(equalWeights.of('/out.onnx')).toBe('shared');
    for (const request of [asked(), { path: '/c.onnx', readings: [readings[0]] }]) {
      const call = request === asked() ? 'fuse' : 'inspect';
      expect(calls[call].request.safeParse(request).success).toBe(true);
    }
  });
});
