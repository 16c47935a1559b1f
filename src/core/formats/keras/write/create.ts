import { COMMON_RULES, type Checkpoint, type CheckpointWriter, type FormatRules } from '../../../checkpoint';
import { makeGraph, type GraphParts } from '../../../graph/build';
import type { Graph } from '../../../graph/graph';
import type { TensorRef } from '../../../tensor/tensor';
import { kerasWriter } from './keras';
import { stockForm, type HardSigmoidSlope } from './stock-form';

/** A name for errors (a path that need not exist) and the model's name. */
export interface NewModelNames {
  readonly path: string;
  readonly name: string;
}

/** As what a new model is written. */
interface NewKerasModel {
  readonly format: string;
  readonly rules: FormatRules;
  readonly name: string;
  readonly writer: CheckpointWriter;
}

/** The same of a network of another format. */
interface ExportedKerasModel extends NewKerasModel {
  /** The slope of what the format calls `hard_sigmoid`. */
  readonly hardSigmoid: HardSigmoidSlope;
}

/**
 * A new Keras 3 functional model made from a graph: no source file, stock layers only, writable as
 * `keras`. Node names become layer names.
 * @throws UserError if the graph is not well formed.
 */
export function kerasCheckpoint(
  parts: GraphParts,
  tensors: ReadonlyMap<string, TensorRef>,
  { path, name }: NewModelNames,
): Checkpoint {
  const model = { format: 'keras', rules: COMMON_RULES, name, writer: kerasWriter({ name }) };
  return madeOf(parts, tensors, path, model);
}

/**
 * A network of another format as a new Keras model.
 * @throws UnsupportedError naming a node that Keras's layers cannot say
 */
export function newModel(
  source: Checkpoint & { readonly graph: Graph },
  model: ExportedKerasModel,
): Checkpoint {
  const made = madeOf(stockForm(source, model.hardSigmoid), source.tensors, source.path, model);
  return { ...made, close: () => source.close() };
}

function madeOf(
  parts: GraphParts,
  tensors: ReadonlyMap<string, TensorRef>,
  path: string,
  { format, rules, name, writer }: NewKerasModel,
): Checkpoint {
  return {
    format,
    path,
    size: 0,
    tensors,
    graph: makeGraph(parts, tensors),
    metadata: { framework: 'Keras 3', facts: [{ label: 'Model', value: name }] },
    warnings: [],
    rules,
    writer,
    close: () => undefined,
  };
}
