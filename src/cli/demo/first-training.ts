import type { Checkpoint } from '../../core/checkpoint';
import { kerasCheckpoint } from '../../core/formats/keras/write/create';
import { writeCheckpoint } from '../../core/formats/registry';
import { makeGraph } from '../../core/graph/build';
import { tensorOf, type TensorRef } from '../../core/tensor/tensor';
import type { Weights } from '../../engine/backend';
import type { Dataset } from '../../engine/data/dataset';
import { Images } from '../../engine/data/images';
import { preprocessingFor } from '../../engine/data/preprocessing';
import { headOf } from '../../engine/training/head';
import { trainNetwork } from '../../engine/training/loop';
import type { Recipe } from '../../engine/training/recipe';
import { writeAtomically } from '../../files/atomic';
import { breathe, type OperationContext } from '../../operations/kit/context';
import { mnistNetwork } from './network';

const RECIPE: Recipe = {
  epochs: 3,
  batch: 128,
  learningRate: 0.05,
  schedule: { kind: 'cosine' },
  warmup: 0.2,
  optimiser: { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 },
  labelSmoothing: 0,
  augmentation: { padCrop: 2, flip: false },
  seed: 1,
};

/**
 * Makes the network that the demonstration starts from: random weights, trained on the data, written to `path` as
 * a Keras archive. It stands for the checkpoint that a user already has.
 */
export async function trainFirstNetwork(
  path: string,
  dataset: Dataset,
  context: OperationContext,
  onEpoch: (epoch: number, loss: number) => void,
): Promise<void> {
  const { parts, tensors } = mnistNetwork(RECIPE.seed);
  const graph = makeGraph(parts, tensors);
  const preprocessing = preprocessingFor({ graph, tensors }, {});
  const data = { images: new Images(dataset.training, preprocessing), preprocessing };
  const weights = await trainNetwork(
    await context.backend(),
    { network: { graph, tensors }, head: headOf(graph), data, recipe: RECIPE },
    {
      pause: () => breathe(context),
      onStep: ({ step }) => {
        const total = RECIPE.epochs * Math.floor(data.images.count / RECIPE.batch);
        context.onProgress({ phase: 'first training', done: step, total });
      },
      onEpoch: async ({ epoch, loss }) => Promise.resolve(onEpoch(epoch, loss)),
    },
  );
  const checkpoint: Checkpoint = kerasCheckpoint(parts, trained(tensors, weights), { path, name: 'mnist' });
  await writeAtomically(path, (sink) => writeCheckpoint(checkpoint, sink), { overwrite: true });
}

/** The tensors with what training made of them. */
function trained(tensors: ReadonlyMap<string, TensorRef>, weights: Weights): Map<string, TensorRef> {
  const result = new Map(tensors);
  for (const [name, values] of weights) {
    const before = tensors.get(name);
    if (before) result.set(name, tensorOf(name, before.shape, values));
  }
  return result;
}
