import type { GraphNode, NodeOf } from '../../../../graph/graph';
import type { OpType } from '../../../../graph/ops';
import type { Emission } from '../emission';
import * as functions from './function';
import * as image from './image';
import * as structure from './structure';

type Writers = { readonly [T in OpType]: (e: Emission, node: NodeOf<T>) => void };

const { unary } = functions;
const { combination, unknown } = structure;

/** How each operator of the graph is written in ONNX: a new one is a line here. */
const WRITERS: Writers = {
  // Inputs and transpositions are not nodes of the file: whoever reads them says in which order.
  input: () => undefined,
  permute: () => undefined,
  opaque: unknown,
  conv2d: image.conv2d,
  conv2dTranspose: image.conv2dTranspose,
  batchNorm: image.batchNorm,
  maxPool: image.maxPool,
  averagePool: image.averagePool,
  globalAveragePool: image.globalPool('GlobalAveragePool'),
  globalMaxPool: image.globalPool('GlobalMaxPool'),
  zeroPadding: image.zeroPadding,
  cropping: image.cropping,
  upsampling: image.upsampling,
  resizing: image.resizing,
  relu: unary('Relu'),
  sigmoid: unary('Sigmoid'),
  softmax: functions.softmax('Softmax'),
  logSoftmax: functions.softmax('LogSoftmax'),
  identity: unary('Identity'),
  noise: unary('Identity'),
  dropout: functions.dropout,
  rescaling: functions.rescaling,
  normalization: functions.normalization,
  relu6: functions.relu6,
  leakyRelu: functions.leakyRelu,
  prelu: functions.prelu,
  boundedRelu: functions.boundedRelu,
  elu: functions.elu,
  selu: unary('Selu'),
  gelu: functions.gelu,
  silu: functions.silu,
  mish: functions.mish,
  tanh: unary('Tanh'),
  softplus: unary('Softplus'),
  softsign: unary('Softsign'),
  exponential: unary('Exp'),
  hardSigmoid: functions.hardSigmoid,
  hardSwish: functions.hardSwish,
  add: combination('Add'),
  multiply: combination('Mul'),
  subtract: combination('Sub'),
  average: combination('Mean'),
  maximum: combination('Max'),
  minimum: combination('Min'),
  concatenate: structure.concatenate,
  slice: structure.slice,
  flatten: structure.flatten,
  reshape: structure.reshape,
  dense: structure.dense,
  layerNorm: structure.layerNorm,
  groupNorm: structure.groupNorm,
};

/** Writes a node as new ones. @throws UnsupportedError if ONNX has no operator for it. */
export function emitNode(e: Emission, node: GraphNode): void {
  e.begin(node.inputs.at(0));
  // One operator of many: a node's own writer takes it.
  (WRITERS[node.op] as (e: Emission, node: GraphNode) => void)(e, node);
}
