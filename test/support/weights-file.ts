import { bytesOf, safetensorsOf } from './torch-files';

/** Shapes by the names of a state dict. */
export type Shapes = Readonly<Record<string, readonly number[]>>;

/** A safetensors file of made-up values: small, of both signs, variances positive. */
export function weightsFile(shapes: Shapes): Uint8Array {
  const header: Record<string, object> = {};
  const all: number[] = [];
  for (const [name, shape] of Object.entries(shapes)) {
    const size = shape.reduce((a, b) => a * b, 1);
    const start = all.length * 4;
    for (let i = 0; i < size; i++) {
      const value = Math.sin(all.length * 1.7 + 1);
      all.push(name.endsWith('running_var') ? Math.abs(value) + 0.1 : value);
    }
    header[name] = { dtype: 'F32', shape, data_offsets: [start, all.length * 4] };
  }
  return safetensorsOf(header, bytesOf(Float32Array.from(all)));
}

/** Of a batch norm. */
export const normShapes = (name: string, width: number): Shapes => ({
  [`${name}.weight`]: [width],
  [`${name}.bias`]: [width],
  [`${name}.running_mean`]: [width],
  [`${name}.running_var`]: [width],
});

/** Two convolutions with their batch norms, under names that no known network has. */
export const UNKNOWN_NETWORK: Shapes = {
  'stem.conv.weight': [4, 3, 3, 3],
  ...normShapes('stem.bn', 4),
  'body.conv.weight': [4, 4, 3, 3],
  ...normShapes('body.bn', 4),
  'head.weight': [2, 4],
};

/** The smallest residual network for CIFAR-10, under the names of the usual code: ResNet-8, shortcuts A. */
export function cifarResnet8(): Shapes {
  const pair = (path: string, n: string, filters: number, channels: number): Shapes => ({
    [`${path}conv${n}.weight`]: [filters, channels, 3, 3],
    ...normShapes(`${path}bn${n}`, filters),
  });
  const stages = [16, 32, 64].map((width, i) => {
    const path = `layer${i + 1}.0.`;
    return { ...pair(path, '1', width, i === 0 ? 16 : width / 2), ...pair(path, '2', width, width) };
  });
  const head = { 'linear.weight': [10, 64], 'linear.bias': [10] };
  return Object.assign({}, pair('', '1', 16, 3), ...stages, head) as Shapes;
}

/** The same under names that nothing knows: which layer is which is seen by shapes and values. */
export function renamedResnet8(): Shapes {
  const renamed = Object.entries(cifarResnet8()).map(([key, shape]) => [
    key.replace('layer', 'stage'),
    shape,
  ]);
  return Object.fromEntries(renamed) as Shapes;
}

/** A safetensors file in parts. */
interface Parts {
  header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
  data: Uint8Array;
}

/** The header and what follows it. */
export function partsOf(bytes: Uint8Array): Parts {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  const text = new TextDecoder().decode(bytes.subarray(8, 8 + length));
  return { header: JSON.parse(text) as Parts['header'], data: bytes.slice(8 + length) };
}

/** The same after `save_file(load_file(path), path)`: what stood beside the tensors is gone. */
export function resaved(bytes: Uint8Array): Uint8Array {
  const { header, data } = partsOf(bytes);
  delete header.__metadata__;
  return safetensorsOf(header, data);
}
