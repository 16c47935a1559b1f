import { ProtoWriter } from '../../core/encodings/protobuf/writer';

/** TensorFlow's numbers for element types. */
export const DT = { float: 1, int32: 3, bool: 10, bfloat16: 14, resource: 20 } as const;

/** An attribute of a node, by the kind of its value. */
export type Attribute =
  | { readonly type: number }
  | { readonly int: number }
  | { readonly float: number }
  | { readonly bool: boolean }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly shape: readonly number[] }
  | { readonly tensor: ConstantTensor };

/** Numbers inside a graph, row-major. */
export interface ConstantTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/** Attributes of a node by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** Tensors that a call feeds and fetches, by the names callers use. */
export interface Signature {
  readonly inputs: ReadonlyMap<string, string>;
  readonly outputs: ReadonlyMap<string, string>;
}

/** TensorFlow graphs of this version and later know every operator used here. */
const PRODUCER = 1087;

/** Collects the nodes of a TensorFlow graph. A tensor is named by its node, with `:i` for later outputs. */
export class GraphBuilder {
  private readonly nodes: Uint8Array[] = [];
  private readonly constants = new Map<string, string>();
  private readonly casts = new Map<string, string>();
  private readonly types = new Map<string, number>();

  /**
   * Adds a node and returns the name of its first output.
   * @param inputs tensors, then control inputs as `^node`
   */
  add(op: string, inputs: readonly string[], attributes: Attributes = {}, name?: string): string {
    const id = name ?? `n${this.nodes.length}_${op}`;
    const writer = new ProtoWriter().string(1, id).string(2, op);
    inputs.forEach((input) => writer.string(3, input));
    for (const [key, value] of Object.entries(attributes)) {
      writer.entry(5, key, (entry) => writeAttribute(entry, value));
    }
    this.nodes.push(writer.finish());
    const type = attributes.dtype ?? attributes.T;
    if (type && 'type' in type) this.types.set(id, type.type);
    return id;
  }

  /** A constant; equal ones are one node. */
  constant(values: readonly number[], shape: readonly number[], type: 'float' | 'int32'): string {
    const key = `${type}:${shape.join()}:${values.join()}`;
    const known = this.constants.get(key);
    if (known) return known;
    const typed = type === 'float' ? Float32Array.from(values) : Int32Array.from(values);
    const node = this.add('Const', [], {
      dtype: { type: DT[type] },
      value: { tensor: { shape, values: typed } },
    });
    this.constants.set(key, node);
    return node;
  }

  /** A tensor in another element type; the same cast twice is one node. */
  cast(tensor: string, from: number, to: number): string {
    if (from === to) return tensor;
    const key = `${tensor} ${to}`;
    const known = this.casts.get(key);
    if (known) return known;
    const node = this.add('Cast', [tensor], { SrcT: { type: from }, DstT: { type: to } });
    this.casts.set(key, node);
    return node;
  }

  /** The graph as the bytes of a SavedModel's `saved_model.pb`. */
  savedModel(signatures: Readonly<Record<string, Signature>>): Uint8Array {
    return new ProtoWriter()
      .int(1, 1)
      .message(2, (metaGraph) => {
        metaGraph.message(1, (info) => info.string(4, 'serve'));
        metaGraph.message(2, (graph) => {
          this.nodes.forEach((node) => graph.bytes(1, node));
          graph.message(4, (versions) => versions.int(1, PRODUCER));
        });
        for (const [name, signature] of Object.entries(signatures)) {
          metaGraph.entry(5, name, (entry) => this.writeSignature(entry, signature));
        }
      })
      .finish();
  }

  private writeSignature(writer: ProtoWriter, { inputs, outputs }: Signature): void {
    for (const [field, tensors] of [
      [1, inputs],
      [2, outputs],
    ] as const) {
      for (const [key, tensor] of tensors) {
        writer.entry(field, key, (entry) => {
          entry.string(1, tensor.includes(':') ? tensor : `${tensor}:0`);
          entry.int(2, this.types.get(tensor) ?? DT.float);
          entry.message(3, (shape) => shape.bool(3, true));
        });
      }
    }
    writer.string(3, 'tensorflow/serving/predict');
  }
}

function writeAttribute(writer: ProtoWriter, value: Attribute): void {
  if ('type' in value) writer.int(6, value.type);
  else if ('int' in value) writer.int(3, value.int);
  else if ('float' in value) writer.float(4, value.float);
  else if ('bool' in value) writer.bool(5, value.bool);
  else if ('string' in value) writer.string(2, value.string);
  else if ('shape' in value) writer.message(7, (shape) => writeShape(shape, value.shape));
  else if ('floats' in value)
    writer.message(1, (list) => value.floats.forEach((float) => list.float(4, float)));
  else if ('ints' in value) writer.message(1, (list) => value.ints.forEach((int) => list.int(3, int)));
  else writer.message(8, (tensor) => writeTensor(tensor, value.tensor));
}

/** @param shape −1 for a size that is not known */
function writeShape(writer: ProtoWriter, shape: readonly number[]): void {
  shape.forEach((size) => writer.message(2, (dim) => dim.int(1, size)));
}

function writeTensor(writer: ProtoWriter, { shape, values }: ConstantTensor): void {
  writer.int(1, values instanceof Float32Array ? DT.float : DT.int32);
  writer.message(2, (inner) => writeShape(inner, shape));
  writer.bytes(4, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}
