import { DataError } from '../../core/errors';
import { headOf } from '../../engine/training/head';
import type { Recipe } from '../../engine/training/recipe';
import type { Job } from '../job/job';
import type { Network } from '../../engine/backend';

/**
 * The recipe with the weights of classes that a job asks for. Balanced: the images of a class together count as much as those
 * of another; a class of no images has 1.
 * @throws DataError unless there is one for each class of the network
 */
export function withClassWeights(
  recipe: Recipe,
  { classWeights }: Pick<Job, 'classWeights'>,
  { graph }: Network,
  labels: Int32Array,
): Recipe {
  if (classWeights === undefined) return recipe;
  const { loss, units } = headOf(graph);
  const classes = loss === 'binary' ? 2 : units;
  if (classWeights === 'balanced') return { ...recipe, classWeights: balanced(labels, classes) };
  if (classWeights.length !== classes) {
    throw new DataError('"classWeights" must have one weight for each class of the network', {
      found: String(classWeights.length),
      expected: String(classes),
    });
  }
  return { ...recipe, classWeights };
}

function balanced(labels: Int32Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count === 0 ? 1 : labels.length / (present * count)));
}
