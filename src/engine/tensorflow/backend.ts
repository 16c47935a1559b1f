import { elements } from '../../core/graph/operator';
import type { Backend, MomentsSession, Network, Precision, StepProfile, TrainingOptions } from '../backend';
import type { LoadedNative } from '../native/load';
import { withSessionOptions } from '../native/session-options';
import { planInference, planMoments } from '../plan/inference';
import type { TrainingPlan } from '../plan/plan';
import { planTraining, type PlanChoices } from '../plan/training';
import { trainingMemory } from '../plan/training-memory';
import { unsupportedOperators } from '../plan/unsupported';
import { PlannedMoments } from '../plan/moments-session';
import type { Capabilities } from './capabilities';
import { convolutionTarget, inferenceTarget } from './convolution';
import { TensorflowInference } from './inference-session';
import { medianSeconds, timeConvolution, timeOperators } from './profile';
import { probeCapabilities } from './probe';
import { TensorflowTraining } from './training-session';

/**
 * Measured peaks of ResNet-20, VGG-like and 5×5 networks at batches of 32 to 256 are within a factor of 1.3 of what
 * follows from this. What bfloat16 computes in is cast to and from.
 */
const MEMORY = {
  float32: { process: 420 * 2 ** 20, share: 1.15 },
  bfloat16: { process: 420 * 2 ** 20, share: 1.35 },
} as const;

/** The backend that compiles a network into one TensorFlow graph and runs it in a session. */
export function createTensorflowBackend(native: LoadedNative): Backend {
  let repeatable: Backend | undefined;
  return { ...backendOf(native, true), repeatable: () => (repeatable ??= repeatableBackend(native)) };
}

/**
 * One thread, graphs that are run as they were written, and nothing chosen by the clock. Operators of our own keep their
 * threads: they add in an order of their own.
 */
function repeatableBackend(native: LoadedNative): Backend {
  const options = { threads: 1, rewrites: false };
  const binding = withSessionOptions(native, options, 'a deterministic job');
  return backendOf({ ...native, binding, threads: { intraOp: 1, interOp: 1 } }, false);
}

/** @param timed whether what is faster is found by trying */
function backendOf(native: LoadedNative, timed: boolean): Backend {
  const { binding, versions, threads } = native;
  let probed: Capabilities | undefined;
  const capabilities = (): Capabilities => (probed ??= probeCapabilities(native, timed));
  const choices = (): PlanChoices => ({ fuseNorms: capabilities().sumsOfNorms });
  const seconds = (precision: Precision): number =>
    timeConvolution(binding, convolutionTarget(precision, capabilities()));
  const count = `${threads.intraOp} thread${threads.intraOp === 1 ? '' : 's'}`;
  return {
    description: `TensorFlow ${versions.tensorflow}, ${count}`,
    inference: (network, values = network.graph.outputs, options) =>
      new TensorflowInference(
        binding,
        planInference(network, values, options),
        network.tensors,
        values,
        inferenceTarget(capabilities()),
      ),
    training: (network: Network, options: TrainingOptions) =>
      new TensorflowTraining(
        binding,
        planTraining(network, options, choices()),
        network.tensors,
        convolutionTarget(options.precision, capabilities()),
      ),
    memory: (network, options, evaluation) =>
      trainingMemory(network, options, evaluation, MEMORY[options.precision ?? 'float32'], choices()),
    profile: (network, options) => profile(binding, network, options, capabilities()),
    cost: (precision) => (precision === 'float32' ? 1 : seconds(precision) / seconds('float32')),
    moments: (network, values) => moments(binding, network, values, capabilities()),
    unsupported: ({ graph }) => unsupportedOperators(graph.nodes),
  };
}

function* profile(
  binding: LoadedNative['binding'],
  network: Network,
  options: TrainingOptions,
  capabilities: Capabilities,
): Generator<number, StepProfile> {
  const plan = planTraining(network, options, { fuseNorms: capabilities.sumsOfNorms });
  const target = convolutionTarget(options.precision, capabilities);
  const seconds = secondsOfStep(new TensorflowTraining(binding, plan, network.tensors, target), plan);
  return { seconds, operators: yield* timeOperators(binding, plan, target) };
}

function secondsOfStep(session: TensorflowTraining, plan: TrainingPlan): number {
  try {
    const [input, targets] = [plan.input, plan.targets].map(({ shape }) =>
      Float32Array.from({ length: elements(shape) ?? 0 }, (_, i) => (i % 7) / 7),
    );
    return medianSeconds(() => session.step(input, targets, 0));
  } finally {
    session.dispose();
  }
}

function moments(
  binding: LoadedNative['binding'],
  network: Network,
  values: readonly string[],
  capabilities: Capabilities,
): MomentsSession {
  const session = new TensorflowInference(
    binding,
    planMoments(network, values),
    network.tensors,
    values,
    inferenceTarget(capabilities),
  );
  const positions = values.map((name) => elements(network.graph.shapes.get(name)?.slice(1, -1) ?? []) ?? 1);
  return new PlannedMoments(session, values, positions);
}
