import type { ByteSource } from '../../../bytes';
import { CheckpointError } from '../../../errors';
import type { Dim } from '../../../graph/shape';
import { WireReader, type Field } from '../../../encodings/protobuf/wire';
import { LIMITS } from './limits';
import { readNode, type NodeProto } from './node';
import { readTensor, shortText, type Range, type TensorProto } from './tensor';

/** A value with its declared type. */
export interface ValueInfo extends Range {
  readonly name: string;
  /** TensorProto.DataType of its elements; 0 if it is not a tensor. */
  readonly elements: number;
  /** Undefined if no shape is declared; null for a size that is a name or left out. */
  readonly dims: readonly Dim[] | undefined;
}

/** A GraphProto. */
export interface GraphProto {
  readonly name: string;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  /** Names of sparse initializers, which are kept but not read. */
  readonly sparse: ReadonlySet<string>;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Declared types by name. */
  readonly values: ReadonlyMap<string, ValueInfo>;
  /** Its fields in the file's order. */
  readonly fields: readonly Field[];
}

/** A ModelProto. */
export interface ModelProto {
  readonly irVersion: number;
  readonly producer: string;
  /** Version of the operator set by domain; ONNX's own is ''. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: GraphProto;
  /** Its fields in the file's order. */
  readonly fields: readonly Field[];
}

/** Fields of ModelProto and GraphProto. Source: onnx.proto. */
export const MODEL = { irVersion: 1, graph: 7, opset: 8 } as const;
/** Numbers of the fields of a GraphProto. */
export const GRAPH = {
  node: 1,
  name: 2,
  initializer: 5,
  input: 11,
  output: 12,
  valueInfo: 13,
  sparse: 15,
} as const;

/** Most fields of the model itself: a few, its operator sets, its metadata and its functions. */
const MAX_MODEL_FIELDS = 100_000;

/**
 * Reads a model's structure; weights stay in the file.
 * @throws CheckpointError
 */
export function readModel(source: ByteSource): { model: ModelProto; wire: WireReader } {
  const wire = new WireReader(source);
  const fields: Field[] = [];
  let irVersion = 0;
  const producer = ['', ''];
  const opsets = new Map<string, number>();
  let graph: Field | undefined;
  for (const field of wire.fields(0, source.size)) {
    fields.push(field);
    if (fields.length > MAX_MODEL_FIELDS) throw tooMany(wire, 'parts of a model', MAX_MODEL_FIELDS);
    if (field.number === MODEL.irVersion) irVersion = field.value;
    else if (field.number === 2 || field.number === 3) producer[field.number - 2] = shortText(wire, field);
    else if (field.number === MODEL.graph) graph = field;
    else if (field.number === MODEL.opset) addOpset(opsets, field, wire);
  }
  if (!graph || graph.wire !== 2 || irVersion < 1) {
    throw new CheckpointError('this is not an ONNX model', {
      path: source.path,
      found: graph ? `IR version ${irVersion}` : 'no graph',
      expected: 'a ModelProto with a graph and an IR version',
    });
  }
  const model = {
    irVersion,
    producer: producer.filter(Boolean).join(' '),
    opsets,
    graph: readGraph(wire, graph),
    fields,
  };
  return { model, wire };
}

function addOpset(opsets: Map<string, number>, { from, end }: Range, wire: WireReader): void {
  let domain = '';
  let version = 0;
  for (const field of wire.fields(from, end)) {
    if (field.number === 1) domain = shortText(wire, field);
    if (field.number === 2) version = field.value;
  }
  opsets.set(domain === 'ai.onnx' ? '' : domain, version);
}

function readGraph(wire: WireReader, { from, end }: Range): GraphProto {
  const graph = {
    name: '',
    nodes: new Array<NodeProto>(),
    initializers: new Array<TensorProto>(),
    sparse: new Set<string>(),
    inputs: new Array<ValueInfo>(),
    outputs: new Array<ValueInfo>(),
    values: new Map<string, ValueInfo>(),
    fields: new Array<Field>(),
  };
  for (const field of wire.fields(from, end)) {
    graph.fields.push(field);
    switch (field.number) {
      case GRAPH.node:
        if (graph.nodes.length >= LIMITS.nodes) throw tooMany(wire, 'nodes', LIMITS.nodes);
        graph.nodes.push(readNode(wire, field, graph.nodes.length));
        break;
      case GRAPH.name:
        graph.name = shortText(wire, field);
        break;
      case GRAPH.initializer:
        if (graph.initializers.length >= LIMITS.tensors) throw tooMany(wire, 'tensors', LIMITS.tensors);
        graph.initializers.push(readTensor(wire, field));
        break;
      case GRAPH.input:
      case GRAPH.output:
      case GRAPH.valueInfo:
        addValue(graph, field, wire);
        break;
      case GRAPH.sparse:
        graph.sparse.add(sparseName(wire, field));
        break;
      default:
        if (graph.fields.length > LIMITS.nodes + 4 * LIMITS.tensors) {
          throw tooMany(wire, 'parts of a graph', LIMITS.nodes + 4 * LIMITS.tensors);
        }
    }
  }
  return graph;
}

interface Draft {
  readonly inputs: ValueInfo[];
  readonly outputs: ValueInfo[];
  readonly values: Map<string, ValueInfo>;
}

function addValue({ inputs, outputs, values }: Draft, field: Field, wire: WireReader): void {
  if (values.size >= 4 * LIMITS.tensors) throw tooMany(wire, 'values', 4 * LIMITS.tensors);
  const value = readValue(wire, field);
  values.set(value.name, value);
  if (field.number === GRAPH.input) inputs.push(value);
  if (field.number === GRAPH.output) outputs.push(value);
}

function readValue(wire: WireReader, range: Range): ValueInfo {
  let name = '';
  let type: Field | undefined;
  for (const field of wire.fields(range.from, range.end)) {
    if (field.number === 1) name = shortText(wire, field);
    if (field.number === 2) type = field;
  }
  const tensor = type && only(wire, type, 1);
  let elements = 0;
  let shape: Field | undefined;
  for (const field of tensor ? wire.fields(tensor.from, tensor.end) : []) {
    if (field.number === 1) elements = field.value;
    if (field.number === 2) shape = field;
  }
  return { name, elements, dims: shape && dimsOf(wire, shape), from: range.from, end: range.end };
}

function only(wire: WireReader, { from, end }: Range, number: number): Field | undefined {
  for (const field of wire.fields(from, end)) if (field.number === number && field.wire === 2) return field;
  return undefined;
}

function dimsOf(wire: WireReader, { from, end }: Range): Dim[] {
  const dims: Dim[] = [];
  for (const dim of wire.fields(from, end)) {
    if (dim.number !== 1) continue;
    let size: Dim = null;
    // Files in use say 0 or −1 where they mean any size.
    for (const field of wire.fields(dim.from, dim.end)) {
      if (field.number === 1 && field.value > 0) size = field.value;
    }
    dims.push(size);
    if (dims.length > LIMITS.rank) throw tooMany(wire, 'axes of a value', LIMITS.rank);
  }
  return dims;
}

/** A sparse tensor is named by the tensor of its values. */
function sparseName(wire: WireReader, range: Range): string {
  const values = only(wire, range, 1);
  return values ? readTensor(wire, values).name : '';
}

function tooMany({ source }: WireReader, what: string, most: number): CheckpointError {
  return new CheckpointError(`too many ${what}`, { path: source.path, expected: `at most ${most}` });
}
