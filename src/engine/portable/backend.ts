import { UnsupportedError } from '../../core/errors';
import { elements } from '../../core/graph/operator';
import type { Backend, Network } from '../backend';
import { planInference, planMoments } from '../plan/inference';
import type { Plan } from '../plan/plan';
import { planTraining } from '../plan/training';
import { trainingMemory } from '../plan/training-memory';
import { unsupportedOperators } from '../plan/unsupported';
import { PlannedMoments } from '../plan/moments-session';
import { PortableInference } from './inference-session';
import { EXECUTABLE } from './primitives';
import { loadRuntime, VERSION, type Runtime } from './runtime';
import { PortableTraining } from './training-session';
import { operatorsBeyond } from './unsupported';

/** Measured peaks of ResNet-20 and a 5×5 network at batches of 8 and 32 are within a factor of 1.3 of what follows. */
const MEMORY = { process: 110 * 2 ** 20, share: 1.15 } as const;

/**
 * The backend that needs nothing but Node: runs plans step by step on TensorFlow.js's WebAssembly kernels, in one
 * thread. Slower than TensorFlow by about an order of magnitude.
 */
export async function createPortableBackend(): Promise<Backend> {
  const rt = await loadRuntime();
  return {
    description: `portable (TensorFlow.js ${VERSION}, WebAssembly), 1 thread`,
    portable: true,
    inference: (network, values = network.graph.outputs) =>
      new PortableInference(rt, executable(planInference(network, values)), network.tensors, values),
    training: (network, options) =>
      new PortableTraining(rt, executable(planTraining(network, options)), network.tensors),
    memory: (network, options, evaluation) => trainingMemory(network, options, evaluation, MEMORY),
    moments: (network, values) => moments(rt, network, values),
    unsupported: (network) => [
      ...unsupportedOperators(network.graph.nodes),
      ...operatorsBeyond(network, EXECUTABLE),
    ],
  };
}

function moments(rt: Runtime, network: Network, values: readonly string[]): PlannedMoments {
  const plan = executable(planMoments(network, values));
  const session = new PortableInference(rt, plan, network.tensors, values);
  const positions = values.map((name) => elements(network.graph.shapes.get(name)?.slice(1, -1) ?? []) ?? 1);
  return new PlannedMoments(session, values, positions);
}

/** @throws UnsupportedError naming the steps that only TensorFlow can do. */
function executable<P extends Plan>(plan: P): P {
  const missing = plan.steps.map(({ primitive }) => primitive.op).filter((op) => !EXECUTABLE.has(op));
  if (missing.length === 0) return plan;
  throw new UnsupportedError('the portable backend cannot do this; TensorFlow can', {
    found: [...new Set(missing)].join(', '),
  });
}
