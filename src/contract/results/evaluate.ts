import * as z from 'zod/mini';
import { loose, real, text, whole, type Of } from '../schema';

export const evaluateResult = loose({
  images: whole,
  /** Percent. */
  top1: real,
  /** Percent. */
  top5: real,
  loss: real,
  imagesPerSecond: real,
  backend: text,
  /** How pixels became the network's input, as in `28 × 28 × 1, pixels 0–255 × 1/255`. */
  preprocessing: z.optional(text),
});

/** How well a network does on labelled images. */
export interface EvaluateResult extends Of<typeof evaluateResult> {}
