import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../../../core/errors';
import { parsePlainJson } from '../../../core/encodings/json';
import { shortName, wholeOf, type Dataset, type Samples } from '../../../engine/data/dataset';
import type { OwnFolder } from '../../../files/own-folder';
import { leftOutImage } from '../../../contract/results/training';
import type { LeftOutImage } from '../../../contract/results';
import { IMAGES } from '../../job/folder';
import { hasStates } from './folder';

/** Five million names. */
const LIMIT = 256 * 2 ** 20;

/** Names shown in an error. */
const SHOWN = 5;

const list = z.object({ names: z.array(z.string()), labels: z.array(z.int().nonnegative()) });
const begunImages = z.object({
  /** One, or two where the data have two parts of their own: their images before they are split and drawn from. */
  lists: z.array(list).min(1).max(2),
  leftOut: z.array(leftOutImage),
});

/** The images that a run began with, by their names in the data. */
export type BegunImages = z.infer<typeof begunImages>;

/** Keeps the images of a run that begins. Those that lie in one file are known by its digest. */
export async function keepImages(
  folder: OwnFolder,
  dataset: Dataset,
  leftOut: readonly LeftOutImage[],
): Promise<void> {
  const samples = listsOf(dataset);
  if (!samples.every(({ inFiles }) => inFiles)) return;
  const lists = samples.map((each) => ({ names: namesOf(dataset, each), labels: [...each.labels] }));
  await folder.replace(IMAGES, `${JSON.stringify({ lists, leftOut })}\n`);
}

/**
 * The images that the run in a folder began with; undefined where there is nothing to go on from, or an earlier version
 * kept no list.
 * @throws UserError in one line when the list is damaged
 */
export function imagesToResume(folder: OwnFolder): BegunImages | undefined {
  const text = hasStates(folder) ? folder.read(IMAGES, LIMIT) : undefined;
  if (text === undefined) return undefined;
  try {
    return begunImages.parse(parsePlainJson(text, {}));
  } catch {
    throw new UserError('the list of the run’s images is damaged; --overwrite starts anew', {
      path: folder.at(IMAGES),
    });
  }
}

/**
 * The images with which a run goes on: those that it began with, in their order. One that it had left out may be gone, or
 * be repaired: it keeps its place, so that the split and what is drawn stay the same.
 * @throws UserError naming the first images that differ
 */
export function continuedImages(opened: Dataset, { lists, leftOut }: BegunImages): Dataset {
  const mayMiss = new Set(leftOut.map(({ image }) => image));
  const present = listsOf(opened);
  const matched = present.map((samples, i) => matchOf(opened, samples, lists[i] ?? NOTHING, mayMiss));
  const all = (kind: 'missing' | 'added' | 'relabelled'): string[] => matched.flatMap((match) => match[kind]);
  const different = [
    ...naming('missing', all('missing')),
    ...naming('new', all('added')),
    ...naming('with another label', all('relabelled')),
  ];
  if (different.length > 0 || lists.length !== present.length) {
    throw new UserError(
      'the run began with other images and is not continued; give it the same images again, or --overwrite starts anew',
      { path: opened.path, found: different.join('; ') || 'another division into parts' },
    );
  }
  const [training = opened.training, evaluation = training] = matched.map(({ samples }) => samples);
  return { ...opened, training, evaluation };
}

type List = z.infer<typeof list>;
const NOTHING: List = { names: [], labels: [] };

function listsOf({ split, training, evaluation }: Dataset): Samples[] {
  return split === 'given' ? [wholeOf(training), wholeOf(evaluation)] : [wholeOf(training)];
}

function namesOf(dataset: Dataset, samples: Samples): string[] {
  return Array.from({ length: samples.count }, (_, i) => shortName(dataset, samples.nameOf(i)));
}

/** A list of the run beside what is there now. */
interface Match {
  readonly samples: Samples;
  readonly missing: readonly string[];
  readonly added: readonly string[];
  readonly relabelled: readonly string[];
}

function matchOf(dataset: Dataset, present: Samples, then: List, mayMiss: ReadonlySet<string>): Match {
  const now = namesOf(dataset, present);
  const places = new Map(now.map((name, place) => [name, place]));
  const known = new Set(then.names);
  const at = then.names.map((name) => places.get(name));
  return {
    samples: inOrder(dataset, present, then, at),
    missing: then.names.filter((name, i) => at[i] === undefined && !mayMiss.has(name)),
    added: now.filter((name) => !known.has(name)),
    relabelled: then.names.filter((_, i) => at[i] !== undefined && present.labels[at[i]] !== then.labels[i]),
  };
}

/** The images of the run by their places now; one that is gone has a name only. */
function inOrder(
  dataset: Dataset,
  present: Samples,
  { names, labels }: List,
  at: readonly (number | undefined)[],
): Samples {
  if (present.count === at.length && at.every((place, i) => place === i)) return present;
  const { base = dataset.path } = dataset;
  return {
    count: at.length,
    labels: Int32Array.from(labels),
    inFiles: present.inFiles,
    nameOf: (index) => {
      const place = at[index];
      return place === undefined ? path.join(base, names[index] ?? '') : present.nameOf(place);
    },
    picture: (index) => present.picture(at[index] ?? -1),
  };
}

function naming(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length - SHOWN;
  return [`${what}: ${names.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}
