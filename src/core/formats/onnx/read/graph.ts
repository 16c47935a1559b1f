import { CheckpointError } from '../../../errors';
import { makeGraph } from '../../../graph/build';
import type { Graph } from '../../../graph/graph';
import { item } from '../../../item';
import type { TensorRef } from '../../../tensor/tensor';
import type { TensorData } from '../proto/data';
import type { ModelProto, ValueInfo } from '../proto/model';
import type { NodeProto } from '../proto/node';
import { OnnxTensor, storedConstant } from './constant';
import { foldNode } from './fold';
import { readsImages } from './input-layout';
import { constantRead, NodeReading } from './node-reading';
import { readerOf } from './ops';
import { IMAGE, plainOrder } from './order';
import type { ReadNotes } from './source';
import type { Reading } from '../../../checkpoint';
import { separateParameters } from './separate';
import { InTraining, ReadState, Unreadable } from './state';

/** Most sentences on nodes that are not supported. */
const MAX_WARNINGS = 20;

/** A model's network, its weights and what a writer needs to know of both. */
export interface ReadNetwork {
  readonly graph: Graph;
  readonly tensors: ReadonlyMap<string, TensorRef>;
  readonly notes: ReadNotes;
  readonly warnings: readonly string[];
}

/**
 * Turns a model's nodes into the graph. A node that means more than this product knows becomes opaque.
 * @throws CheckpointError where names do not add up to a network.
 */
export function readNetwork(
  model: ModelProto,
  data: TensorData,
  choice?: Reading['equalWeights'],
): ReadNetwork {
  const { path } = data.wire.source;
  checkNames(model, path);
  const state = new ReadState(
    model,
    data,
    readersOf(model),
    nodeNames(model),
    separateParameters(model, data, choice),
  );
  for (const tensor of model.graph.initializers) {
    data.check(tensor);
    const constant = storedConstant(tensor.name, tensor, data, true);
    // No name is what an input that is left out has: nothing can be called so.
    if (constant && tensor.name !== '') state.constants.set(tensor.name, constant);
  }
  const initial = new Set(['', ...model.graph.initializers.map(({ name }) => name)]);
  for (const input of model.graph.inputs) if (!initial.has(input.name)) addInput(input, state);
  for (const node of model.graph.nodes) readNode(node, state, data);
  const outputs = model.graph.outputs.map(({ name }) => outputValue(name, state, path));
  const graph = makeGraph({ nodes: state.nodes, outputs }, state.tensors);
  const used = new Set(
    [...state.tensors.values()].map((tensor) => tensor instanceof OnnxTensor && tensor.constant.initializer),
  );
  for (const [name, constant] of state.constants) {
    // Whatever else the file holds: seen, but not the network's.
    if (constant.initializer && !used.has(constant.initializer) && !state.tensors.has(name))
      state.weight(constant, 'plain');
  }
  const { groups, names, held, separate, numbers } = state;
  const warnings = state.warnings.length > MAX_WARNINGS ? shortened(state.warnings) : state.warnings;
  return {
    graph,
    tensors: state.tensors,
    notes: {
      groups: [...groups.values()],
      names,
      values: held,
      separate,
      numbers,
      inTraining: state.inTraining,
    },
    warnings,
  };
}

function shortened(warnings: readonly string[]): string[] {
  const rest = warnings.length - MAX_WARNINGS;
  return [...warnings.slice(0, MAX_WARNINGS), `and ${rest} more nodes that are passed on as they are`];
}

/** Every value is made once, and before it is read: so there is no cycle either. */
function checkNames({ graph }: ModelProto, path: string): void {
  const made = new Set<string>(['', ...graph.sparse]);
  const make = (name: string, what: string): void => {
    if (name !== '' && made.has(name))
      throw new CheckpointError(`two ${what} have one name`, { path, where: name });
    made.add(name);
  };
  for (const { name } of graph.initializers) make(name, 'tensors');
  for (const { name } of graph.inputs) made.add(name);
  graph.nodes.forEach((node, index) => {
    const missing = [...node.inputs, ...node.captured].find((name) => !made.has(name));
    if (missing !== undefined) {
      throw new CheckpointError('a node reads a value that nothing before it makes', {
        path,
        where: node.name || `node ${index}, ${node.op}`,
        found: missing,
      });
    }
    for (const name of node.outputs) make(name, 'values');
  });
}

function readersOf({ graph }: ModelProto): ReadonlyMap<string, number> {
  const readers = new Map<string, number>();
  const count = (name: string): void => void readers.set(name, (readers.get(name) ?? 0) + 1);
  for (const { inputs, captured } of graph.nodes) [...inputs, ...captured].forEach(count);
  graph.outputs.forEach(({ name }) => count(name));
  return readers;
}

/** Names for the graph's nodes: the file's where they are unique, else those of their first outputs. */
function nodeNames({ graph }: ModelProto): string[] {
  const taken = new Set(graph.inputs.map(({ name }) => name));
  return graph.nodes.map(({ name, op, outputs }, index) => {
    const wanted = [name, outputs.at(0) ?? ''].find((each) => each !== '' && !taken.has(each));
    let chosen = wanted ?? `${op}_${index}`;
    for (let i = 2; taken.has(chosen); i++) chosen = `${op}_${index}_${i}`;
    taken.add(chosen);
    return chosen;
  });
}

function addInput(input: ValueInfo, state: ReadState): void {
  const { name, dims } = input;
  if (!dims) {
    const value = state.emit({
      name: state.freeName(name),
      op: 'opaque',
      attributes: { type: 'Input' },
      inputs: [],
    });
    note(name, value, undefined, state);
    return;
  }
  const [batch = null, ...rest] = dims;
  if (rest.length > 0 && batch !== null) state.batch ??= batch;
  const order = dims.length === 4 && readsImages(input, state.model.graph) ? IMAGE : plainOrder(dims.length);
  const shape = order.map((axis) => (axis === 0 ? null : item(dims, axis)));
  const value = state.emit({ name: state.freeName(name), op: 'input', attributes: { shape }, inputs: [] });
  note(name, value, order, state);
}

function note(name: string, value: string, order: readonly number[] | undefined, state: ReadState): void {
  state.held.set(name, { value, order });
  state.names.set(value, { name, order });
}

function readNode(node: NodeProto, state: ReadState, data: TensorData): void {
  if (state.taken.has(node.index)) return;
  if (foldNode(node, state, data) && !isShapeOfValue(node, state)) return;
  const reader = readerOf(node);
  const name = item(state.nodeNames, node.index);
  const undo = state.mark();
  const reading = new NodeReading(state, node, name);
  try {
    if (!reader) throw new Unreadable('');
    reader(reading);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    undo();
    if (error instanceof InTraining) state.inTraining ??= `${node.op} "${name}"`;
    if (error.message !== '')
      state.warnings.push(
        `${node.op} "${name}" is not supported (kept, but cannot be run): ${error.message}`,
      );
    readOpaque(node, state, name);
    return;
  }
  const { made, alsoFrom, andFrom } = reading;
  const [first] = made;
  if (first !== undefined)
    state.groups.set(first, { sources: [...alsoFrom, node.index, ...andFrom], nodes: made });
}

/** Sizes that are also a value in their own right go on being one for whoever reads them otherwise. */
function isShapeOfValue(node: NodeProto, { held }: ReadState): boolean {
  return node.op !== 'Shape' && held.has(node.inputs.at(0) ?? '');
}

/** A node that is kept, but not supported: it reads and makes values of unknown shape. */
function readOpaque(node: NodeProto, state: ReadState, name: string): void {
  const read = [...node.inputs, ...node.captured];
  const inputs = read.flatMap((input) => state.held.get(input)?.value ?? []);
  const parameters: Record<string, string> = {};
  node.inputs.forEach((_, i) => {
    const constant = constantRead(node, i, state);
    if (constant) parameters[`input ${i}`] = state.weight(constant, 'plain');
  });
  const made = node.outputs
    .filter((output) => output !== '')
    .map((output, i) => ({ output, value: i === 0 ? name : state.freeName(`${name}:${i}`) }));
  const type = node.domain === '' ? node.op : `${node.domain}.${node.op}`;
  const outputs = made.map(({ value }) => value);
  state.emitAll({ name, op: 'opaque', attributes: { type }, inputs, parameters }, outputs, node);
  state.groups.set(name, { sources: [node.index], nodes: [name] });
  for (const { output, value } of made) {
    const dims = state.model.graph.values.get(output)?.dims;
    note(output, value, dims && plainOrder(dims.length), state);
  }
}

function outputValue(name: string, state: ReadState, path: string): string {
  const held = state.held.get(name);
  if (held) return held.value;
  if (state.constants.has(name)) {
    throw new CheckpointError('an output of the network does not depend on its input', { path, where: name });
  }
  throw new CheckpointError('an output of the network is never made', { path, where: name });
}
