import { DataError } from '../../core/errors';
import { findDamaged } from '../../engine/data/damaged';
import { shortName, withoutImages, type Dataset, type Samples } from '../../engine/data/dataset';
import { Images } from '../../engine/data/images';
import { limitSamples } from '../../engine/data/limit';
import type { Preprocessing } from '../../engine/data/preprocessing';
import { requireBatch } from '../../engine/training/loop';
import type { LeftOutImage } from '../../contract/results';
import { namesOfLeftOut } from '../../shared/left-out';
import { counted } from '../../shared/numbers';
import type { Job } from '../job/job';
import { splitSeed } from '../job/split-seed';
import { breathe, type OperationContext } from '../kit/context';
import { Meter } from '../kit/meter';

/** Damaged images that are left out where the job does not say how many; and the share of all images. */
const MOST = 10;
const MOST_SHARE = 0.01;

/** A job's images without the damaged ones. */
export interface SoundImages {
  readonly dataset: Dataset;
  /** What is trained on: as many as the job's limit allows, drawn before damaged ones are left out. */
  readonly training: Samples;
  readonly leftOut: readonly LeftOutImage[];
}

/**
 * Decodes every image of a job before its first step, and leaves out those that cannot be decoded. Where all images can be
 * kept in memory none is decoded again; else this takes as long as the decoding of one epoch.
 * @param earlier where a run is continued, what it has left out: the same again, whether or not it was repaired
 * @throws DataError naming the first ones where there are too many; where a run is continued, that is one
 */
export async function soundImages(
  { dataset, preprocessing }: { readonly dataset: Dataset; readonly preprocessing: Preprocessing },
  job: Job,
  context: OperationContext,
  earlier?: readonly LeftOutImage[],
): Promise<SoundImages> {
  const without = (samples: Samples, leftOut: readonly LeftOutImage[]): Samples =>
    soundOf(dataset, samples, leftOut);
  const drawn = limitSamples(dataset.training, job.data.limit, splitSeed(job));
  const parts = [drawn, dataset.evaluation].map((part) => without(part, earlier ?? []));
  const found = await damagedAmong(parts, { dataset, preprocessing }, job, context);
  if (earlier && found.length > 0) {
    throw new DataError(
      'images of the run cannot be decoded any more; repair them, or --overwrite starts anew',
      { path: dataset.path, found: namesOfLeftOut(found) },
    );
  }
  const leftOut = earlier ?? found;
  const [training = drawn, evaluation = dataset.evaluation] = parts.map((part) => without(part, found));
  if (evaluation.count === 0) {
    throw new DataError('no image for evaluation can be decoded', {
      path: dataset.path,
      found: namesOfLeftOut(found),
    });
  }
  requireBatch(training.count, job);
  return { dataset: withoutLeftOut(dataset, leftOut), training, leftOut };
}

/** The data set without the images that a run leaves out. */
export function withoutLeftOut(dataset: Dataset, leftOut: readonly LeftOutImage[]): Dataset {
  const [training, evaluation] = [dataset.training, dataset.evaluation].map((part) =>
    soundOf(dataset, part, leftOut),
  );
  return { ...dataset, training, evaluation };
}

function soundOf(dataset: Dataset, samples: Samples, leftOut: readonly LeftOutImage[]): Samples {
  const names = new Set(leftOut.map(({ image }) => image));
  return names.size === 0 ? samples : withoutImages(samples, (name) => names.has(shortName(dataset, name)));
}

async function damagedAmong(
  parts: readonly Samples[],
  { dataset, preprocessing }: { readonly dataset: Dataset; readonly preprocessing: Preprocessing },
  { data }: Job,
  context: OperationContext,
): Promise<LeftOutImage[]> {
  const places = placesOf(parts.filter(({ inFiles }) => inFiles));
  const total = places.reduce((sum, { indices }) => sum + indices.length, 0);
  if (total === 0) return [];
  const most = data.maxDamaged ?? Math.max(MOST, Math.floor(total * MOST_SHARE));
  const meter = new Meter(context, 'Checking images', total);
  const hooks = { pause: () => breathe(context, meter), onChecked: (images: number) => meter.add(images) };
  const damaged: LeftOutImage[] = [];
  for (const { part, indices } of places) {
    const found = await findDamaged(new Images(part, preprocessing), indices, most - damaged.length, hooks);
    damaged.push(...found.map(({ name, reason }) => ({ image: shortName(dataset, name), reason })));
    damaged.sort((a, b) => (a.image < b.image ? -1 : 1));
    if (damaged.length > most) throw tooMany(damaged, most, total, dataset.path);
  }
  return damaged;
}

/** Every image once: parts may share some, and a table may name one twice. */
function placesOf(parts: readonly Samples[]): { readonly part: Samples; readonly indices: Int32Array }[] {
  const seen = new Set<string>();
  return parts.map((part) => {
    const places = Int32Array.from({ length: part.count }, (_, i) => i);
    const indices = places.filter((place) => {
      const name = part.nameOf(place);
      return !seen.has(name) && seen.add(name);
    });
    return { part, indices };
  });
}

function tooMany(damaged: readonly LeftOutImage[], most: number, total: number, path: string): DataError {
  return new DataError(
    'too many images cannot be decoded; repair or remove them, or allow more with "maxDamaged" in the data of the job',
    {
      path,
      expected: `at most ${most} of ${counted(total, 'image')}`,
      found: `${namesOfLeftOut(damaged)}; the check ended there`,
    },
  );
}
