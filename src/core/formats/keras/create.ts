import type { Checkpoint } from '../../checkpoint';
import { UnsupportedError } from '../../errors';
import type { GraphParts } from '../../graph/build';
import type { TensorRef } from '../../tensor/tensor';

/** A name for errors (a path that need not exist) and the model's name. */
export interface NewModel {
  readonly path: string;
  readonly name: string;
}

/**
 * A new Keras 3 functional model made from a graph: no source file, stock layers alone, writable as
 * `keras`. Node names become layer names.
 * @throws UserError if the graph is not well formed.
 */
export function kerasCheckpoint(
  parts: GraphParts,
  tensors: ReadonlyMap<string, TensorRef>,
  model: NewModel,
): Checkpoint {
  void parts;
  void tensors;
  throw new UnsupportedError('not built yet', { path: model.path });
}
