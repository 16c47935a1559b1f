import type { Primitive, PrimitiveName } from '../../core/graph/lowering';
import type { ConvolutionTarget } from './convolution';
import { DT } from './graph-def';

/** Types of one step's inputs and outputs, by TensorFlow's numbers. */
export interface StepTypes {
  /** Of the images, and so of the operator: its attribute T. */
  readonly images: number;
  readonly inputs: readonly number[];
  readonly output: (index: number) => number;
}

/** How many inputs and outputs, from the front, are images; the rest are vectors of channels, always float32. */
interface Images {
  readonly inputs: number;
  readonly outputs: number;
}

const ALL: Images = { inputs: Infinity, outputs: Infinity };

/** These are what the precision is for: they always run in it. */
const CONVOLUTIONS: ReadonlySet<PrimitiveName> = new Set<PrimitiveName>([
  'conv2d',
  'conv2dBackpropInput',
  'conv2dBackpropFilter',
]);

/**
 * These run in bfloat16 as soon as one of their images is in it: to change the type after each convolution, and back
 * before the next, would take longer than they do. All others are computed in float32: sums over an image (pooled
 * means, gradients of biases), the head, the loss, and functions that bfloat16 has no fast kernel for.
 */
const FOLLOWERS: Readonly<Partial<Record<PrimitiveName, Images>>> = {
  batchNormTraining: { inputs: 1, outputs: 1 },
  batchNormTrainingGrad: { inputs: 2, outputs: 1 },
  batchNormInference: { inputs: 1, outputs: 1 },
  batchNormInferenceGrad: { inputs: 2, outputs: 1 },
  biasAdd: ALL,
  relu: ALL,
  reluGrad: ALL,
  leakyRelu: ALL,
  leakyReluGrad: ALL,
  addN: ALL,
  identity: ALL,
  pad: ALL,
  crop: ALL,
  concat: ALL,
  slice: ALL,
  maxPool: ALL,
  maxPoolGrad: ALL,
};

function imagesOf(primitive: Primitive, { bfloat16Norms }: NarrowTarget): Images | undefined {
  const { op } = primitive;
  if (CONVOLUTIONS.has(op)) return ALL;
  if (op === 'sumOfNorms' || op === 'sumOfNormsGrad') {
    const images = primitive.epsilons.length + Number(primitive.side);
    if (op === 'sumOfNorms') return { inputs: images, outputs: 1 };
    return { inputs: 1 + Number(primitive.relu) + primitive.epsilons.length, outputs: images };
  }
  if (op === 'unary' || op === 'unaryGrad') return primitive.fn === 'relu6' ? ALL : undefined;
  return op.startsWith('batchNorm') && !bfloat16Norms ? undefined : FOLLOWERS[op];
}

type NarrowTarget = Pick<ConvolutionTarget, 'precision' | 'bfloat16Norms'>;

/**
 * Chooses what a step is computed in.
 * @param found the types its inputs have so far
 */
export function chooseTypes(primitive: Primitive, found: readonly number[], target: NarrowTarget): StepTypes {
  const narrow = target.precision === 'bfloat16' ? DT.bfloat16 : DT.float;
  const images = imagesOf(primitive, target);
  const isNarrow =
    images && (CONVOLUTIONS.has(primitive.op) || found.slice(0, images.inputs).includes(narrow));
  if (!isNarrow) return { images: DT.float, inputs: found.map(() => DT.float), output: () => DT.float };
  return {
    images: narrow,
    inputs: found.map((_, i) => (i < images.inputs ? narrow : DT.float)),
    output: (i) => (i < images.outputs ? narrow : DT.float),
  };
}
