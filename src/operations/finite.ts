import type { Checkpoint } from '../core/checkpoint';
import { CheckpointError } from '../core/errors';
import { isFloat } from '../core/tensor/dtype';
import type { TensorRef } from '../core/tensor/tensor';

/**
 * Refuses weights that are no numbers: every result made from them would be none either.
 * @throws CheckpointError naming the first tensor with a NaN or an infinity, and the place in it.
 */
export function refuseNonFinite(checkpoint: Pick<Checkpoint, 'path'>, tensors: Iterable<TensorRef>): void {
  for (const tensor of tensors) {
    if (!isFloat(tensor.dtype)) continue;
    const values = tensor.readFloat32();
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at < 0) continue;
    throw new CheckpointError('a weight is not a finite number', {
      path: checkpoint.path,
      where: `${tensor.name}[${positionOf(at, tensor.shape).join(', ')}]`,
      found: String(values[at]),
      allowed: 'finite numbers',
    });
  }
}

/** Index on each axis of an element of a row-major tensor. */
function positionOf(index: number, shape: readonly number[]): number[] {
  const position: number[] = [];
  let rest = index;
  for (const size of [...shape].reverse()) {
    position.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return position;
}

/** Tensors of the network; all of the file where there is none. */
export function* weightsOf({ graph, tensors }: Pick<Checkpoint, 'graph' | 'tensors'>): Iterable<TensorRef> {
  if (!graph) {
    yield* tensors.values();
    return;
  }
  const names = new Set(graph.nodes.flatMap((node) => Object.values(node.parameters)));
  for (const name of names) {
    const tensor = tensors.get(name);
    if (tensor) yield tensor;
  }
}
