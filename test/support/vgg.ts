import { sizeOf } from '../../src/core/tensor/tensor';
import { dictPickle, tensorPickle } from './pickles';
import { bytesOf, safetensorsOf, torchZip } from './torch-files';

/** A VGG of two channels: small, and its architecture is recognised. */
function vggShapes(): Record<string, readonly number[]> {
  const convolutions = [0, 2, 5, 8, 11].flatMap((index) => [
    [`features.${index}.weight`, [2, index === 0 ? 3 : 2, 3, 3]] as const,
    [`features.${index}.bias`, [2]] as const,
  ]);
  // 224 after four poolings is 14.
  const dense = (
    [
      [0, 14 * 14 * 2, 4],
      [3, 4, 4],
      [6, 4, 3],
    ] as const
  ).flatMap(([index, inputs, units]) => [
    [`classifier.${index}.weight`, [units, inputs]] as const,
    [`classifier.${index}.bias`, [units]] as const,
  ]);
  const all: ReadonlyArray<readonly [string, readonly number[]]> = [...convolutions, ...dense];
  return Object.fromEntries(all);
}

const valuesOf = (shape: readonly number[], seed: number): Float32Array =>
  Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * 1.7 + seed));

/** As `torch.save` writes its state dict. */
export function vggPth(): Uint8Array {
  const shapes = Object.entries(vggShapes());
  const tensors = shapes.map(([name, shape], i) => {
    return [name, tensorPickle(String(i), { shape, count: sizeOf(shape) })] as const;
  });
  const storages = shapes.map(([, shape], i) => [String(i), valuesOf(shape, i)] as const);
  return torchZip(dictPickle(Object.fromEntries(tensors)), Object.fromEntries(storages));
}

export function vggSafetensors(): Uint8Array {
  let end = 0;
  const shapes = Object.entries(vggShapes());
  const header = shapes.map(([name, shape]) => {
    const start = end;
    end += 4 * sizeOf(shape);
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }] as const;
  });
  const data = shapes.flatMap(([, shape], i) => [...valuesOf(shape, i)]);
  return safetensorsOf(Object.fromEntries(header), bytesOf(Float32Array.from(data)));
}
