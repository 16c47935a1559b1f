/**
 * Trains a network for a few steps and prints, as JSON, the bytes that were estimated and the most that the process
 * held. Run as a process of its own: what earlier work held would count too.
 */
import type { Precision, Statistics, TrainingOptions } from '../../src/engine/backend';
import { networkOf, type Kind, type NetworkName } from '../bench/our-steps';
import { createPortableBackend } from '../../src/engine/portable/backend';
import { peakBytes } from '../../src/files/process-memory';
import { nativeBackend } from './native';
import { NetworkBuilder } from './networks';

async function main(args: readonly string[]): Promise<void> {
  const network = networkOf(args[0] as NetworkName, args[1] as Kind);
  const options: TrainingOptions = {
    batch: Number(args[2]),
    statistics: args[3] as Statistics,
    precision: args[4] as Precision,
    loss: 'categorical',
    labelSmoothing: 0,
    seed: 1,
    optimiser: { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 },
  };
  const backend = await (args[5] === 'portable' ? createPortableBackend() : nativeBackend());
  const session = backend.training(network, options);
  const input = new NetworkBuilder(2).values(options.batch, 32, 32, 3);
  const targets = Float32Array.from({ length: options.batch * 10 }, (_, i) => Number(i % 10 === 0));
  for (let i = 0; i < 2; i++) session.step(input, targets, 1e-6);
  const estimate = backend.memory?.(network, options, 1);
  console.log(JSON.stringify({ estimate, peak: peakBytes() }));
}

void main(process.argv.slice(2));
