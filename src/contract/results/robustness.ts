import * as z from 'zod/mini';
import { DISTORTIONS } from '../../shared/distortions';
import { loose, real, text, whole, type Of } from '../schema';

const distortion = z.enum(DISTORTIONS);

/** In points of percent. */
const intervalFields = { points: real, low: real, high: real };

/** A difference of two shares of the same images, in points of percent. */
export const pairedChangeFields = {
  /** With a 95 % interval (Bonett and Price). */
  ...intervalFields,
  /** Images that count after and not before, and the other way round. */
  won: whole,
  lost: whole,
};
const pairedChange = loose(pairedChangeFields);

const robustnessShare = loose({
  /** Images that are answered right (accuracy), or as when untouched (agreement). */
  hits: whole,
  /** The same in percent of all images. */
  percent: real,
  /** 95 % interval in percent (Wilson); of no width where the share is 100 % by definition. */
  low: real,
  high: real,
  /** Accuracy against that on the untouched images, in points, over the same images; absent where it says nothing. */
  change: z.optional(pairedChange),
});

/** What one network does on images distorted in one way. */
export interface RobustnessShare extends Of<typeof robustnessShare> {}

const difference = loose({
  ...pairedChangeFields,
  /** Of McNemar's exact test: how likely so uneven a split of `won` and `lost` is by chance. */
  p: real,
  /** The same corrected for all the rows (Holm), once all are measured; so is `adjusted` of the excess. */
  adjusted: z.optional(real),
  /** By how many points the difference is larger than that on the untouched images; 95 % interval and p (normal). */
  excess: z.optional(loose({ ...intervalFields, p: real, adjusted: z.optional(real) })),
});

/** The network minus the second one, on the same images: above zero where the network is better. */
export interface RobustnessDifference extends Of<typeof difference> {}

export const robustnessRow = loose({
  distortion,
  share: robustnessShare,
  /** Of the second network, where there is one. */
  against: z.optional(robustnessShare),
  difference: z.optional(difference),
});

/** One distortion. */
export interface RobustnessRow extends Of<typeof robustnessRow> {}

export const robustnessResult = loose({
  /**
   * What the percentages are. `agreement`: without labels, the share of images whose top-1 class is the one that the
   * same network gives to the untouched image; it says nothing of how right it is.
   */
  measure: z.enum(['accuracy', 'agreement']),
  images: whole,
  /** In the paper's order. */
  rows: z.array(robustnessRow),
  /** Distortions that were not measured, each with the reason. */
  leftOut: z.array(loose({ distortion, reason: text })),
  /** How pixels became numbers, in words. */
  preprocessing: text,
  /** The second network. */
  against: z.optional(loose({ path: text, preprocessing: text })),
  backend: text,
});

/** What a network does on rotated and mirrored images. */
export interface RobustnessResult extends Of<typeof robustnessResult> {}
