import { describe, expect, it } from 'vitest';
import type { ByteSink } from '../../../src/core/bytes';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { chooseSites, findSites } from '../../../src/core/acnet/sites';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { rawPiece } from '../../../src/core/formats/onnx/write/tensors';
import { openOnnx } from '../../../src/core/formats/onnx/onnx';
import { toFloat32 } from '../../../src/core/tensor/decode';
import { memorySource } from '../../../src/core/encodings/region';
import { openCheckpoint, writeCheckpoint } from '../../../src/core/formats/registry';
import { inspectCheckpoint } from '../../../src/operations/inspect';
import { tensorOf } from '../../../src/core/tensor/tensor';
import { convolution, floats, KERNEL, NINE, onnxModel } from './onnx-support';
import { opened, written } from './support';

/** Files that a writer makes, by name. */
function memorySink(files: Map<string, Uint8Array>, name: string): ByteSink {
  const parts: Uint8Array[] = [];
  return {
    path: name,
    write(bytes) {
      parts.push(bytes.slice());
      files.set(name, Uint8Array.from(Buffer.concat(parts)));
    },
    sibling: (other) => memorySink(files, other),
  };
}

function withKernel(checkpoint: Checkpoint, values: readonly number[]): Checkpoint {
  const shape = checkpoint.tensors.get('w')?.shape ?? [];
  const tensors = new Map(checkpoint.tensors).set('w', tensorOf('w', shape, Float32Array.from(values)));
  return { ...checkpoint, tensors };
}

describe('an ONNX model', () => {
  const bytes = onnxModel(convolution(KERNEL));

  it('is written byte for byte as it was when nothing changed', async () => {
    expect(await written(await opened(bytes, 'a.onnx'))).toEqual(bytes);
  });

  it('is written with new weights in the place of the old ones', async () => {
    const changed = withKernel(await opened(bytes, 'a.onnx'), [...NINE].reverse());
    const expected = onnxModel(convolution({ ...KERNEL, raw: floats(...[...NINE].reverse()) }));
    expect(await written(changed)).toEqual(expected);
  });

  it('keeps half precision', async () => {
    const halves = [0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600, 0x4700, 0x4800, 0x4880];
    const raw = (bits: readonly number[]) => new Uint8Array(Uint16Array.from(bits).buffer);
    const model = (bits: readonly number[]) =>
      onnxModel(convolution({ ...KERNEL, raw: raw(bits), type: 10 }));
    const changed = withKernel(await opened(model(halves), 'a.onnx'), [...NINE].reverse());
    expect(await written(changed)).toEqual(model([...halves].reverse()));
  });

  it('has its weights in a file beside it when it would be too large', async () => {
    const size = 300;
    const values = Array.from({ length: size * 9 }, (_, i) => i);
    const kernel = { name: 'w', dims: [size, 1, 3, 3], raw: floats(...values) };
    const files = new Map<string, Uint8Array>();
    const large = await openOnnx(memorySource('a.onnx', onnxModel(convolution(kernel))), {}, 1000);
    await writeCheckpoint(large, memorySink(files, 'large.onnx'));
    expect([...files.keys()].sort()).toEqual(['large.onnx', 'large.onnx.data']);
    expect(files.get('large.onnx.data')).toEqual(kernel.raw);
    expect(files.get('large.onnx')?.length).toBeLessThan(1000);
    const sibling = (name: string) => memorySource(name, files.get(name) ?? new Uint8Array());
    const source = { ...memorySource('large.onnx', files.get('large.onnx') ?? new Uint8Array()), sibling };
    const again = await openCheckpoint(source);
    const before = await opened(onnxModel(convolution(kernel)), 'a.onnx');
    expect(again.tensors.get('w')?.readFloat32()).toEqual(before.tensors.get('w')?.readFloat32());
    // And taken in again by whoever writes it.
    expect((await written(again)).length).toBeGreaterThan(size * 36);
  });
});

describe('a convolution behind an unknown operator', () => {
  const model = (padding: number): Uint8Array =>
    onnxModel(
      convolution(KERNEL, {
        nodes: [
          { op: 'Mystery', inputs: ['x'], outputs: ['z'] },
          { op: 'Conv', inputs: ['z', 'w'], outputs: ['y'], ints: { pads: new Array(4).fill(padding) } },
        ],
      }),
    );

  it.each([
    ['skeleton', 1],
    ['skeleton', 0],
    ['border', 1],
    ['border', 0],
  ] as const)('is a block of the %s variant, padded by %d, that is found again', async (variant, padding) => {
    const source = await opened(model(padding), 'a.onnx');
    const { chosen } = chooseSites(findSites(source));
    const options = { sites: chosen, variant, branches: 'paper', seed: 1 } as const;
    const again = await opened(await written(convertToAcnet(source, options).checkpoint), 'b.onnx');
    expect(again.warnings).toEqual([]);
    expect(fuseAcnet(again, { fold: false }).fused).toEqual(['Conv_y']);
  });
});

it('says how many parameters are trained only where every layer with weights is known', async () => {
  const plain = inspectCheckpoint(await opened(onnxModel(convolution(KERNEL)), 'a.onnx'));
  expect(plain).toMatchObject({ parameters: 9, trainableParameters: 9 });
  expect(plain.inputs[0]).toMatch(/ \(NHWC\)$/);
  const nodes = [{ op: 'Mystery', inputs: ['x', 'w'], outputs: ['y'] }];
  const foreign = inspectCheckpoint(await opened(onnxModel(convolution(KERNEL, { nodes })), 'a.onnx'));
  expect(foreign).toMatchObject({ parameters: 9, trainableParameters: null });
});

describe('half precision', () => {
  it('is written as it was read, for every number there is', () => {
    const bits = Array.from({ length: 65536 }, (_, i) => i).filter(
      (i) => (i & 0x7c00) !== 0x7c00 || (i & 0x3ff) === 0,
    );
    const stored = new Uint8Array(Uint16Array.from(bits).buffer);
    const values = toFloat32(stored, 'float16');
    const tensor = { name: 'h', dims: [values.length], dtype: 'float16', values: () => values } as const;
    const parts: Uint8Array[] = [];
    rawPiece(tensor).write({ path: 'h', write: (piece) => void parts.push(piece) });
    expect(Buffer.concat(parts).equals(Buffer.from(stored))).toBe(true);
  });

  it.each([
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [65519, 0x7bff],
    [65520, 0x7c00],
    [2 ** -25, 0],
    [2 ** -25 * 1.01, 1],
    [NaN, 0x7e00],
  ])('rounds %d to the nearest, ties to even', (value, expected) => {
    const parts: Uint8Array[] = [];
    const values = (): Float32Array => Float32Array.of(value);
    rawPiece({ name: 'h', dims: [1], dtype: 'float16', values }).write({
      path: 'h',
      write: (p) => void parts.push(p),
    });
    expect(new Uint16Array(Uint8Array.from(parts[0]).buffer)[0]).toBe(expected);
  });
});
