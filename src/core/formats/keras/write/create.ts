import type { Checkpoint } from '../../../checkpoint';
import { makeGraph, type GraphParts } from '../../../graph/build';
import type { TensorRef } from '../../../tensor/tensor';
import { NewModelPayload } from './emit';

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
  { path, name }: NewModel,
): Checkpoint {
  return {
    format: 'keras',
    path,
    size: 0,
    tensors,
    graph: makeGraph(parts, tensors),
    metadata: { framework: 'Keras 3', facts: [{ label: 'Model', value: name }] },
    warnings: [],
    payload: new NewModelPayload(name),
    close: () => undefined,
  };
}
