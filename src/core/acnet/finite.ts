import { item } from '../item';
import type { Checkpoint } from '../checkpoint';
import { CheckpointError } from '../errors';
import { isFloat } from '../tensor/dtype';
import type { TensorRef } from '../tensor/tensor';

/**
 * Refuses a network with weights that are not numbers: whatever is made of them would hide where they came from.
 * @throws CheckpointError naming the first tensor and position.
 */
export function requireFiniteWeights(checkpoint: Checkpoint): void {
  const names = new Set(checkpoint.graph?.nodes.flatMap((node) => Object.values(node.parameters)));
  for (const name of names) {
    const tensor = checkpoint.tensors.get(name);
    if (tensor && isFloat(tensor.dtype)) requireFinite(tensor, tensor.readFloat32(), checkpoint.path);
  }
}

/** @throws CheckpointError if a value is NaN or infinite. */
export function requireFinite({ name, shape }: TensorRef, values: Float32Array, path: string): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  throw new CheckpointError('a weight is not a finite number', {
    path,
    where: `${name}[${positionOf(index, shape).join(', ')}]`,
    found: String(values[index]),
    expected: 'finite numbers',
  });
}

function positionOf(index: number, shape: readonly number[]): number[] {
  const position: number[] = [];
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = item(shape, axis);
    position.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return position;
}
