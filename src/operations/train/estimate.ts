import { createRandom } from '../../core/random';
import { sizeOf } from '../../core/tensor/tensor';
import type { Backend, Network } from '../../engine/backend';
import { stepsPerEpoch } from '../../engine/data/batches';
import type { Images } from '../../engine/data/images';
import { headOf } from '../../engine/training/head';
import { trainingOptions, type Recipe } from '../../engine/training/recipe';
import { rate, roughly } from '../backend/choose';
import { breathe, type OperationContext } from '../kit/context';
import type { Arm } from '../../contract/results';

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
  readonly training: Images;
  readonly evaluation: Images;
}

/** Steps before the one that is measured: code is compiled while it first runs. */
const WARM_UP = 2;

/**
 * Runs a few batches of random numbers through each arm, decodes a few images, and tells how long the job will take.
 * Images are decoded beside the steps: only what takes longer than these counts, in the first epoch, and in the later
 * ones where not all images can be kept.
 * @returns a sentence, as in `about 12 min on this backend (baseline 420 images a second, acnet 190 images a second;
 * images are decoded at 9000 a second)`
 */
export async function estimateTraining(
  backend: Backend,
  arms: readonly PacedArm[],
  size: JobSize,
  context: Pick<OperationContext, 'signal'>,
): Promise<string> {
  const { recipe, training, evaluation } = size;
  const steps = stepsPerEpoch(training.count, recipe) * recipe.epochs;
  const decoding = await secondsOfDecoding(training, recipe.batch);
  const paces: Pace[] = [];
  for (const { arm, network, trained } of arms) {
    await breathe(context);
    const step = trained ? secondsOfStep(backend, network, recipe) : undefined;
    paces.push({ arm, step, image: secondsOfImage(backend, network, recipe.batch) });
  }
  let seconds = secondsOfWaiting(paces, decoding, size);
  for (const { arm, step, image } of paces) {
    // Before training and after each epoch; the fused network costs about as much as the baseline.
    const evaluations = (step === undefined ? 1 : recipe.epochs + 1) + (arm === 'baseline' ? 1 : 0);
    seconds += steps * (step ?? 0) + evaluation.count * image * evaluations;
  }
  const rates = paces.flatMap(({ arm, step }) =>
    step === undefined ? [] : [`${arm} ${rate(recipe.batch / step)} images a second`],
  );
  const decoded = `images are decoded at ${rate(1 / decoding)} a second`;
  return `about ${roughly(seconds)} on this backend (${rates.join(', ')}; ${decoded})`;
}

/** Seconds that one arm takes. */
interface Pace {
  readonly arm: Arm;
  /** Of a step; absent for an arm that is evaluated only. */
  readonly step?: number;
  /** Of an evaluated image. */
  readonly image: number;
}

/** What steps and evaluations wait for images. Where all can be kept, what one arm decodes serves both. */
function secondsOfWaiting(paces: readonly Pace[], decoding: number, size: JobSize): number {
  const { recipe, training, evaluation } = size;
  const waits = paces.flatMap(({ step }) =>
    step === undefined ? [] : [Math.max(decoding * recipe.batch - step, 0)],
  );
  const epochs = training.keepsAll ? 1 : recipe.epochs;
  const steps = stepsPerEpoch(training.count, recipe) * epochs;
  const perStep = (training.keepsAll ? waits.slice(0, 1) : waits).reduce((sum, wait) => sum + wait, 0);
  return steps * perStep + evaluation.count * Math.max(decoding - (paces[0]?.image ?? 0), 0);
}

/** Of one image, once the decoder is there. What is decoded is kept for the training. */
async function secondsOfDecoding(images: Images, batch: number): Promise<number> {
  const places = Int32Array.from({ length: Math.min(images.count, batch + 1) }, (_, i) => i);
  await images.load(places.subarray(0, 1));
  const started = performance.now();
  await images.load(places.subarray(1));
  // Not 0, where there was but one.
  return Math.max((performance.now() - started) / 1000, 1e-6) / Math.max(places.length - 1, 1);
}

function secondsOfStep(backend: Backend, network: Network, recipe: Recipe): number {
  const { batch } = recipe;
  const head = headOf(network.graph);
  const { units } = head;
  const session = backend.training(network, trainingOptions(recipe, head));
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
