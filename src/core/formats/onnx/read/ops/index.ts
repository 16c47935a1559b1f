import type { NodeReading } from '../node-reading';
import * as activation from './activation';
import * as arithmetic from './arithmetic';
import * as convolution from './convolution';
import { erf } from './erf';
import * as pixels from './pixels';
import * as shape from './shape';
import * as slices from './slices';

const { none, pointwise } = activation;

/** Every operator of ONNX that the graph has a word for: a new one is a line here. */
const READERS: Readonly<Record<string, (r: NodeReading) => void>> = {
  Add: arithmetic.add,
  AveragePool: convolution.averagePool,
  BatchNormalization: convolution.batchNormalization,
  Cast: shape.cast,
  Clip: activation.clip,
  Concat: arithmetic.concat,
  Conv: convolution.conv,
  ConvTranspose: convolution.convTranspose,
  DepthToSpace: pixels.depthToSpace,
  Div: arithmetic.affine('Div'),
  Dropout: activation.dropout,
  Elu: pointwise('elu', activation.elu),
  Erf: erf,
  Exp: pointwise('exponential', none),
  Expand: pixels.expand,
  Flatten: shape.flatten,
  Gelu: pointwise('gelu', activation.gelu),
  Gemm: arithmetic.gemm,
  Gather: slices.gather,
  GlobalAveragePool: convolution.globalAveragePool,
  GlobalMaxPool: convolution.globalMaxPool,
  HardSigmoid: pointwise('hardSigmoid', activation.hardSigmoid),
  HardSwish: pointwise('hardSwish', none),
  Identity: shape.alias,
  InstanceNormalization: convolution.instanceNormalization,
  LeakyRelu: pointwise('leakyRelu', activation.leakyRelu),
  MatMul: arithmetic.matMul,
  Max: arithmetic.combination('maximum'),
  MaxPool: convolution.maxPool,
  Mean: arithmetic.combination('average'),
  Min: arithmetic.combination('minimum'),
  Mish: pointwise('mish', none),
  LogSoftmax: activation.softmax('logSoftmax'),
  Mul: arithmetic.affine('Mul'),
  PRelu: activation.prelu,
  Pad: shape.pad,
  ReduceMax: convolution.reduction('globalMaxPool'),
  ReduceMean: convolution.reduction('globalAveragePool'),
  Relu: pointwise('relu', none),
  Reshape: shape.reshape,
  Resize: shape.resize,
  Selu: pointwise('selu', activation.selu),
  Sigmoid: pointwise('sigmoid', none),
  Slice: slices.slice,
  Softmax: activation.softmax('softmax'),
  Softplus: pointwise('softplus', none),
  Softsign: pointwise('softsign', none),
  SpaceToDepth: pixels.spaceToDepth,
  Split: slices.split,
  Squeeze: shape.squeeze,
  Sub: arithmetic.affine('Sub'),
  Sum: arithmetic.combination('add'),
  Tanh: pointwise('tanh', none),
  Transpose: shape.transpose,
  Unsqueeze: shape.unsqueeze,
  Upsample: shape.resize,
};

/** How a node of ONNX's own operators is read; undefined for others. */
export function readerOf({ op, domain }: { readonly op: string; readonly domain: string }) {
  return domain === '' && Object.hasOwn(READERS, op) ? READERS[op] : undefined;
}
