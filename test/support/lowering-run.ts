/**
 * Prints, as JSON, what this TensorFlow can do, and for each network its output and the loss and gradients of a first step.
 * Run as a process of its own: which kernels TensorFlow has is settled when it is loaded.
 */
import type { TrainingOptions } from '../../src/engine/backend';
import { probeCapabilities } from '../../src/engine/tensorflow/probe';
import { nativeBackend, nativeLibraries } from './native';
import { loweringCases } from './lowering-cases';

const OPTIONS: TrainingOptions = {
  batch: 2,
  loss: 'categorical',
  labelSmoothing: 0,
  seed: 1,
  optimiser: { kind: 'sgd', momentum: 0, weightDecay: 0 },
};

async function main(): Promise<void> {
  const backend = await nativeBackend();
  const cases = loweringCases().map(({ name, network, input, targets }) => {
    const inference = backend.inference(network);
    const [{ values }] = inference.run([input], 2);
    inference.dispose();
    const session = backend.training(network, OPTIONS);
    const before = session.read();
    const loss = session.step(input, targets, 1e6);
    const after = session.read();
    session.dispose();
    const gradients = [...before].map(([tensor, old]) => {
      const now = after.get(tensor) ?? new Float32Array();
      return [tensor, Array.from(old, (v, i) => (v - now[i]) / 1e6)] as const;
    });
    return { name, output: [...values], loss, gradients };
  });
  console.log(JSON.stringify({ capabilities: probeCapabilities(nativeLibraries()), cases }));
}

void main();
