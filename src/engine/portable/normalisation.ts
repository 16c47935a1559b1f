import { withView } from './frame';
import type { Runtime, Tensor } from './runtime';

/** Mean and biased variance over all but the last axis, in float64. */
export interface ChannelStatistics {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly count: number;
}

/** Mean and variance of each channel (last axis), summed in float64. */
export function channelStatistics(rt: Runtime, x: Tensor): ChannelStatistics {
  const channels = x.shape[x.shape.length - 1];
  const values = rt.view(x);
  const count = values.length / channels;
  const mean = new Float64Array(channels);
  for (let at = 0; at < values.length; at += channels) {
    for (let c = 0; c < channels; c++) mean[c] += values[at + c];
  }
  for (let c = 0; c < channels; c++) mean[c] /= count;
  // A second pass: the difference of mean square and squared mean would lose a small variance beside a large mean.
  const variance = new Float64Array(channels);
  for (let at = 0; at < values.length; at += channels) {
    for (let c = 0; c < channels; c++) {
      const centred = values[at + c] - mean[c];
      variance[c] += centred * centred;
    }
  }
  for (let c = 0; c < channels; c++) variance[c] /= count;
  return { mean, variance, count };
}

/** (x − mean) · γ / √(variance + ε) + β */
export function normaliseInference(rt: Runtime, inputs: readonly Tensor[], epsilon: number): Tensor {
  const [x, gamma, beta, mean, variance] = inputs;
  const scale = Float64Array.from(rt.view(variance), (value) => 1 / Math.sqrt(value + epsilon));
  return normalise(rt, [x, gamma, beta], Float64Array.from(rt.view(mean)), scale);
}

/** Normalises by the batch. Outputs as the primitive has them: y, mean, unbiased variance, three for the gradient. */
export function normaliseTraining(rt: Runtime, inputs: readonly Tensor[], epsilon: number): Tensor[] {
  const { mean, variance, count } = channelStatistics(rt, inputs[0]);
  const inverse = variance.map((value) => 1 / Math.sqrt(value + epsilon));
  const unbiased = variance.map((value) => (value * count) / Math.max(count - 1, 1));
  const vector = (values: Float64Array): Tensor => rt.fill([values.length], (to) => to.set(values));
  const y = normalise(rt, inputs, mean, inverse);
  const means = vector(mean);
  return [y, means, vector(unbiased), rt.alias(means), vector(inverse), rt.alias(means)];
}

function normalise(
  rt: Runtime,
  [x, gamma, beta]: readonly Tensor[],
  mean: Float64Array,
  inverse: Float64Array,
): Tensor {
  const scale = Float64Array.from(rt.view(gamma), (value, c) => value * inverse[c]);
  const shift = Float64Array.from(rt.view(beta));
  const channels = scale.length;
  return withView(rt, x, x.shape, (from, to) => {
    for (let at = 0; at < from.length; at += channels) {
      for (let c = 0; c < channels; c++) to[at + c] = (from[at + c] - mean[c]) * scale[c] + shift[c];
    }
  });
}

/** (dy, x, γ, mean, 1/√(variance + ε), –) → dx, dγ, dβ */
export function normaliseGradient(rt: Runtime, inputs: readonly Tensor[]): Tensor[] {
  const [dy, x, gamma, means, inverses] = inputs;
  const channels = gamma.shape[0];
  const mean = Float64Array.from(rt.view(means));
  const inverse = Float64Array.from(rt.view(inverses));
  const dGamma = new Float64Array(channels);
  const dBeta = new Float64Array(channels);
  const dx = rt.make(x.shape);
  const [gradient, values, result] = [dy, x, dx].map((tensor) => rt.view(tensor));
  for (let at = 0; at < values.length; at += channels) {
    for (let c = 0; c < channels; c++) {
      dBeta[c] += gradient[at + c];
      dGamma[c] += gradient[at + c] * (values[at + c] - mean[c]);
    }
  }
  for (let c = 0; c < channels; c++) dGamma[c] *= inverse[c];
  const count = values.length / channels;
  const scale = Float64Array.from(rt.view(gamma), (value, c) => value * inverse[c]);
  const slope = dGamma.map((value, c) => (value * inverse[c]) / count);
  const offset = dBeta.map((value) => value / count);
  for (let at = 0; at < values.length; at += channels) {
    for (let c = 0; c < channels; c++) {
      const centred = values[at + c] - mean[c];
      result[at + c] = scale[c] * (gradient[at + c] - offset[c] - centred * slope[c]);
    }
  }
  const vector = (sums: Float64Array): Tensor => rt.fill([channels], (to) => to.set(sums));
  return [dx, vector(dGamma), vector(dBeta)];
}

/** Sums over all but the last axis. */
export function channelSums(rt: Runtime, x: Tensor): Tensor {
  const channels = x.shape[x.shape.length - 1];
  const values = rt.view(x);
  const sums = new Float64Array(channels);
  for (let at = 0; at < values.length; at += channels) {
    for (let c = 0; c < channels; c++) sums[c] += values[at + c];
  }
  return rt.fill([channels], (to) => to.set(sums));
}

/** (dy, x, γ, mean, variance) → dx, dγ, dβ under fixed statistics. */
export function fixedNormaliseGradient(rt: Runtime, inputs: readonly Tensor[], epsilon: number): Tensor[] {
  const [dy, x, gamma, means, variances] = inputs;
  const mean = Float64Array.from(rt.view(means));
  const inverse = Float64Array.from(rt.view(variances), (value) => 1 / Math.sqrt(value + epsilon));
  const scale = Float64Array.from(rt.view(gamma), (value, c) => value * inverse[c]);
  const channels = mean.length;
  const dGamma = new Float64Array(channels);
  const dBeta = new Float64Array(channels);
  const dx = rt.make(x.shape);
  const [gradient, values, result] = [dy, x, dx].map((tensor) => rt.view(tensor));
  for (let at = 0; at < values.length; at += channels) {
    for (let c = 0; c < channels; c++) {
      result[at + c] = scale[c] * gradient[at + c];
      dGamma[c] += gradient[at + c] * (values[at + c] - mean[c]) * inverse[c];
      dBeta[c] += gradient[at + c];
    }
  }
  return [dx, ...[dGamma, dBeta].map((sums) => rt.fill([channels], (to) => to.set(sums)))];
}
