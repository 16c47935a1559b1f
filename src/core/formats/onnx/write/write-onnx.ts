import type { ByteSink } from '../../../bytes';
import type { Content, NewModel } from '../../../checkpoint';
import { UnsupportedError } from '../../../errors';
import type { Graph } from '../../../graph/graph';
import { tensorOfRole } from '../../../graph/node';
import { isFloat, type DType } from '../../../tensor/dtype';
import { GRAPH, MODEL, type ModelProto } from '../proto/model';
import { dataTypeOf } from '../proto/tensor';
import type { OnnxSource } from '../read/source';
import { Emission } from './emission';
import { SourceGround } from './ground';
import { newModel } from './new-model';
import { inOrder, type ModelParts } from './model-parts';
import { fieldPiece, joined, rangePiece, type Piece } from './pieces';
import { emitRewritten } from './plan';
import { dataFile, newEntry, outside, storedEntry, type TensorEntry } from './tensor-section';
import { valueInfo } from './value-info';

/** Most bytes of one message: readers of protocol buffers count them in 32 bits. */
const MAX_MESSAGE = 2 ** 31 - 1;

/**
 * Writes a rewritten model: what the rewriting left as it was byte for byte, new nodes in ONNX's own operators.
 * @param most bytes of one file; a larger model has its weights in a file beside it
 * @throws UnsupportedError if ONNX cannot say what the network does.
 */
export function writeOnnx(content: Content, source: OnnxSource, sink: ByteSink, most = MAX_MESSAGE): void {
  const graph = networkOf(content);
  const { tensors } = content;
  const isChanged =
    graph !== source.graph || [...tensors].some(([name, each]) => source.tensors.get(name) !== each);
  const ground = new SourceGround(source, isChanged);
  const opset = source.model.opsets.get('') ?? 1;
  const emission = new Emission(graph, tensors, opset, weightType(source), ground);
  emitRewritten({ source, graph, tensors }, emission, ground);
  writeParts(rewrittenParts(source, emission), sink, most);
}

/** Writes a network of another format as a new model. @throws UnsupportedError as `writeOnnx` */
export function writeNewOnnx(content: Content, model: NewModel, sink: ByteSink, most = MAX_MESSAGE): void {
  writeParts(newModel(content, networkOf(content), model), sink, most);
}

function networkOf({ graph, path }: Content): Graph {
  if (graph) return graph;
  throw new UnsupportedError('a weights-only file has no network to write', { path });
}

function writeParts(parts: ModelParts, sink: ByteSink, most: number): void {
  const whole = parts.assemble(parts.tensors.map(({ inside }) => inside));
  if (whole.length <= most) {
    whole.write(sink);
    return;
  }
  const file = dataFile(sink);
  const { fields, data } = outside(parts.tensors, file.name);
  data.write(file.open());
  parts.assemble(fields).write(sink);
}

/** The type of most weights, for new ones. */
function weightType({ graph, tensors }: OnnxSource): DType {
  const kernels = graph.nodes.flatMap((node) =>
    node.op === 'conv2d' ? (tensorOfRole(node, 'kernel', tensors) ?? []) : [],
  );
  return kernels.find(({ dtype }) => isFloat(dtype))?.dtype ?? 'float32';
}

function rewrittenParts(source: OnnxSource, emission: Emission): ModelParts {
  const { model, data } = source;
  const items = inOrder(emission.items);
  const read = new Set(items.flatMap(({ reads }) => reads));
  const lost = lostNames(model, read);
  const stored = model.graph.initializers
    .filter(({ name }) => !lost.has(name))
    .map((tensor): TensorEntry => {
      const changed = emission.tensors.get(tensor.name);
      return changed ? newEntry(changed) : storedEntry(tensor, data);
    });
  const old = new Set(model.graph.initializers.map(({ name }) => name));
  const fresh = [...emission.tensors.values()].filter(({ name }) => !old.has(name));
  const nodes = items.map(({ piece }) => fieldPiece(GRAPH.node, piece));
  // Before IR version 4 every initializer is an input as well.
  const inputs =
    model.irVersion < 4 ? fresh.map((t) => valueInfo(GRAPH.input, t.name, dataTypeOf(t.dtype), t.dims)) : [];
  const made = new Set([
    ...items.flatMap(({ makes }) => makes),
    ...model.graph.inputs.map(({ name }) => name),
    ...old,
  ]);
  return {
    tensors: [...stored, ...fresh.map(newEntry)],
    assemble: (tensors) => assembled(source, { nodes, tensors, inputs, lost, made }),
  };
}

/** Initializers that somebody read and nobody does now. */
function lostNames({ graph }: ModelProto, read: ReadonlySet<string>): ReadonlySet<string> {
  const before = new Set(graph.nodes.flatMap(({ inputs, captured }) => [...inputs, ...captured]));
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const names = graph.initializers.map(({ name }) => name);
  return new Set(names.filter((name) => before.has(name) && !read.has(name) && !outputs.has(name)));
}

interface Sections {
  readonly nodes: readonly Piece[];
  readonly tensors: readonly Piece[];
  readonly inputs: readonly Piece[];
  readonly lost: ReadonlySet<string>;
  readonly made: ReadonlySet<string>;
}

/** The file with new nodes and tensors in the places of the old ones, all else byte for byte. */
function assembled({ model, data }: OnnxSource, sections: Sections): Piece {
  const { source } = data.wire;
  const graph = graphPiece(model, sections, (from, end) => rangePiece(source, from, end));
  return joined(
    model.fields.map(({ number, start, end }) =>
      number === MODEL.graph ? fieldPiece(MODEL.graph, graph) : rangePiece(source, start, end),
    ),
  );
}

function graphPiece(
  { graph }: ModelProto,
  { nodes, tensors, inputs, lost, made }: Sections,
  copy: (from: number, end: number) => Piece,
): Piece {
  const pieces: Piece[] = [];
  const pending = new Map<number, readonly Piece[]>([
    [GRAPH.node, nodes],
    [GRAPH.initializer, tensors],
  ]);
  const names = new Map([...graph.values.values()].map((value) => [value.from, value.name]));
  for (const { number, start, from, end } of graph.fields) {
    const section = pending.get(number);
    if (section) pieces.push(...section);
    pending.delete(number);
    if (number === GRAPH.node || number === GRAPH.initializer) continue;
    const name = names.get(from);
    const isStale =
      (number === GRAPH.input && lost.has(name ?? '')) ||
      (number === GRAPH.valueInfo && name !== undefined && !made.has(name));
    if (!isStale) pieces.push(copy(start, end));
  }
  return joined([...pieces, ...[...pending.values()].flat(), ...inputs]);
}
