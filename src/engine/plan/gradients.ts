import type {
  BinaryFunction,
  Emitter,
  Primitive,
  PrimitiveName,
  Step,
  Value,
} from '../../core/graph/lowering';
import { addTo } from '../../shared/groups';

/** What a gradient rule sees of one step. */
interface RuleContext<K extends PrimitiveName> extends Emitter {
  readonly primitive: Extract<Primitive, { readonly op: K }>;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Gradient of the loss by the step's first output. */
  readonly dy: Value;
  /** Which inputs want a gradient. */
  readonly wanted: readonly boolean[];
}

/** Gradients by the inputs, in order; anything may stand where none is wanted. */
type Rule<K extends PrimitiveName> = (context: RuleContext<K>) => ReadonlyArray<Value | undefined>;

/** One rule per primitive that a trained network may hold. Those missing end the gradient with an error. */
const RULES: { readonly [K in PrimitiveName]?: Rule<K> } = {
  conv2d: ({ primitive, inputs: [x, kernel], dy, wanted, emit }) => [
    wanted[0] ? emit({ ...primitive, op: 'conv2dBackpropInput' }, [kernel, dy], x.shape) : undefined,
    wanted[1] ? emit({ ...primitive, op: 'conv2dBackpropFilter' }, [x, dy], kernel.shape) : undefined,
  ],
  // As a transposed convolution has it going forward: the gradient of what is linear in both.
  conv2dBackpropInput: ({ primitive, inputs: [kernel, x], dy, wanted, emit }) => [
    wanted[0] ? emit({ ...primitive, op: 'conv2dBackpropFilter' }, [dy, x], kernel.shape) : undefined,
    wanted[1] ? emit({ ...primitive, op: 'conv2d' }, [dy, kernel], x.shape) : undefined,
  ],
  biasAdd: ({ inputs: [, bias], dy, wanted, emit }) => [
    dy,
    wanted[1] ? emit({ op: 'biasAddGrad' }, [dy], bias.shape) : undefined,
  ],
  matMul: ({ inputs: [a, b], dy, wanted, emit }) => [
    wanted[0] ? emit({ op: 'matMul', transposeA: false, transposeB: true }, [dy, b], a.shape) : undefined,
    wanted[1] ? emit({ op: 'matMul', transposeA: true, transposeB: false }, [a, dy], b.shape) : undefined,
  ],
  batchNormTraining: ({ primitive, inputs: [x, gamma, beta], outputs, dy, emitAll }) =>
    emitAll(
      { ...primitive, op: 'batchNormTrainingGrad' },
      [dy, x, gamma, ...outputs.slice(3)],
      [x.shape, gamma.shape, beta.shape],
    ),
  sumOfNorms: ({ primitive: { epsilons, side, relu }, inputs, outputs, dy, wanted, emitAll }) => {
    const norms = epsilons.length;
    const xs = inputs.slice(0, norms);
    const gammas = inputs.slice(-2 * norms, -norms);
    const own = side && relu && wanted[norms]; // without a ReLU the side's gradient is dy
    const made = emitAll(
      { op: 'sumOfNormsGrad', epsilons, side: own, relu },
      [
        ...[dy, ...(relu ? [outputs[0]] : []), ...xs, ...gammas],
        ...[...outputs.slice(1, 1 + norms), ...outputs.slice(1 + 2 * norms)],
      ],
      [...xs, ...(own ? [dy] : []), ...gammas, gammas[0]].map(({ shape }) => shape),
    );
    const beta = made[made.length - 1];
    return [
      ...[...made.slice(0, norms), ...(side ? [own ? made[norms] : dy] : [])],
      ...[...made.slice(-1 - norms, -1), ...epsilons.map(() => beta)],
    ];
  },
  batchNormInference: ({ primitive: { epsilon }, inputs: [x, gamma, beta, ...statistics], dy, emitAll }) =>
    emitAll(
      { op: 'batchNormInferenceGrad', epsilon },
      [dy, x, gamma, ...statistics],
      [x.shape, gamma.shape, beta.shape],
    ),
  scaleChannels: ({ inputs: [x, scale], dy, wanted, emit }) => [
    wanted[0] ? emit({ op: 'scaleChannels' }, [dy, scale], x.shape) : undefined,
    wanted[1] ? overChannels(emit({ op: 'applyMask' }, [dy, x], x.shape), scale, emit) : undefined,
  ],
  relu: ({ outputs: [y], dy, emit }) => [emit({ op: 'reluGrad' }, [dy, y], y.shape)],
  sigmoid: ({ outputs: [y], dy, emit }) => [emit({ op: 'sigmoidGrad' }, [dy, y], y.shape)],
  softmax: ({ outputs: [y], dy, emit }) => [emit({ op: 'softmaxGrad' }, [dy, y], y.shape)],
  logSoftmax: ({ outputs: [y], dy, emit }) => [emit({ op: 'logSoftmaxGrad' }, [dy, y], y.shape)],
  unary: ({ primitive: { fn }, inputs: [x], outputs: [y], dy, emit }) => [
    emit({ op: 'unaryGrad', fn }, [dy, x, y], x.shape),
  ],
  // By the output, which has the input's sign: TensorFlow then may fuse the function into the convolution before.
  leakyRelu: ({ primitive: { slope }, outputs: [y], dy, emit }) => [
    emit({ op: 'leakyReluGrad', slope }, [dy, y], y.shape),
  ],
  binary: ({ primitive: { fn }, inputs, outputs, dy, wanted, emit, emitAll, constant }) => {
    const context = { inputs, outputs, dy, wanted, emit, emitAll, constant };
    return BINARY[fn](context).map((gradient, i) => gradient && summedTo(gradient, inputs[i], emit));
  },
  scale: ({ primitive: { factor }, dy, emit }) => [scaled(dy, factor, { emit })],
  sumTo: ({ inputs: [x], dy, emit }) => [emit({ op: 'broadcast' }, [dy], x.shape)],
  broadcast: ({ inputs: [x], dy, emit }) => [emit({ op: 'sumTo' }, [dy], x.shape)],
  concat: ({ primitive: { axis }, inputs, dy, emit }) => {
    let start = 0;
    return inputs.map(({ shape }) => {
      const part = emit({ op: 'slice', axis, start }, [dy], shape);
      start += shape[axis] ?? 0;
      return part;
    });
  },
  slice: ({ primitive: { axis, start }, inputs: [x], outputs: [y], dy, emit, constant }) => {
    const zero = constant(
      [0],
      x.shape.map(() => 1),
    );
    const zeros = (size: number): Value[] => {
      const shape = x.shape.map((dim, i) => (i === axis ? size : dim));
      return size === 0 ? [] : [emit({ op: 'broadcast' }, [zero], shape)];
    };
    const rest = (x.shape[axis] ?? 0) - (y.shape[axis] ?? 0) - start;
    const parts = [...zeros(start), dy, ...zeros(rest)];
    return [parts.length === 1 ? dy : emit({ op: 'concat', axis }, parts, x.shape)];
  },
  transpose: ({ primitive: { order }, inputs: [x], dy, emit }) => [
    emit({ op: 'transpose', order: order.map((_, axis) => order.indexOf(axis)) }, [dy], x.shape),
  ],
  resize: ({ primitive: { method, aligned }, inputs: [x], dy, emit }) => [
    emit({ op: 'resizeGrad', method, aligned }, [dy, x], x.shape),
  ],
  identity: ({ dy }) => [dy],
  addN: ({ inputs, dy }) => inputs.map(() => dy),
  addConstant: ({ dy }) => [dy],
  multiplyConstant: ({ inputs: [x, factor], dy, emit }) => [
    emit({ op: 'multiplyConstant' }, [dy, factor], x.shape),
  ],
  applyMask: ({ inputs: [x, mask], dy, emit }) => [emit({ op: 'applyMask' }, [dy, mask], x.shape)],
  pad: ({ primitive: { sides }, inputs: [x], dy, emit }) => [emit({ op: 'crop', sides }, [dy], x.shape)],
  crop: ({ primitive: { sides }, inputs: [x], dy, emit }) => [
    emit({ op: 'pad', sides, value: 0 }, [dy], x.shape),
  ],
  maxPool: ({ primitive, inputs: [x], outputs: [y], dy, emit }) => [
    emit({ ...primitive, op: 'maxPoolGrad' }, [x, y, dy], x.shape),
  ],
  averagePool: ({ primitive, inputs: [x], dy, emit }) => [
    emit({ ...primitive, op: 'averagePoolGrad' }, [dy], x.shape),
  ],
  reshape: ({ inputs: [x], dy, emit }) => [emit({ op: 'reshape' }, [dy], x.shape)],
};

/** The sum over all axes but the last. */
function overChannels(product: Value, { shape }: Value, emit: Emitter['emit']): Value {
  return product.shape.length === 1 ? product : emit({ op: 'biasAddGrad' }, [product], shape);
}

type BinaryContext = Omit<RuleContext<'binary'>, 'primitive'>;

/** Gradients of a function of two numbers, before the broadcast axes are summed. */
const BINARY: Readonly<Record<BinaryFunction, (context: BinaryContext) => ReadonlyArray<Value | undefined>>> =
  {
    add: ({ dy }) => [dy, dy],
    subtract: ({ dy, wanted, emit }) => [dy, wanted[1] ? scaled(dy, -1, { emit }) : undefined],
    multiply: ({ inputs: [a, b], dy, wanted, emit }) => [
      wanted[0] ? emit({ op: 'binary', fn: 'multiply' }, [dy, b], dy.shape) : undefined,
      wanted[1] ? emit({ op: 'binary', fn: 'multiply' }, [dy, a], dy.shape) : undefined,
    ],
    divide: ({ inputs: [, b], outputs: [y], dy, wanted, emit }) => {
      const da = emit({ op: 'binary', fn: 'divide' }, [dy, b], dy.shape);
      if (!wanted[1]) return [da, undefined];
      return [da, scaled(emit({ op: 'binary', fn: 'multiply' }, [da, y], dy.shape), -1, { emit })];
    },
    // Of two equal values the first gets the gradient, as in TensorFlow.
    maximum: ({ inputs: [a, b], dy, emit }) => chosen(dy, [a, b], emit),
    minimum: ({ inputs: [a, b], dy, emit }) => chosen(dy, [b, a], emit),
  };

function scaled(x: Value, factor: number, { emit }: Pick<Emitter, 'emit'>): Value {
  return emit({ op: 'scale', factor }, [x], x.shape);
}

/** The gradient split between the larger of two values and the other one. */
function chosen(dy: Value, [first, second]: readonly Value[], emit: Emitter['emit']): Value[] {
  const mask = emit({ op: 'notBelowMask' }, [first, second], dy.shape);
  const taken = emit({ op: 'applyMask' }, [dy, mask], dy.shape);
  return [taken, emit({ op: 'binary', fn: 'subtract' }, [dy, taken], dy.shape)];
}

function summedTo(gradient: Value, { shape }: Value, emit: Emitter['emit']): Value {
  const same = shape.length === gradient.shape.length && shape.every((dim, i) => dim === gradient.shape[i]);
  return same ? gradient : emit({ op: 'sumTo' }, [gradient], shape);
}

/**
 * Appends the backward pass of `steps` to the emitter (reverse mode).
 * @param seed the loss's gradient by one of the steps' values
 * @param wanted values whose gradients are asked for
 * @returns the gradients by value id; none for a value the loss does not depend on
 */
export function differentiate(
  steps: readonly Step[],
  seed: { readonly value: Value; readonly gradient: Value },
  wanted: readonly Value[],
  emitter: Emitter,
): ReadonlyMap<number, Value> {
  const dependent = dependents(steps, wanted);
  const arrived = new Map<number, Value[]>([[seed.value.id, [seed.gradient]]]);
  const gradients = new Map<number, Value>();
  for (const step of [...steps].reverse()) {
    const [y] = step.outputs;
    const parts = arrived.get(y.id);
    if (!parts || !dependent.has(y.id)) continue;
    const dy = parts.length === 1 ? parts[0] : emitter.emit({ op: 'addN' }, parts, y.shape);
    gradients.set(y.id, dy);
    if (step.inputs.length === 0) continue;
    const needs = step.inputs.map(({ id }) => dependent.has(id));
    backward(step, dy, needs, emitter).forEach((gradient, i) => {
      if (!gradient || !needs[i]) return;
      const { id } = step.inputs[i];
      addTo(arrived, id, gradient);
    });
  }
  return gradients;
}

/** Values that depend on one of `sources`, these included. */
function dependents(steps: readonly Step[], sources: readonly Value[]): ReadonlySet<number> {
  const found = new Set(sources.map(({ id }) => id));
  for (const { inputs, outputs } of steps) {
    if (inputs.some(({ id }) => found.has(id))) outputs.forEach(({ id }) => found.add(id));
  }
  return found;
}

function backward(
  step: Step,
  dy: Value,
  wanted: readonly boolean[],
  { emit, emitAll, constant }: Emitter,
): ReadonlyArray<Value | undefined> {
  const { primitive, inputs, outputs } = step;
  // The table pairs each name with the rule of that name; the type of the pair is lost on lookup.
  const rule = RULES[primitive.op] as Rule<PrimitiveName> | undefined;
  if (!rule) throw new Error(`no gradient is defined for ${primitive.op}`);
  return rule({ primitive, inputs, outputs, dy, wanted, emit, emitAll, constant });
}
