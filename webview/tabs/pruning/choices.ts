import * as z from 'zod/mini';
import { choice, choices } from '../choices';
import type { Chosen } from '../choices';

/** What a reader chooses on the Pruning tab. */
export const pruningChoices = choices('pruning', {
  /** Which groups of positions weights are taken from. */
  groups: choice(z.enum(['three', 'two', 'all']), 'three'),
  /** Percent between two measured ratios. */
  step: choice(z.enum(['1', '2', '5']), '5'),
  seeds: choice(z.enum(['1', '3', '5', '10']), '5'),
  /** At most so many images. */
  images: choice(z.enum(['all', '200', '1000', '2000']), 'all'),
  /** Which of the paper's models is drawn beside. */
  overlay: choice(z.enum(['none', 'normal', 'acnet', 'border']), 'acnet'),
});

/** Its choices as they are remembered. */
export type PruningChoices = Chosen<typeof pruningChoices>;
