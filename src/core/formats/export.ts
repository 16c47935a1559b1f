import type { Checkpoint, NewModel } from '../checkpoint';
import { CheckpointError, UnsupportedError } from '../errors';
import type { TensorRef } from '../tensor/tensor';
import { FORMATS } from './registry';

/** Formats that a network can be given whatever it was read from. */
export const EXPORT_FORMATS = FORMATS.filter(({ create }) => create !== undefined);

/** As what a network is exported. */
export interface ExportOptions extends NewModel {
  /** Id of one of `EXPORT_FORMATS`. */
  readonly format: string;
}

/**
 * A checkpoint's network as a new model of another format, ready to be written. Weights become float32.
 * @throws UnsupportedError naming an operator that the format does not have; CheckpointError for a weights-only file.
 */
export function exportCheckpoint(checkpoint: Checkpoint, { format, ...model }: ExportOptions): Checkpoint {
  const { graph, path } = checkpoint;
  if (!graph) {
    throw new CheckpointError('this file has weights but no network, so it cannot be exported', {
      path,
      expected: 'a whole model, as from model.save("model.keras")',
    });
  }
  const unknown = graph.nodes.find(({ op }) => op === 'opaque');
  if (unknown?.op === 'opaque') {
    throw new UnsupportedError('this operator is not supported and cannot be exported', {
      path,
      where: unknown.name,
      found: unknown.attributes.type,
    });
  }
  const create = EXPORT_FORMATS.find(({ id }) => id === format)?.create;
  if (!create) throw new UnsupportedError('no new file of this format can be made', { path, found: format });
  const tensors = new Map([...checkpoint.tensors].map(([key, tensor]) => [key, inFloat32(tensor)]));
  return create({ ...checkpoint, graph, tensors }, model);
}

/** A tensor that is nothing but its values: what its own format knows of it is left behind. */
function inFloat32(tensor: TensorRef): TensorRef {
  const { name, shape } = tensor;
  return { name, dtype: 'float32', shape, readFloat32: () => tensor.readFloat32() };
}
