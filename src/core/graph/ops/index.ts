import type { Operator } from '../operator';
import { add } from './add';
import { averagePool } from './average-pool';
import { batchNorm, type BatchNormAttributes } from './batch-norm';
import { conv2d, type Conv2dAttributes } from './conv2d';
import { cropping, type CroppingAttributes } from './cropping';
import { dense, type DenseAttributes } from './dense';
import { dropout, type DropoutAttributes } from './dropout';
import { flatten } from './flatten';
import { globalAveragePool } from './global-average-pool';
import { globalMaxPool } from './global-max-pool';
import { identity } from './identity';
import { input, type InputAttributes } from './input';
import { maxPool } from './max-pool';
import { opaque, type OpaqueAttributes } from './opaque';
import type { NoAttributes } from './pointwise';
import type { GlobalPoolAttributes, PoolAttributes } from './pool';
import { relu } from './relu';
import { rescaling, type RescalingAttributes } from './rescaling';
import { sigmoid } from './sigmoid';
import { softmax } from './softmax';
import { zeroPadding, type ZeroPaddingAttributes } from './zero-padding';

/** The operators and their attributes: a new one is one file and a line here and in `OPERATORS`. */
export interface OpAttributes {
  input: InputAttributes;
  conv2d: Conv2dAttributes;
  batchNorm: BatchNormAttributes;
  relu: NoAttributes;
  sigmoid: NoAttributes;
  softmax: NoAttributes;
  identity: NoAttributes;
  dropout: DropoutAttributes;
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
  opaque: OpaqueAttributes;
}

export type OpType = keyof OpAttributes;

/** Every operator by type. */
export const OPERATORS: { readonly [T in OpType]: Operator<OpAttributes[T]> } = {
  input,
  conv2d,
  batchNorm,
  relu,
  sigmoid,
  softmax,
  identity,
  dropout,
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
  opaque,
};
