import * as z from 'zod/mini';
import { NULL_NAMES } from '../../../src/shared/positions';
import { choice, choices, unlessChosen } from '../choices';
import type { Chosen } from '../choices';

const nullModel = z.enum(NULL_NAMES);
const measures = ['relative', 'cosine', 'maxAbs'] as const;

/** What a reader chooses on the Compare tab. */
export const compareChoices = choices('compare', {
  weights: unlessChosen(z.enum(['raw', 'fused'])),
  /** Kernel size as in `3x3`; the most frequent one unless chosen. */
  size: unlessChosen(z.string()),
  /** What the two files were built of, where the reader knows better. */
  nullBefore: unlessChosen(nullModel),
  nullAfter: unlessChosen(nullModel),
  measure: choice(z.enum(measures), 'relative'),
  layer: unlessChosen(z.string()),
  filter: choice(z.string(), ''),
  show: choice(z.enum(['changed', 'identical', 'before', 'after']), 'changed'),
  sort: choice(z.enum(['order', 'name', ...measures]), 'relative'),
  descending: choice(z.boolean(), true),
  /** The last comparison that the page turned to. */
  seen: unlessChosen(z.number()),
});

/** Its choices as they are remembered. */
export type CompareChoices = Chosen<typeof compareChoices>;

/** By what a change is measured. */
export type CompareMeasure = CompareChoices['measure'];

/** Which kernels the table lists. */
export type CompareShow = CompareChoices['show'];

/** By which column the table is sorted. */
export type CompareSort = CompareChoices['sort'];
