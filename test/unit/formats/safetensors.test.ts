import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../src/core/errors';
import { openCheckpoint, writeCheckpoint } from '../../../src/core/formats/registry';
import { memorySource } from '../../../src/core/encodings/region';
import { littleEndian, pickle } from '../../support/pickles';
import { bytesOf, memorySink, openBytes, safetensorsOf } from '../../support/torch-files';

const counted = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => i);
const F32 = (shape: readonly number[], start: number, end: number): object => ({
  dtype: 'F32',
  shape,
  data_offsets: [start, end],
});

describe('a safetensors file', () => {
  it('gives its tensors of every type', async () => {
    const data = pickle(
      bytesOf(Float32Array.of(0.5, -2)),
      [0x00, 0x3c, 0x01, 0x00],
      [0x80, 0x3f],
      [0xff],
      littleEndian(2, 8),
    );
    const file = safetensorsOf(
      {
        __metadata__: { format: 'pt', note: 'kept' },
        a: F32([2], 0, 8),
        half: { dtype: 'F16', shape: [2], data_offsets: [8, 12] },
        brain: { dtype: 'BF16', shape: [1], data_offsets: [12, 14] },
        small: { dtype: 'I8', shape: [1], data_offsets: [14, 15] },
        count: { dtype: 'I64', shape: [], data_offsets: [15, 23] },
      },
      data,
    );
    const { tensors, metadata, format } = await openBytes('x.safetensors', file);
    const read = (name: string): number[] => [...(tensors.get(name)?.readFloat32() ?? [])];
    expect(format).toBe('safetensors');
    expect(metadata.framework).toBe('PyTorch');
    expect(metadata.facts).toContainEqual({ label: 'note', value: 'kept' });
    expect(read('a')).toEqual([0.5, -2]);
    expect(read('half')).toEqual([1, 2 ** -24]);
    expect(read('brain')).toEqual([1]);
    expect(read('small')).toEqual([-1]);
    expect(read('count')).toEqual([2]);
  });

  it.each([
    ['with a hole', safetensorsOf({ a: F32([1], 0, 4), b: F32([1], 8, 12) }, new Uint8Array(12)), 'a hole'],
    [
      'with an overlap',
      safetensorsOf({ a: F32([1], 0, 4), b: F32([1], 0, 4) }, new Uint8Array(4)),
      'overlap',
    ],
    [
      'with bytes behind',
      safetensorsOf({ a: F32([1], 0, 4) }, new Uint8Array(8)),
      'disagree about its length',
    ],
    ['cut short', safetensorsOf({ a: F32([2], 0, 8) }, new Uint8Array(4)), 'disagree about its length'],
    ['with a false shape', safetensorsOf({ a: F32([3], 0, 8) }, new Uint8Array(8)), 'does not fit'],
    ['with a negative size', safetensorsOf({ a: F32([-1], 0, 4) }, new Uint8Array(4)), 'malformed'],
    ['with offsets that run back', safetensorsOf({ a: F32([1], 4, 0) }, new Uint8Array(4)), 'malformed'],
    ['with half an element', safetensorsOf({ a: F32([0.5], 0, 2) }, new Uint8Array(2)), 'malformed'],
    ['with a header beyond its end', pickle(littleEndian(1000, 8), '{}'), 'cut short'],
    ['with a huge header', pickle(littleEndian(2 ** 52, 8), '{}'), 'cut short'],
    ['of another kind', pickle(littleEndian(8, 8), '[1, 2, 3'), 'malformed JSON'],
  ])('%s is refused', async (_, file, message) => {
    await expect(openBytes('x.safetensors', file)).rejects.toThrow(CheckpointError);
    await expect(openBytes('x.safetensors', file)).rejects.toThrow(message);
  });

  it('of MLX is told by the shapes of its kernels, and written so again', async () => {
    const count = 4 * 3 * 3 * 8;
    const file = safetensorsOf({ 'conv1.weight': F32([4, 3, 3, 8], 0, count * 4) }, bytesOf(counted(count)));
    const checkpoint = await openBytes('x.safetensors', file);
    const loose = checkpoint.weights?.convolutions(false);
    const kernel = loose?.tensors.get('conv1.weight');
    expect(kernel?.shape).toEqual([3, 3, 8, 4]);
    // [h, w, in, out] = (0, 1, 2, 3) is [out, h, w, in] = (3, 0, 1, 2).
    expect(kernel?.readFloat32()[1 * 32 + 2 * 4 + 3]).toBe(3 * 72 + 8 + 2);
    const { sink, bytes } = memorySink('y.safetensors');
    await writeCheckpoint({ ...checkpoint, ...loose }, sink);
    const again = await openBytes('y.safetensors', bytes());
    expect(again.tensors.get('conv1.weight')?.readFloat32()).toEqual(counted(count));
  });

  it('in several files is opened by its index, of its own folder alone', async () => {
    const shards: Readonly<Record<string, Uint8Array>> = {
      'a.safetensors': safetensorsOf({ a: F32([1], 0, 4) }, bytesOf(Float32Array.of(1))),
      'b.safetensors': safetensorsOf({ b: F32([1], 0, 4) }, bytesOf(Float32Array.of(2))),
    };
    const closed: string[] = [];
    const open = (map: object) => {
      const bytes = new TextEncoder().encode(JSON.stringify({ metadata: {}, weight_map: map }));
      const sibling = (name: string) => {
        if (!(name in shards)) throw new CheckpointError('no such file', { path: name });
        return { ...memorySource(name, shards[name]), close: () => void closed.push(name) };
      };
      return openCheckpoint({ ...memorySource('m.safetensors.index.json', bytes), sibling });
    };
    const checkpoint = await open({ a: 'a.safetensors', b: 'b.safetensors' });
    expect([...checkpoint.tensors.values()].map((tensor) => tensor.readFloat32()[0])).toEqual([1, 2]);
    checkpoint.close();
    expect(closed.sort()).toEqual(['a.safetensors', 'b.safetensors']);
    await expect(open({ a: 'a.safetensors', b: 'c.safetensors' })).rejects.toThrow('no such file');
    await expect(open({ a: 'a.safetensors', z: 'b.safetensors' })).rejects.toThrow('lacks a tensor');
    await expect(open({ a: 7 })).rejects.toThrow('names no files');
    // What was opened before the failure is closed.
    expect(closed.length).toBe(5);
  });
});
