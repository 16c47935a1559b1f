import * as z from 'zod/mini';
import { loose, real, text, whole, type Of } from '../schema';

export const evaluateResult = loose({
  images: whole,
  /** Percent. */
  top1: real,
  /** Percent; absent for a network of five classes or fewer, of which it says nothing. */
  top5: z.optional(real),
  /** Absent where no loss fits the network's output. */
  loss: z.optional(real),
  /** Why there is no loss. */
  noLoss: z.optional(text),
  imagesPerSecond: real,
  backend: text,
  /** How pixels became the network's input, as in `28 × 28 × 1, pixels 0–255 × 1/255`. */
  preprocessing: z.optional(text),
});

/** How well a network does on labelled images. */
export interface EvaluateResult extends Of<typeof evaluateResult> {}
