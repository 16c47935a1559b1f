import type { ByteSource } from '../../bytes';
import type { Shape } from '../../tensor/tensor';
import { readModel, type ModelProto } from './proto/model';
import type { NodeProto } from './proto/node';

// Written only from the specification of the operators. It must not know of the graph, of aliases or of how a writer finds
// names: a mistake in those would be made here again, and not be seen.

/** Inputs that must have one type, by operator; every input where none are listed. */
const ALIKE: Readonly<Partial<Record<string, readonly number[] | 'all'>>> = {
  ...Object.fromEntries(
    [
      ...['Conv', 'ConvTranspose', 'InstanceNormalization', 'PRelu', 'Gemm', 'MatMul', 'Concat', 'Clip'],
      ...['Add', 'Sub', 'Mul', 'Div', 'Sum', 'Mean', 'Max', 'Min', 'Pow'],
    ].map((op) => [op, 'all' as const]),
  ),
  Pad: [0, 2],
};

/** Operators that compute only with real numbers. */
const REAL = new Set(['Conv', 'ConvTranspose', 'BatchNormalization', 'InstanceNormalization']);
/** TensorProto.DataType: float, half, double, bfloat16. */
const REAL_TYPES = new Set([1, 10, 11, 16]);

/** Operators whose outputs have the type of the first input. */
const KEEPING = new Set([
  ...['Relu', 'Sigmoid', 'Tanh', 'Elu', 'Selu', 'LeakyRelu', 'HardSigmoid', 'HardSwish', 'Mish', 'Gelu'],
  ...['Softplus', 'Softsign', 'Exp', 'Erf', 'Sqrt', 'Neg', 'Abs', 'Softmax', 'LogSoftmax', 'Identity'],
  ...['MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'BatchNormalization', 'Dropout'],
  ...['Transpose', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Slice', 'Gather', 'Expand', 'Split'],
  ...['Resize', 'Upsample', 'DepthToSpace', 'SpaceToDepth', 'ReduceMean', 'ReduceMax', 'ReduceSum', 'Pad'],
  ...['Conv', 'ConvTranspose', 'InstanceNormalization', 'LayerNormalization', 'PRelu', 'Gemm', 'MatMul'],
  ...['Concat', 'Clip', 'Add', 'Sub', 'Mul', 'Div', 'Sum', 'Mean', 'Max', 'Min', 'Pow'],
]);

/** Operators that keep every channel in its place. */
const CHANNELWISE = new Set([
  ...['Relu', 'Sigmoid', 'Tanh', 'Elu', 'Selu', 'LeakyRelu', 'HardSigmoid', 'HardSwish', 'Mish', 'Gelu'],
  ...['Identity', 'Cast', 'Clip', 'Dropout', 'BatchNormalization', 'InstanceNormalization', 'PRelu'],
  ...['MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'Resize', 'Upsample'],
]);

/**
 * What is wrong with a model as ONNX has it: values that nothing before makes, types that do not meet, weights that do not
 * fit their operator. Reads only the structure, in one walk; what it does not know it lets pass.
 */
export function onnxFaults(source: ByteSource): string[] {
  return modelFaults(readModel(source).model);
}

/** The same of a model that is read already. */
export function modelFaults(model: ModelProto): string[] {
  const walk = new Walk(model);
  model.graph.nodes.forEach((node, index) => walk.node(node, node.name || `node ${index}`));
  walk.ends();
  return walk.faults;
}

class Walk {
  readonly faults: string[] = [];
  private readonly made = new Set<string>(['']);
  private readonly types = new Map<string, number>();
  private readonly dims = new Map<string, Shape>();
  private readonly channels = new Map<string, number>();

  constructor(private readonly model: ModelProto) {
    const { initializers, inputs, sparse } = model.graph;
    for (const name of sparse) this.made.add(name);
    for (const { name, dims, dataType } of initializers) {
      if (this.made.has(name)) this.fault(name, 'two tensors have this name');
      this.made.add(name);
      this.types.set(name, dataType);
      this.dims.set(name, dims);
    }
    for (const { name, elements, dims } of inputs) {
      const known = this.types.get(name);
      if (known !== undefined && elements !== 0 && known !== elements)
        this.fault(name, `type ${known}, declared as ${elements}`);
      this.made.add(name);
      if (elements !== 0) this.types.set(name, elements);
      const channels = dims?.at(1);
      if (typeof channels === 'number' && !this.dims.has(name)) this.channels.set(name, channels);
    }
  }

  node(node: NodeProto, where: string): void {
    for (const name of [...node.inputs, ...node.captured]) {
      if (!this.made.has(name)) this.fault(where, `reads ${name}, which nothing before it makes`);
    }
    if (node.domain === '') {
      this.compareTypes(node, where);
      if (node.op === 'Conv') this.convolution(node, where);
      if (node.op === 'BatchNormalization') this.batchNorm(node, where);
      this.propagate(node);
    }
    for (const name of node.outputs) {
      if (name === '') continue;
      if (this.made.has(name)) this.fault(where, `makes ${name} again`);
      this.made.add(name);
      this.compareDeclared(name, where);
    }
  }

  /** What the model gives out is made, in the type that it says. */
  ends(): void {
    for (const { name } of this.model.graph.outputs) {
      if (!this.made.has(name)) this.fault(name, 'an output of the model that nothing makes');
    }
  }

  private fault(where: string, what: string): void {
    this.faults.push(`${where}: ${what}`);
  }

  private compareTypes({ op, inputs }: NodeProto, where: string): void {
    const alike = ALIKE[op] === 'all' ? inputs.map((_, i) => i) : (ALIKE[op] ?? []);
    const types = alike.flatMap((input) => this.types.get(inputs.at(input) ?? '') ?? []);
    if (new Set(types).size > 1) this.fault(where, `${op} reads types ${[...new Set(types)].join(' and ')}`);
    const first = this.types.get(inputs.at(0) ?? '');
    if (REAL.has(op) && first !== undefined && !REAL_TYPES.has(first))
      this.fault(where, `${op} reads type ${first}, which does not hold real numbers`);
  }

  private compareDeclared(name: string, where: string): void {
    const declared = this.model.graph.values.get(name)?.elements ?? 0;
    const type = this.types.get(name);
    if (declared === 0) return;
    if (type !== undefined && type !== declared) {
      this.fault(where, `makes ${name} of type ${type}, declared as ${declared}`);
    }
    this.types.set(name, declared);
  }

  private convolution(node: NodeProto, where: string): void {
    const [x = '', w = '', b = ''] = node.inputs;
    const weights = this.dims.get(w);
    if (!weights) return;
    const [filters, perGroup, ...spatial] = weights;
    this.window(node, spatial, where);
    if (spatial.length === 0) this.fault(where, `weights of ${weights.length} axes`);
    if (filters === undefined || perGroup === undefined) return;
    const group = node.attributes.get('group')?.int ?? 1;
    const channels = this.channels.get(x);
    const bias = this.dims.get(b);
    if (filters % group !== 0) this.fault(where, `${filters} filters in ${group} groups`);
    if (channels !== undefined && channels !== perGroup * group)
      this.fault(where, `weights for ${perGroup * group} channels, an input of ${channels}`);
    if (bias && bias.join() !== `${filters}`)
      this.fault(where, `a bias of ${bias.join(' × ')} for ${filters} filters`);
  }

  private window({ attributes }: NodeProto, spatial: Shape, where: string): void {
    const list = (name: string): readonly number[] => attributes.get(name)?.ints ?? [];
    const kernel = list('kernel_shape');
    if (kernel.length > 0 && kernel.join() !== spatial.join())
      this.fault(where, `weights of ${spatial.join(' × ')}, a kernel_shape of ${kernel.join(' × ')}`);
    for (const [name, times] of [
      ['strides', 1],
      ['dilations', 1],
      ['pads', 2],
    ] as const) {
      const { length } = list(name);
      if (length > 0 && length !== times * spatial.length) this.fault(where, `${length} ${name}`);
    }
  }

  private batchNorm({ inputs }: NodeProto, where: string): void {
    const lengths = inputs.slice(1).flatMap((name) => this.dims.get(name)?.join(' × ') ?? []);
    const channels = this.channels.get(inputs.at(0) ?? '');
    const all = new Set([...lengths, ...(channels === undefined ? [] : [`${channels}`])]);
    if (lengths.length > 0 && all.size > 1)
      this.fault(where, `a batch norm of lengths ${[...all].join(', ')}`);
    for (const name of inputs.slice(1)) {
      const type = this.types.get(name);
      if (type !== undefined && !REAL_TYPES.has(type)) this.fault(where, `${name} is of type ${type}`);
    }
  }

  private propagate(node: NodeProto): void {
    const { op, inputs, outputs } = node;
    const [output = ''] = outputs;
    const type = this.madeType(node);
    // Further outputs are masks or places.
    const made = op === 'Split' ? outputs : outputs.slice(0, 1);
    if (type !== undefined) for (const name of made) this.types.set(name, type);
    const channels =
      op === 'Conv' ? this.dims.get(inputs.at(1) ?? '')?.[0] : this.channels.get(inputs.at(0) ?? '');
    if (channels !== undefined && (op === 'Conv' || CHANNELWISE.has(op))) this.channels.set(output, channels);
    const tensor = op === 'Constant' ? node.attributes.get('value')?.tensor : undefined;
    if (tensor) this.dims.set(output, tensor.dims);
  }

  private madeType({ op, inputs, attributes }: NodeProto): number | undefined {
    if (op === 'Cast') return attributes.get('to')?.int;
    if (op === 'Constant') return attributes.get('value')?.tensor?.dataType;
    if (op === 'DequantizeLinear') return this.types.get(inputs.at(1) ?? '');
    if (op === 'Shape' || op === 'Size') return 7;
    return KEEPING.has(op) ? this.types.get(inputs.at(0) ?? '') : undefined;
  }
}
