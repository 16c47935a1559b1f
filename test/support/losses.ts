import type { Loss, Network } from '../../src/engine/backend';
import { runReference, type ReferenceOptions, type Tensor } from './reference';

/** The mean loss of a batch in float64, from logits. Targets are as they are fed, smoothing done by the caller. */
function referenceLoss(logits: Tensor, targets: ArrayLike<number>, loss: Loss): number {
  const [batch, units] = logits.shape;
  let total = 0;
  for (let row = 0; row < batch; row++) {
    const x = logits.data.subarray(row * units, (row + 1) * units);
    const z = Array.from({ length: units }, (_, i) => targets[row * units + i]);
    if (loss === 'categorical') {
      const largest = x.reduce((a, b) => Math.max(a, b), -Infinity);
      const logSum = largest + Math.log(x.reduce((sum, v) => sum + Math.exp(v - largest), 0));
      total -= z.reduce((sum, target, i) => sum + target * (x[i] - logSum), 0) / batch;
    } else {
      const each = z.map((t, i) => Math.max(x[i], 0) - x[i] * t + Math.log1p(Math.exp(-Math.abs(x[i]))));
      total += each.reduce((a, b) => a + b, 0) / (batch * units);
    }
  }
  return total;
}

export interface LossCase {
  readonly network: Network;
  /** The value that is the logits. */
  readonly logits: string;
  readonly input: Tensor;
  readonly targets: ArrayLike<number>;
  readonly loss: Loss;
  /** Batch norms use their own statistics, not the batch's. */
  readonly frozen?: boolean;
}

/** Loss of the network in training mode, with some weights replaced. */
export function networkLoss(
  { network, logits, input, targets, loss, frozen = false }: LossCase,
  weights?: ReferenceOptions['weights'],
): number {
  const value = runReference(network, [input], { training: !frozen, weights }).get(logits);
  if (!value) throw new Error(`no value ${logits}`);
  return referenceLoss(value, targets, loss);
}

/**
 * Gradient of the loss by some elements of one weight, by central differences in float64.
 * @param elements indices to differentiate by
 */
export function numericalGradient(test: LossCase, name: string, elements: readonly number[]): number[] {
  const tensor = test.network.tensors.get(name);
  if (!tensor) throw new Error(`no tensor ${name}`);
  const step = 1e-6;
  const at = (element: number, change: number): number => {
    const data = Float64Array.from(tensor.readFloat32());
    data[element] += change;
    return networkLoss(test, new Map([[name, data]]));
  };
  return elements.map((element) => (at(element, step) - at(element, -step)) / (2 * step));
}
