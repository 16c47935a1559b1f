import { createRandom } from '../core/random';
import { sizeOf } from '../core/tensor/tensor';
import type { Backend, Network } from '../engine/backend';
import { stepsPerEpoch } from '../engine/data/batches';
import { headOf } from '../engine/training/head';
import type { Recipe } from '../engine/training/loop';
import { rate, roughly } from './choose-backend';
import { breathe, type OperationContext } from './context';
import type { Arm } from './results';

/** An arm whose pace is measured. */
export interface PacedArm {
  readonly arm: Arm;
  readonly network: Network;
  /** False: evaluated only. */
  readonly trained: boolean;
}

/** How much the job has to do. */
export interface JobSize {
  readonly recipe: Recipe;
  readonly training: number;
  readonly evaluation: number;
}

/** Steps before the one that is measured: code is compiled while it first runs. */
const WARM_UP = 2;

/**
 * Runs a few batches of random numbers through each arm and tells how long the job will take.
 * @returns a sentence, as in `about 12 min on this backend (baseline 420 images a second, acnet 190)`
 */
export async function estimateTraining(
  backend: Backend,
  arms: readonly PacedArm[],
  size: JobSize,
  context: Pick<OperationContext, 'signal'>,
): Promise<string> {
  const { recipe, training, evaluation } = size;
  const steps = stepsPerEpoch(training, recipe.batch) * recipe.epochs;
  const paces: string[] = [];
  let seconds = 0;
  for (const { arm, network, trained } of arms) {
    await breathe(context);
    const step = trained ? secondsOfStep(backend, network, recipe) : 0;
    const image = secondsOfImage(backend, network, recipe.batch);
    if (trained) paces.push(`${arm} ${rate(recipe.batch / step)} images a second`);
    // Before training and after each epoch; the fused network costs about as much as the baseline.
    seconds += steps * step + evaluation * image * (trained ? recipe.epochs + 1 : 1);
    if (arm === 'baseline') seconds += evaluation * image;
  }
  return `about ${roughly(seconds)} on this backend (${paces.join(', ')})`;
}

function secondsOfStep(backend: Backend, network: Network, recipe: Recipe): number {
  const { batch, optimiser, labelSmoothing, seed } = recipe;
  const { loss, units } = headOf(network.graph);
  const session = backend.training(network, { batch, optimiser, labelSmoothing, seed, loss });
  try {
    const input = randomInput(network, batch);
    const targets = Float32Array.from({ length: batch * units }, (_, i) => (i % units === 0 ? 1 : 0));
    return secondsOf(() => session.step(input, targets, 0));
  } finally {
    session.dispose();
  }
}

function secondsOfImage(backend: Backend, network: Network, batch: number): number {
  const session = backend.inference(network, [headOf(network.graph).logits]);
  try {
    const input = randomInput(network, batch);
    return secondsOf(() => session.run([input], batch)) / batch;
  } finally {
    session.dispose();
  }
}

function secondsOf(work: () => unknown): number {
  for (let i = 0; i < WARM_UP; i++) work();
  const started = performance.now();
  work();
  return (performance.now() - started) / 1000;
}

function randomInput({ graph }: Network, batch: number): Float32Array {
  const random = createRandom(1);
  const shape = graph.shapes.get(graph.inputs[0]) ?? [];
  return Float32Array.from({ length: sizeOf([batch, ...shape.slice(1).map(Number)]) }, () =>
    random.uniform(),
  );
}
