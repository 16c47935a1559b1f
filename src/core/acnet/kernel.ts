import { tensorNameOf } from '../graph/node';
import { item } from '../item';
import type { NodeOf } from '../graph/graph';
import type { KernelShape, TensorRef } from '../tensor/tensor';
import { affineOf, parameterOf, type Affine } from './norm';
import type { AcbBlock, Branch } from './types';

type Tensors = ReadonlyMap<string, TensorRef>;

/** A convolution's weights in float64: kernel [h, w, in / groups, out] row-major, bias [out]. */
export interface Fused {
  readonly shape: KernelShape;
  readonly kernel: Float64Array;
  readonly bias: Float64Array;
}

/** Kernel and bias of a convolution with its batch norm's scale and shift taken in (BN fusion). */
export function fuseBranch({ conv, batchNorm }: Branch, tensors: Tensors): Fused {
  const own = kernelOf(conv, tensors);
  return batchNorm ? scaled(own, affineOf(batchNorm, tensors)) : own;
}

/** The one convolution that computes what a block does at inference: branches fused, placed and summed. */
export function fuseBlock(block: AcbBlock, tensors: Tensors): Fused {
  return place(block, (branch) => fuseBranch(branch, tensors));
}

/** The block's kernels placed and summed as they are stored, without batch norms. */
export function stackBlock(block: AcbBlock, tensors: Tensors): Fused {
  return place(block, ({ conv }) => kernelOf(conv, tensors));
}

/** A convolution's stored weights; a missing bias is 0. */
export function kernelOf(conv: NodeOf<'conv2d'>, tensors: Tensors): Fused {
  const ref = tensors.get(tensorNameOf(conv, 'kernel'));
  const [height, width] = conv.attributes.kernelSize;
  const { filters } = conv.attributes;
  const kernel = Float64Array.from(ref?.readFloat32() ?? []);
  const bias = Float64Array.from(parameterOf(conv, 'bias', tensors) ?? new Float32Array(filters));
  return { shape: [height, width, ref?.shape[2] ?? 0, filters], kernel, bias };
}

function scaled({ shape, kernel, bias }: Fused, { scale, shift }: Affine): Fused {
  const filters = shape[3];
  return {
    shape,
    kernel: kernel.map((value, i) => value * item(scale, i % filters)),
    bias: bias.map((value, i) => item(shift, i) + value * item(scale, i)),
  };
}

/** Branch fusion: the horizontal kernel is added to its row, the vertical one to its column. */
function place(block: AcbBlock, weightsOf: (branch: Branch) => Fused): Fused {
  const square = weightsOf(block.square);
  const horizontal = weightsOf(block.horizontal);
  const vertical = weightsOf(block.vertical);
  const [height, width, perGroup, filters] = square.shape;
  const tap = perGroup * filters;
  const kernel = square.kernel.slice();
  const addTap = (row: number, column: number, from: Float64Array, index: number): void => {
    const to = (row * width + column) * tap;
    for (let i = 0; i < tap; i++) kernel[to + i] = (kernel[to + i] ?? 0) + (from[index * tap + i] ?? 0);
  };
  for (let column = 0; column < width; column++) addTap(block.row, column, horizontal.kernel, column);
  for (let row = 0; row < height; row++) addTap(row, block.column, vertical.kernel, row);
  const bias = square.bias.map((value, i) => value + item(horizontal.bias, i) + item(vertical.bias, i));
  return { shape: square.shape, kernel, bias };
}
