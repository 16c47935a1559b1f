import type { ByteSink } from '../../../bytes';
import type { Checkpoint } from '../../../checkpoint';
import { UnsupportedError } from '../../../errors';
import { isFloat, type DType } from '../../../tensor/dtype';
import { GRAPH, MODEL, type ModelProto } from '../proto/model';
import { dataTypeOf } from '../proto/tensor';
import { OnnxPayload } from '../read/payload';
import { Emission } from './emission';
import { SourceGround } from './ground';
import { NewOnnxPayload, newModel } from './new-model';
import { inOrder, type ModelParts } from './model-parts';
import { fieldPiece, joined, rangePiece, type Piece } from './pieces';
import { emitRewritten } from './plan';
import { dataFile, newEntry, outside, storedEntry, type TensorEntry } from './tensor-section';
import { valueInfo } from './value-info';

/** Most bytes of one message: readers of protocol buffers count them in 32 bits. */
const MAX_MESSAGE = 2 ** 31 - 1;

/**
 * Writes a model: what a rewriting left as it was byte for byte, new nodes in ONNX's own operators. One that would be
 * larger than readers take has its weights in a file beside it.
 * @throws UnsupportedError if ONNX cannot say what the network does.
 */
export async function writeOnnx(
  checkpoint: Checkpoint,
  sink: ByteSink,
  most: number = MAX_MESSAGE,
): Promise<void> {
  const parts = partsOf(checkpoint);
  const whole = parts.assemble(parts.tensors.map(({ inside }) => inside));
  if (whole.length <= most) {
    await Promise.resolve(whole.write(sink));
    return;
  }
  const file = dataFile(sink);
  const { fields, data } = outside(parts.tensors, file.name);
  data.write(file.open());
  await Promise.resolve(parts.assemble(fields).write(sink));
}

function partsOf(checkpoint: Checkpoint): ModelParts {
  const { graph, tensors, path, payload } = checkpoint;
  if (!graph) throw new UnsupportedError('a file of weights alone holds no network to be written', { path });
  if (payload instanceof NewOnnxPayload) return newModel(checkpoint, graph, payload);
  const source = OnnxPayload.of(checkpoint);
  if (!source) throw new UnsupportedError('an ONNX model is made from one, or by an export', { path });
  const isChanged =
    graph !== source.graph || [...tensors].some(([name, each]) => source.tensors.get(name) !== each);
  const ground = new SourceGround(source, isChanged);
  const opset = source.model.opsets.get('') ?? 1;
  const emission = new Emission(graph, tensors, opset, weightType(source), ground);
  emitRewritten({ payload: source, graph, tensors }, emission, ground);
  return rewrittenParts(source, emission);
}

/** The type of most weights, for new ones. */
function weightType({ graph, tensors }: OnnxPayload): DType {
  const kernels = graph.nodes.flatMap(({ op, parameters }) => (op === 'conv2d' ? [parameters.kernel] : []));
  return (
    tensors.get(kernels.find((name) => isFloat(tensors.get(name)?.dtype ?? 'int8')) ?? '')?.dtype ?? 'float32'
  );
}

function rewrittenParts(payload: OnnxPayload, emission: Emission): ModelParts {
  const { model, data } = payload;
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
    assemble: (tensors) => assembled(payload, { nodes, tensors, inputs, lost, made }),
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
function assembled({ model, data }: OnnxPayload, sections: Sections): Piece {
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
