/**
 * Trains networks for a few steps on the repeatable backend and prints a digest of each one's losses, weights and outputs.
 * Run as a process of its own: what differs does so from one process to the next.
 * Arguments: the network, as in `resnet8`, and the number of steps.
 */
import { createHash } from 'node:crypto';
import type { Network, Precision, TrainingOptions } from '../../src/engine/backend';
import { createTensorflowBackend } from '../../src/engine/tensorflow/backend';
import { networkOf, type NetworkName } from '../bench/our-steps';
import { nativeLibraries } from './native';
import { NetworkBuilder } from './networks';

/** Operators of our own: none, sums of norms, and convolutions too, wherever they are faster. */
const OWN = { none: [false, false], norms: [true, false], all: [true, true] } as const;
const BATCH = 8;

interface Case {
  readonly kind: 'plain' | 'acnet';
  readonly own: keyof typeof OWN;
  readonly precision: Precision;
}

function digest(network: Network, { own, precision }: Case, steps: number): string {
  const [ownOperators, convolutionsPay] = OWN[own];
  const backend = createTensorflowBackend({
    ...nativeLibraries(),
    ownOperators,
    convolutionsPay,
  }).repeatable?.();
  if (!backend) throw new Error('no repeatable backend');
  const options: TrainingOptions = {
    ...{ batch: BATCH, loss: 'categorical', labelSmoothing: 0.1, seed: 1, precision },
    optimiser: { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 },
  };
  const input = new NetworkBuilder(2).values(BATCH, 32, 32, 3);
  const targets = Float32Array.from({ length: BATCH * 10 }, (_, i) => Number(i % 11 === 0));
  const hash = createHash('sha256');
  const add = (values: Float32Array): void =>
    void hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  const training = backend.training(network, options);
  for (let i = 0; i < steps; i++) add(Float32Array.of(training.step(input, targets, 0.05)));
  const weights = training.read();
  for (const values of weights.values()) add(values);
  training.dispose();
  const inference = backend.inference(network, undefined, { fold: true });
  inference.assign(weights);
  for (const { values } of inference.run([input], BATCH)) add(values);
  inference.dispose();
  return hash.digest('hex').slice(0, 16);
}

function main([name, steps]: readonly string[]): void {
  const digests: Record<string, string> = {};
  for (const kind of ['plain', 'acnet'] as const) {
    const network = networkOf(name as NetworkName, kind);
    for (const own of ['none', 'norms', 'all'] as const) {
      digests[`${kind}, own operators: ${own}`] = digest(
        network,
        { kind, own, precision: 'float32' },
        Number(steps),
      );
    }
    digests[`${kind}, bfloat16`] = digest(
      network,
      { kind, own: 'all', precision: 'bfloat16' },
      Number(steps),
    );
  }
  console.log(JSON.stringify(digests));
}

main(process.argv.slice(2));
