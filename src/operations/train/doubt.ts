import { wilsonInterval } from '../../core/analysis/proportions';
import { describePreprocessing } from '../../engine/data/preprocessing';
import type { Picture } from '../../engine/data/dataset';
import type { Labelled } from '../../engine/training/evaluate';
import type { Job } from '../job/job';
import type { TrainDoubt } from '../../contract/results';

/** Classes named in a cause. */
const SHOWN_CLASSES = 4;

/**
 * Whether a network does no better than to give every image the most frequent class: the 95 % interval of its accuracy
 * begins at that class's share or below. Undefined where it does better, or where all images are of one class.
 * @param top1 before training, in percent, on these images
 * @param classes names, by label
 */
export async function doubtOf(
  top1: number,
  { images, preprocessing }: Labelled,
  classes: readonly string[],
): Promise<TrainDoubt | undefined> {
  const counts = new Map<number, number>();
  for (const label of images.labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const [[label, most]] = [...counts].sort(([, a], [, b]) => b - a);
  const interval = wilsonInterval(Math.round((top1 / 100) * images.count), images.count);
  const share = (100 * most) / images.count;
  if (counts.size < 2 || interval.low > share) return undefined;
  // What cannot be read says nothing of size and colour; it is reported where it is used.
  const picture = await images.samples.picture(0).catch(() => undefined);
  return {
    ...{ images: images.count, top1, ...interval, share, class: nameOf(classes, label) },
    causes: [
      ...(preprocessing.evidence?.isCertain
        ? []
        : [{ cause: 'scale', found: describePreprocessing(preprocessing) } as const]),
      ...(picture ? changedPicture(picture, preprocessing) : []),
      { cause: 'classOrder', found: orderOf(classes) },
      { cause: 'untrained' },
    ],
  };
}

/** The same for a job, at the first accuracy that is given; a network from scratch has learnt nothing that could be lost. */
export function doubtOnce(
  { start }: Pick<Job, 'start'>,
  evaluation: Labelled,
  classes: readonly string[],
): (top1: number) => Promise<TrainDoubt | undefined> {
  let found: Promise<TrainDoubt | undefined> | undefined;
  return (top1) =>
    (found ??= start === 'scratch' ? Promise.resolve(undefined) : doubtOf(top1, evaluation, classes));
}

function changedPicture(
  picture: Picture,
  { height, width, channels }: Labelled['preprocessing'],
): TrainDoubt['causes'] {
  const isResized = picture.height !== height || picture.width !== width;
  const size = `${picture.height} × ${picture.width} and becomes ${height} × ${width}`;
  const colour = channels === 1 ? 'in colour and becomes grey' : 'grey and becomes coloured';
  return [
    ...(isResized ? [{ cause: 'size', found: size } as const] : []),
    ...(picture.channels === channels ? [] : [{ cause: 'colour', found: colour } as const]),
  ];
}

function nameOf(classes: readonly string[], label: number): string {
  return `"${classes[label] ?? label}"`;
}

function orderOf(classes: readonly string[]): string {
  const shown = classes.slice(0, SHOWN_CLASSES).map((_name, label) => `${label} ${nameOf(classes, label)}`);
  const more = classes.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
