import type { LoadedNative } from '../native/load';
import type { Capabilities, ConvolutionGradients } from './capabilities';
import { DEFAULT_TARGET, type ConvolutionTarget } from './convolution';
import { DT, GraphBuilder, type Attributes, type Signature } from './graph-def';
import { timeConvolution } from './profile';
import { GraphSession } from './session';

/** One convolution whose two gradients are counted by hand: input, kernel and incoming gradient are all ones. */
interface Probe {
  /** Input is 1 × size × size × channels. */
  readonly size: number;
  readonly channels: number;
  readonly groups: number;
  readonly dilation: number;
  readonly type: number;
}

const PLAIN: Probe = { size: 6, channels: 2, groups: 1, dilation: 1, type: DT.float };

/** Convolutions that take so much longer than float32's are not the processor's own. They take ten times as long. */
const EMULATED = 2;
const NARROW: ConvolutionTarget = { ...DEFAULT_TARGET, precision: 'bfloat16' };

/**
 * Tries each capability; a wrong number counts as missing, like an error. Those of bfloat16 are tried when they are asked
 * for: without AVX-512, TensorFlow has a note to print at the first of them.
 * @param timed whether bfloat16 may be found by time; a busy machine may answer otherwise the next time
 */
export function probeCapabilities(native: LoadedNative, timed = true): Capabilities {
  const works = (change: Partial<Probe>): boolean => gradientsAreRight(native, { ...PLAIN, ...change });
  const gradients = (type: number): ConvolutionGradients => ({
    groupedGradients: works({ channels: 4, groups: 2, type }),
    dilatedGradients: works({ dilation: 2, type }),
  });
  const narrow = once(() =>
    timed && works({ type: DT.bfloat16 }) && !isEmulated(native) ? gradients(DT.bfloat16) : undefined,
  );
  const narrowNorms = once(() => normIsRight(native, normGraph));
  return {
    float32: gradients(DT.float),
    get bfloat16() {
      return narrow();
    },
    get bfloat16Norms() {
      return narrowNorms();
    },
    sumsOfNorms: native.ownOperators && normIsRight(native, sumGraph),
    ownConvolutions: native.ownOperators && native.convolutionsPay,
  };
}

function isEmulated({ binding }: LoadedNative): boolean {
  return timeConvolution(binding, NARROW) > EMULATED * timeConvolution(binding, DEFAULT_TARGET);
}

/** A function that computes its value at the first call. */
function once<T>(compute: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: compute() }).value;
}

/** Up to the rounding of bfloat16. */
function near(value: number | undefined, expected: number): boolean {
  return value !== undefined && Math.abs(value - expected) < 1e-2;
}

/** One channel that holds 1 and −1 twice each is its own norm, and an incoming gradient of ones comes to nothing. */
function normIsRight({ binding }: LoadedNative, graphOf: typeof normGraph): boolean {
  const shape = [1, 2, 2, 1];
  try {
    const session = new GraphSession(binding, ...graphOf(shape));
    try {
      const feeds = new Map([
        ['x', { shape, values: Float32Array.of(1, -1, 1, -1) }],
        ['dy', { shape, values: new Float32Array(4).fill(1) }],
      ]);
      const [y, dx, beta] = session.run('norm', feeds, ['y', 'dx', 'beta']);
      return near(y?.values[0], 1) && near(y?.values[1], -1) && dx?.values[0] === 0 && beta?.values[0] === 4;
    } finally {
      session.dispose();
    }
  } catch {
    return false;
  }
}

type NormGraph = readonly [GraphBuilder, { readonly norm: Signature }];

/** TensorFlow's own operators in bfloat16. */
function normGraph(shape: number[]): NormGraph {
  const { graph, inputs, one, zero } = normInputs(shape);
  const [x, dy] = [...inputs.values()].map((name) => graph.cast(name, DT.float, DT.bfloat16));
  const none = graph.constant([], [0], 'float');
  const attributes: Attributes = {
    T: { type: DT.bfloat16 },
    U: { type: DT.float },
    epsilon: { float: 1e-6 },
    is_training: { bool: true },
    data_format: { string: 'NHWC' },
  };
  const norm = graph.add('FusedBatchNormV3', [x, one, zero, none, none], attributes);
  const kept = [3, 4, 5].map((i) => `${norm}:${i}`);
  const gradient = graph.add('FusedBatchNormGradV3', [dy, x, one, ...kept], attributes);
  const outputs = new Map([
    ['y', graph.cast(norm, DT.bfloat16, DT.float)],
    ['dx', graph.cast(gradient, DT.bfloat16, DT.float)],
    ['beta', graph.add('Identity', [`${gradient}:2`], { T: { type: DT.float } })],
  ]);
  return [graph, { norm: { inputs, outputs } }];
}

/** Our own operators, of one norm. */
function sumGraph(shape: number[]): NormGraph {
  const { graph, inputs, one, zero } = normInputs(shape);
  const [x, dy] = [...inputs.values()];
  const attributes: Attributes = {
    T: { type: DT.float },
    n: { int: 1 },
    sides: { int: 0 },
    relu: { bool: false },
    epsilon: { floats: [1e-6] },
  };
  const sum = graph.add('AcnetSumOfNorms', [x, one, zero], attributes);
  const gradient = graph.add('AcnetSumOfNormsGrad', [dy, x, one, `${sum}:1`, `${sum}:3`], {
    ...attributes,
    outputs: { int: 0 },
  });
  const outputs = new Map([
    ['y', sum],
    ['dx', gradient],
    ['beta', graph.add('Identity', [`${gradient}:2`], { T: { type: DT.float } })],
  ]);
  return [graph, { norm: { inputs, outputs } }];
}

function normInputs(shape: number[]): {
  graph: GraphBuilder;
  inputs: Map<string, string>;
  one: string;
  zero: string;
} {
  const graph = new GraphBuilder();
  const fed = (name: string): string =>
    graph.add('Placeholder', [], { dtype: { type: DT.float }, shape: { shape } }, name);
  const [one, zero] = [1, 0].map((value) => graph.constant([value], [1], 'float'));
  const inputs = new Map([
    ['x', fed('x')],
    ['dy', fed('dy')],
  ]);
  return { graph, inputs, one, zero };
}

function gradientsAreRight({ binding }: LoadedNative, probe: Probe): boolean {
  const { size, channels, groups, dilation } = probe;
  const input = [1, size, size, channels];
  const kernel = [3, 3, channels / groups, channels];
  try {
    const session = new GraphSession(binding, ...gradientGraph(probe, input, kernel));
    try {
      const ones = (shape: number[]) => ({
        shape,
        values: new Float32Array(shape.reduce((a, b) => a * b)).fill(1),
      });
      const feeds = new Map(Object.entries({ x: ones(input), k: ones(kernel), dy: ones(input) }));
      const [toKernel, toInput] = session.run('gradients', feeds, ['toKernel', 'toInput']);
      // "Same" padding: the centre tap meets every position, a corner tap loses `dilation` rows and columns; and
      // an input pixel at the corner is met by four taps, for each output channel of its group.
      return (
        toKernel?.values[kernelOffset(kernel, 1, 1)] === size ** 2 &&
        toKernel.values[0] === (size - dilation) ** 2 &&
        toInput?.values[0] === 4 * (channels / groups)
      );
    } finally {
      session.dispose();
    }
  } catch {
    return false; // "not supported on CPU"
  }
}

function kernelOffset([, width = 0, inputs = 0, outputs = 0]: number[], row: number, column: number): number {
  return (row * width + column) * inputs * outputs;
}

type GradientSession = ConstructorParameters<typeof GraphSession<'gradients'>>;

/** Everything is fed: constants would be folded before TensorFlow chooses its kernels. */
function gradientGraph(
  probe: Probe,
  input: number[],
  kernel: number[],
): [GradientSession[1], GradientSession[2]] {
  const graph = new GraphBuilder();
  const fed = (name: string, shape: number[]): string =>
    graph.add('Placeholder', [], { dtype: { type: DT.float }, shape: { shape } }, name);
  const inputs = { x: fed('x', input), k: fed('k', kernel), dy: fed('dy', input) };
  const typed = (name: keyof typeof inputs): string => graph.cast(inputs[name], DT.float, probe.type);
  const attributes: Attributes = {
    T: { type: probe.type },
    strides: { ints: [1, 1, 1, 1] },
    dilations: { ints: [1, probe.dilation, probe.dilation, 1] },
    padding: { string: 'SAME' },
    data_format: { string: 'NHWC' },
  };
  const sizes = (shape: number[]): string => graph.constant(shape, [4], 'int32');
  const toKernel = graph.add('Conv2DBackpropFilter', [typed('x'), sizes(kernel), typed('dy')], attributes);
  const toInput = graph.add('Conv2DBackpropInput', [sizes(input), typed('k'), typed('dy')], attributes);
  const outputs = new Map([
    ['toKernel', graph.cast(toKernel, probe.type, DT.float)],
    ['toInput', graph.cast(toInput, probe.type, DT.float)],
  ]);
  return [graph, { gradients: { inputs: new Map(Object.entries(inputs)), outputs } }];
}
