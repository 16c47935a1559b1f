import { ProtoWriter } from '../../../src/core/encodings/protobuf/writer';

/** A tensor of a test's model; `raw` bytes by default. */
export interface TestTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly type?: number;
  readonly raw?: Uint8Array;
  readonly floats?: readonly number[];
  readonly int32?: readonly number[];
  readonly doubles?: readonly number[];
  readonly external?: Readonly<Record<string, string>>;
}

export interface TestNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly ints?: Readonly<Record<string, readonly number[]>>;
  readonly int?: Readonly<Record<string, number>>;
  readonly float?: Readonly<Record<string, number>>;
  readonly text?: Readonly<Record<string, string>>;
  readonly tensor?: Readonly<Record<string, TestTensor>>;
  readonly graphs?: Readonly<Record<string, TestGraph>>;
  /** The module it was made for, as PyTorch's exporter says it. */
  readonly module?: string;
}

export interface TestGraph {
  readonly nodes: readonly TestNode[];
  readonly tensors?: readonly TestTensor[];
  readonly inputs?: ReadonlyArray<readonly [name: string, dims: readonly number[]]>;
  readonly outputs?: readonly string[];
}

export function floats(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** The bytes of a model. */
export function onnxModel(graph: TestGraph, { opset = 17, ir = 8, producer = 'test' } = {}): Uint8Array {
  return new ProtoWriter()
    .int(1, ir)
    .string(2, producer)
    .message(7, (writer) => writeGraph(writer, graph))
    .message(8, (writer) => writer.string(1, '').int(2, opset))
    .finish();
}

function writeGraph(
  writer: ProtoWriter,
  { nodes, tensors = [], inputs = [], outputs = [] }: TestGraph,
): void {
  for (const node of nodes) writer.message(1, (inner) => writeNode(inner, node));
  writer.string(2, 'graph');
  for (const tensor of tensors) writer.message(5, (inner) => writeTensor(inner, tensor));
  for (const [name, dims] of inputs) writer.message(11, (inner) => writeValue(inner, name, dims));
  for (const name of outputs) writer.message(12, (inner) => writeValue(inner, name, []));
}

function writeNode(writer: ProtoWriter, node: TestNode): void {
  const { op, inputs, outputs, module } = node;
  const { ints = {}, int = {}, float = {}, text = {}, tensor = {}, graphs = {} } = node;
  inputs.forEach((name) => writer.string(1, name));
  outputs.forEach((name) => writer.string(2, name));
  writer.string(3, `${op}_${outputs[0]}`).string(4, op);
  for (const [name, values] of Object.entries(ints)) {
    writer.message(5, (attribute) => {
      attribute.string(1, name).int(20, 7);
      values.forEach((value) => attribute.int(8, value));
    });
  }
  for (const [name, value] of Object.entries(int))
    writer.message(5, (attribute) => attribute.string(1, name).int(3, value).int(20, 2));
  for (const [name, value] of Object.entries(float))
    writer.message(5, (attribute) => attribute.string(1, name).float(2, value).int(20, 1));
  for (const [name, value] of Object.entries(text))
    writer.message(5, (attribute) => attribute.string(1, name).string(4, value).int(20, 3));
  for (const [name, value] of Object.entries(tensor)) {
    writer.message(5, (attribute) =>
      attribute
        .string(1, name)
        .message(5, (inner) => writeTensor(inner, value))
        .int(20, 4),
    );
  }
  for (const [name, graph] of Object.entries(graphs)) {
    writer.message(5, (attribute) =>
      attribute
        .string(1, name)
        .message(6, (inner) => writeGraph(inner, graph))
        .int(20, 5),
    );
  }
  if (module !== undefined) {
    const scopes = `['', '${module}', 'node']`;
    writer.message(9, (entry) => entry.string(1, 'pkg.torch.onnx.name_scopes').string(2, scopes));
  }
}

function writeTensor(writer: ProtoWriter, tensor: TestTensor): void {
  tensor.dims.forEach((dim) => writer.int(1, dim));
  writer.int(2, tensor.type ?? 1).string(8, tensor.name);
  if (tensor.raw) writer.bytes(9, tensor.raw);
  if (tensor.floats) writer.bytes(4, floats(...tensor.floats));
  tensor.int32?.forEach((value) => writer.int(5, value));
  if (tensor.doubles) writer.bytes(10, new Uint8Array(Float64Array.from(tensor.doubles).buffer));
  for (const [key, value] of Object.entries(tensor.external ?? {})) {
    writer.message(13, (entry) => entry.string(1, key).string(2, value));
  }
  if (tensor.external) writer.int(14, 1);
}

function writeValue(writer: ProtoWriter, name: string, dims: readonly number[]): void {
  writer
    .string(1, name)
    .message(2, (type) =>
      type.message(1, (tensor) =>
        tensor
          .int(1, 1)
          .message(2, (shape) => dims.forEach((dim) => shape.message(1, (size) => size.int(1, dim)))),
      ),
    );
}

/** A 3×3 convolution of one channel on 4 × 4 images. */
export function convolution(kernel: TestTensor, more: Partial<TestGraph> = {}): TestGraph {
  return {
    nodes: [{ op: 'Conv', inputs: ['x', kernel.name], outputs: ['y'], ints: { pads: [1, 1, 1, 1] } }],
    tensors: [kernel],
    inputs: [['x', [1, 1, 4, 4]]],
    outputs: ['y'],
    ...more,
  };
}

export const NINE = [1, 2, 3, 4, 5, 6, 7, 8, 9];
export const KERNEL: TestTensor = { name: 'w', dims: [1, 1, 3, 3], raw: floats(...NINE) };

/** Two convolutions of 8 × 8 images that read one kernel, and of which the file does not show whether they share it. */
export function equalWeightsModel(): Uint8Array {
  const pads = { pads: [1, 1, 1, 1] };
  const kernel = '0.conv.weight';
  const nodes: TestNode[] = [
    { op: 'Conv', inputs: ['x', kernel], outputs: ['a'], ints: pads, module: '0.conv' },
    { op: 'Relu', inputs: ['a'], outputs: ['b'] },
    { op: 'Conv', inputs: ['b', kernel], outputs: ['c'], ints: pads, module: '1.conv' },
    { op: 'Flatten', inputs: ['c'], outputs: ['d'] },
    { op: 'Gemm', inputs: ['d', 'fc.weight'], outputs: ['y'] },
  ];
  const head = Array.from({ length: 128 }, (_, i) => ((i * 7) % 11) / 100);
  const tensors: TestTensor[] = [
    { ...KERNEL, name: kernel, raw: floats(...NINE.map((value) => value / 50)) },
    { name: 'fc.weight', dims: [64, 2], raw: floats(...head) },
  ];
  const graph = { nodes, tensors, inputs: [['x', [1, 1, 8, 8]]], outputs: ['y'] } as const;
  return onnxModel(graph, { producer: 'pytorch' });
}
