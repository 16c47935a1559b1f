import type { Checkpoint } from '../checkpoint';
import { CheckpointError, UnsupportedError } from '../errors';
import type { TensorRef } from '../tensor/tensor';
import { kerasCheckpoint } from './keras/write/create';
import { stockForm } from './keras/write/stock-form';
import { onnxCheckpoint, type ImageLayout } from './onnx/write/new-model';

/** Formats that a network can be given whatever it was read from. */
export const EXPORT_FORMATS: readonly string[] = ['onnx', 'keras', 'keras-h5', 'tfjs-layers'];

export interface ExportOptions {
  /** Of `EXPORT_FORMATS`. */
  readonly format: string;
  /** The new model's name. */
  readonly name: string;
  /** How images come in and go out of an ONNX model; N × H × W × C when absent, as everywhere else here. */
  readonly layout?: ImageLayout;
}

/**
 * A checkpoint's network as a new model of another format, ready to be written. Weights become float32.
 * @throws UnsupportedError naming an operator that the format does not have; CheckpointError for weights alone.
 */
export function exportCheckpoint(
  checkpoint: Checkpoint,
  { format, name, layout }: ExportOptions,
): Checkpoint {
  const { graph, path } = checkpoint;
  if (!graph) {
    throw new CheckpointError('this file has weights but no network, so it cannot be exported', {
      path,
      allowed: 'a whole model, as from model.save("model.keras")',
    });
  }
  const unknown = graph.nodes.find(({ op }) => op === 'opaque');
  if (unknown?.op === 'opaque') {
    throw new UnsupportedError('an operator that is only passed on cannot be said in another format', {
      path,
      where: unknown.name,
      found: unknown.attributes.type,
    });
  }
  const tensors = new Map([...checkpoint.tensors].map(([key, tensor]) => [key, inFloat32(tensor)]));
  const plain = { ...checkpoint, graph, tensors };
  if (format === 'onnx') return onnxCheckpoint(plain, { name, layout: layout ?? 'nhwc' });
  const made = kerasCheckpoint(stockForm(plain), tensors, { path, name });
  return { ...made, format, close: () => checkpoint.close() };
}

/** A tensor that is nothing but its values: what its own format knows of it is left behind. */
function inFloat32(tensor: TensorRef): TensorRef {
  const { name, shape } = tensor;
  return { name, dtype: 'float32', shape, readFloat32: () => tensor.readFloat32() };
}
