import type { Operator } from '../operator';
import {
  boundedRelu,
  elu,
  exponential,
  gelu,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  mish,
  relu6,
  selu,
  silu,
  softplus,
  softsign,
  tanh,
  type BoundedReluAttributes,
  type EluAttributes,
  type GeluAttributes,
  type HardSigmoidAttributes,
  type LeakyReluAttributes,
} from './activations';
import { add } from './add';
import { averagePool } from './average-pool';
import { batchNorm, type BatchNormAttributes } from './batch-norm';
import { average, maximum, minimum, multiply, subtract } from './broadcast';
import { concatenate, type ConcatenateAttributes } from './concatenate';
import { conv2d, type Conv2dAttributes } from './conv2d';
import { conv2dTranspose, type Conv2dTransposeAttributes } from './conv2d-transpose';
import { cropping, type CroppingAttributes } from './cropping';
import { dense, type DenseAttributes } from './dense';
import { dropout, type DropoutAttributes } from './dropout';
import { flatten } from './flatten';
import { globalAveragePool } from './global-average-pool';
import { globalMaxPool } from './global-max-pool';
import { identity } from './identity';
import { input, type InputAttributes } from './input';
import { groupNorm, layerNorm, type GroupNormAttributes, type LayerNormAttributes } from './layer-norm';
import { maxPool } from './max-pool';
import { normalization } from './normalization';
import { opaque, type OpaqueAttributes } from './opaque';
import { permute, type PermuteAttributes } from './permute';
import { noise, type NoiseAttributes } from './noise';
import type { NoAttributes } from './pointwise';
import type { GlobalPoolAttributes, PoolAttributes } from './pool';
import { prelu, type PreluAttributes } from './prelu';
import { relu } from './relu';
import { rescaling, type RescalingAttributes } from './rescaling';
import { reshape, type ReshapeAttributes } from './reshape';
import { resizing, upsampling, type ResizingAttributes, type UpsamplingAttributes } from './resize';
import { sigmoid } from './sigmoid';
import { slice, type SliceAttributes } from './slice';
import { logSoftmax, softmax } from './softmax';
import { zeroPadding, type ZeroPaddingAttributes } from './zero-padding';

/** The operators and their attributes: a new one is one file and a line here and in `OPERATORS`. */
export interface OpAttributes {
  input: InputAttributes;
  conv2d: Conv2dAttributes;
  conv2dTranspose: Conv2dTransposeAttributes;
  batchNorm: BatchNormAttributes;
  relu: NoAttributes;
  sigmoid: NoAttributes;
  softmax: NoAttributes;
  logSoftmax: NoAttributes;
  identity: NoAttributes;
  dropout: DropoutAttributes;
  noise: NoiseAttributes;
  rescaling: RescalingAttributes;
  add: NoAttributes;
  maxPool: PoolAttributes;
  averagePool: PoolAttributes;
  globalMaxPool: GlobalPoolAttributes;
  globalAveragePool: GlobalPoolAttributes;
  flatten: NoAttributes;
  dense: DenseAttributes;
  zeroPadding: ZeroPaddingAttributes;
  cropping: CroppingAttributes;
  slice: SliceAttributes;
  relu6: NoAttributes;
  leakyRelu: LeakyReluAttributes;
  prelu: PreluAttributes;
  boundedRelu: BoundedReluAttributes;
  elu: EluAttributes;
  selu: NoAttributes;
  gelu: GeluAttributes;
  silu: NoAttributes;
  mish: NoAttributes;
  tanh: NoAttributes;
  softplus: NoAttributes;
  softsign: NoAttributes;
  exponential: NoAttributes;
  hardSigmoid: HardSigmoidAttributes;
  hardSwish: NoAttributes;
  multiply: NoAttributes;
  subtract: NoAttributes;
  average: NoAttributes;
  maximum: NoAttributes;
  minimum: NoAttributes;
  concatenate: ConcatenateAttributes;
  reshape: ReshapeAttributes;
  permute: PermuteAttributes;
  upsampling: UpsamplingAttributes;
  resizing: ResizingAttributes;
  normalization: NoAttributes;
  layerNorm: LayerNormAttributes;
  groupNorm: GroupNormAttributes;
  opaque: OpaqueAttributes;
}

/** The name of an operator. */
export type OpType = keyof OpAttributes;

/** Every operator by type. */
export const OPERATORS: { readonly [T in OpType]: Operator<OpAttributes[T]> } = {
  input,
  conv2d,
  conv2dTranspose,
  batchNorm,
  relu,
  sigmoid,
  softmax,
  logSoftmax,
  identity,
  dropout,
  noise,
  rescaling,
  add,
  maxPool,
  averagePool,
  globalMaxPool,
  globalAveragePool,
  flatten,
  dense,
  zeroPadding,
  cropping,
  slice,
  relu6,
  leakyRelu,
  prelu,
  boundedRelu,
  elu,
  selu,
  gelu,
  silu,
  mish,
  tanh,
  softplus,
  softsign,
  exponential,
  hardSigmoid,
  hardSwish,
  multiply,
  subtract,
  average,
  maximum,
  minimum,
  concatenate,
  reshape,
  permute,
  upsampling,
  resizing,
  normalization,
  layerNorm,
  groupNorm,
  opaque,
};
