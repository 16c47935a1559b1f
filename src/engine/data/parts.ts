import { DataError } from '../../core/errors';
import type { Dataset, DatasetOptions, Samples } from './dataset';
import { splitSamples } from './limit';

/** What a data set has beside its images. */
type DatasetFacts = Pick<Dataset, 'path' | 'classes' | 'openEnded' | 'notes' | 'base'>;

/** The parts that were found; one of them at least. */
interface Parts {
  readonly training?: Samples;
  readonly evaluation?: Samples;
}

/** A data set of the parts that there are; a single one is both. */
export function datasetOf(facts: DatasetFacts, { training, evaluation }: Parts): Dataset {
  if (training && evaluation) return { ...facts, training, evaluation, split: 'given' };
  const all = training ?? evaluation;
  if (!all) throw new DataError('there are no images', { path: facts.path });
  return { ...facts, training: all, evaluation: all, split: 'none' };
}

/** The data set with a single part split by the seed, where a share is asked for. */
export function splitDataset(dataset: Dataset, { validation, seed = 0 }: DatasetOptions): Dataset {
  const all = dataset.training;
  if (dataset.split !== 'none' || validation === undefined || all.count < 2) return dataset;
  return { ...dataset, ...splitSamples(all, validation, seed), split: 'share' };
}

/** More classes are refused: ImageNet in whole has 21,841. */
export const MAX_CLASSES = 100_000;

/** Names of classes that are numbers from 0. */
export function numberedClasses(count: number): string[] {
  return Array.from({ length: count }, (_, label) => String(label));
}

/** Parts of a data set, by the words that files and columns use for them. */
export type PartName = 'training' | 'validation' | 'test';

const PART_WORDS: ReadonlyMap<string, PartName> = new Map([
  ...['train', 'training'].map((word) => [word, 'training'] as const),
  ...['val', 'valid', 'validation', 'dev'].map((word) => [word, 'validation'] as const),
  ...['test', 'testing'].map((word) => [word, 'test'] as const),
]);

/** Every word for a part of a dataset, for error messages. */
export const PART_NAMES = [...PART_WORDS.keys()].join(', ');

/** The part that a word names, in any case. */
export function partNamed(word: string): PartName | undefined {
  return PART_WORDS.get(word.toLowerCase());
}

/** Says so where a test part lies unused, as it does beside a validation part. */
export function unusedTest(count: number): string {
  return count === 1
    ? '1 test image is left out: evaluation is on the validation part'
    : `${count} test images are left out: evaluation is on the validation part`;
}
