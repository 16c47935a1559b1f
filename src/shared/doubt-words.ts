/** What is reported where a network that is to be trained is no better than the most frequent class. */
import type { Format } from './format';

/** What may be the reason. */
export const DOUBT_CAUSES = ['scale', 'size', 'colour', 'classOrder', 'untrained'] as const;

/** Top-1 with its 95 % interval, and the share of the most frequent class; all in percent. */
interface Doubt {
  readonly images: number;
  readonly top1: number;
  readonly low: number;
  readonly high: number;
  readonly share: number;
  readonly class: string;
  readonly causes: ReadonlyArray<{
    readonly cause: (typeof DOUBT_CAUSES)[number];
    /** What is the case here. */
    readonly found?: string | undefined;
  }>;
}

/** As in `Before training … is no better than …`. */
export function doubtWords({ images, top1, low, high, share, class: name }: Doubt, format: Format): string {
  const percent = (value: number): string => `${format.fixed(value, 2)} %`;
  const interval = `95 % interval ${percent(low)} to ${percent(high)}`;
  return `Before training, the network is no better than its most frequent class on ${format.counted(images, 'evaluation image')}: top-1 ${percent(top1)} (${interval}), and ${percent(share)} of the images are ${name}. If it was trained for these classes, its inputs probably differ from those it was trained with, and training would undo what it has learned.`;
}

/** The likely causes, each on a line. */
export function doubtCauses({ causes }: Pick<Doubt, 'causes'>): string[] {
  return causes.map(({ cause, found = '' }) => {
    switch (cause) {
      case 'scale':
        return `scale: the images are ${found}; "scale", "mean" and "std" in "data" of the job change that`;
      case 'size':
        return `size: the first image is ${found}`;
      case 'colour':
        return `colour: the first image is ${found}`;
      case 'classOrder':
        return `class order: the outputs of the network must mean ${found}, in this order`;
      case 'untrained':
        return 'untrained: if the network, or its last layer, is new, this is expected';
    }
  });
}

/** All of it in one paragraph. */
export function doubtText(doubt: Doubt, format: Format): string {
  return `${doubtWords(doubt, format)} Likely causes: ${doubtCauses(doubt).join('; ')}.`;
}
