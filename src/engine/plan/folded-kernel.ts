import type { Emitter, Value } from '../../core/graph/lowering';
import { NO_PADDING, type Sides } from '../../core/graph/padding';
import type { GraphNode } from '../../core/graph/graph';
import type { ValueShape } from '../../core/graph/shape';
import type { Fold, PlacedBranch } from './fold';
import { total } from './penalty';

/** The weights of a fold's convolution; without a bias it adds nothing. */
export interface FoldedWeights {
  readonly kernel: Value;
  readonly bias?: Value;
}

/** The value of a node's parameter, or undefined where it has none of this role. */
export type ReadParameter = (node: GraphNode, role: string) => Value | undefined;

/**
 * Computes a fold's weights from those of its branches, by steps that differentiation sees through:
 * K′ = Σ pad(K · s) and b′ = Σ (β + (b − μ) · s) with s = γ / √(σ² + ε) (Ding et al. 2019, equations 3 and 4).
 */
export function foldWeights({ branches }: Fold, read: ReadParameter, emitter: Emitter): FoldedWeights {
  const parts = branches.map((branch) => branchWeights(branch, read, emitter));
  const kernels = parts.map(({ kernel }, i) => placed(kernel, branches[i].sides, emitter));
  const biases = parts.flatMap(({ bias }) => bias ?? []);
  const kernel = total(kernels, emitter);
  return biases.length > 0 ? { kernel, bias: total(biases, emitter) } : { kernel };
}

function branchWeights(
  { conv, batchNorm }: PlacedBranch,
  read: ReadParameter,
  emitter: Emitter,
): FoldedWeights {
  const { emit, constant } = emitter;
  const kernel = required(read(conv, 'kernel'), conv);
  const bias = read(conv, 'bias');
  if (!batchNorm) return bias ? { kernel, bias } : { kernel };
  const mean = required(read(batchNorm, 'mean'), batchNorm);
  const variance = required(read(batchNorm, 'variance'), batchNorm);
  const { shape } = mean;
  const { epsilon } = batchNorm.attributes;
  const inverse = emit({ op: 'inverseDeviation', epsilon }, [variance], shape);
  const gamma = read(batchNorm, 'gamma');
  const scale = gamma ? emit({ op: 'scaleChannels' }, [gamma, inverse], shape) : inverse;
  const scaled = (value: Value): Value => emit({ op: 'scaleChannels' }, [value, scale], value.shape);
  const minusMean = emit({ op: 'multiplyConstant' }, [mean, constant([-1], [])], shape);
  const centred = bias ? emit({ op: 'addN' }, [bias, minusMean], shape) : minusMean;
  const beta = read(batchNorm, 'beta');
  return { kernel: scaled(kernel), bias: total([scaled(centred), ...(beta ? [beta] : [])], emitter) };
}

/** A kernel with zeros around it. */
function placed(kernel: Value, sides: Sides, { emit }: Emitter): Value {
  if (sides === NO_PADDING) return kernel;
  // Padding is of images: the kernel is passed off as one, its rows and columns where an image has them.
  const [height, width, perGroup, filters] = kernel.shape.map(Number);
  const image: ValueShape = [1, height, width, perGroup * filters];
  const [rows, columns] = [height + sides.top + sides.bottom, width + sides.left + sides.right];
  const seen = emit({ op: 'reshape' }, [kernel], image);
  const padded = emit({ op: 'pad', sides, value: 0 }, [seen], [1, rows, columns, perGroup * filters]);
  return emit({ op: 'reshape' }, [padded], [rows, columns, perGroup, filters]);
}

function required(value: Value | undefined, node: GraphNode): Value {
  if (!value) throw new Error(`${node.name} lacks a parameter`);
  return value;
}
