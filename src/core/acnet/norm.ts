import { tensorNameOf } from '../graph/node';
import { CheckpointError } from '../errors';
import { item } from '../item';
import type { NodeOf } from '../graph/graph';
import { tensorOf, type TensorRef } from '../tensor/tensor';

/** What a batch norm does at inference, per channel: y = scale · x + shift. */
export interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

type Tensors = ReadonlyMap<string, TensorRef>;

/** Reads a parameter of a node; undefined when the node has none of that role. */
export function parameterOf(
  { parameters }: { readonly parameters: Readonly<Record<string, string>> },
  role: string,
  tensors: Tensors,
): Float32Array | undefined {
  return tensors.get(parameters[role] ?? '')?.readFloat32();
}

/** The inference transform of a batch norm in float64. @throws CheckpointError if variance + ε is not positive. */
export function affineOf(batchNorm: NodeOf<'batchNorm'>, tensors: Tensors): Affine {
  const variance = parameterOf(batchNorm, 'variance', tensors) ?? new Float32Array();
  const mean = parameterOf(batchNorm, 'mean', tensors);
  const gamma = parameterOf(batchNorm, 'gamma', tensors);
  const beta = parameterOf(batchNorm, 'beta', tensors);
  const { epsilon } = batchNorm.attributes;
  if (!Number.isFinite(epsilon)) {
    throw new CheckpointError('the ε of a batch norm is not a number', {
      where: batchNorm.name,
      found: String(epsilon),
    });
  }
  const scale = Float64Array.from(variance, (v, i) => {
    const spread = v + epsilon;
    if (!(spread > 0)) {
      throw new CheckpointError('a variance is negative', {
        where: `${tensorNameOf(batchNorm, 'variance')}[${i}]`,
        found: String(v),
        expected: `above −${epsilon}`,
      });
    }
    return (gamma?.[i] ?? 1) / Math.sqrt(spread);
  });
  const shift = scale.map((a, i) => (beta?.[i] ?? 0) - (mean?.[i] ?? 0) * a);
  return { scale, shift };
}

/**
 * The variance for which a batch norm with γ = 1 divides by 1: float32(1 − ε), so that the float32 sum with
 * ε rounds to exactly 1 (the rounding error of 1 − ε is at most 2⁻²⁵, half a step below 1).
 */
export function unitVariance(epsilon: number): number {
  return Math.max(0, Math.fround(1 - Math.fround(epsilon)));
}

/** True if a batch norm divides by 1: how an inserted or fused one looks before data was measured. */
export function isUnmeasured(batchNorm: NodeOf<'batchNorm'>, tensors: Tensors): boolean {
  const variance = parameterOf(batchNorm, 'variance', tensors);
  const { epsilon } = batchNorm.attributes;
  // float32(1 − ε) lies within 2⁻²⁵ of 1 − ε; an untrained variance of 1 lies ε away.
  return !!variance?.every((v) => Math.abs(v + epsilon - 1) <= epsilon / 2);
}

/** Statistics of a batch norm's input: per channel, or one number for all. */
export interface NormStatistics {
  readonly mean: ArrayLike<number> | number;
  readonly variance: ArrayLike<number> | number;
}

/**
 * Gives a batch norm new statistics, and the γ and β under which it computes y = scale · x + shift with them; both are added
 * where absent.
 * @returns its parameters
 */
export function setAffine(
  node: NodeOf<'batchNorm'>,
  { scale, shift }: Affine,
  statistics: NormStatistics,
  tensors: Map<string, TensorRef>,
): Readonly<Record<string, string>> {
  const { epsilon } = node.attributes;
  const { gamma = `${node.name}/gamma`, beta = `${node.name}/beta` } = node.parameters;
  // Statistics are stored in float32: γ and β are made for what is stored.
  const stored = (values: ArrayLike<number> | number): Float32Array =>
    typeof values === 'number' ? new Float32Array(scale.length).fill(values) : Float32Array.from(values);
  const [mean, variance] = [stored(statistics.mean), stored(statistics.variance)];
  const scales = scale.map((a, i) => a * Math.sqrt(item(variance, i) + epsilon));
  const shifts = shift.map((b, i) => b + item(scale, i) * item(mean, i));
  tensors.set(gamma, vector(gamma, scales));
  tensors.set(beta, vector(beta, shifts));
  tensors.set(tensorNameOf(node, 'mean'), vector(tensorNameOf(node, 'mean'), mean));
  tensors.set(tensorNameOf(node, 'variance'), vector(tensorNameOf(node, 'variance'), variance));
  return { ...node.parameters, gamma, beta };
}

/** A float32 tensor of one axis made of float64 values. */
export function vector(name: string, values: ArrayLike<number>): TensorRef {
  return tensorOf(name, [values.length], Float32Array.from(values));
}

/** A tensor of one repeated number. */
export function constant(name: string, length: number, value: number): TensorRef {
  return tensorOf(name, [length], new Float32Array(length).fill(value));
}

/** Batch-norm parameter role to the name of its tensor, as Keras calls it. */
export const BATCH_NORM_TENSORS = {
  gamma: 'gamma',
  beta: 'beta',
  mean: 'moving_mean',
  variance: 'moving_variance',
} as const;
