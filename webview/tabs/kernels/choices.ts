import * as z from 'zod/mini';
import { REFERENCES } from '../../../src/shared/positions';
import { choice, choices, unlessChosen } from '../choices';
import type { Chosen } from '../choices';

/** What a reader chooses on the Kernels tab. */
export const kernelsChoices = choices('kernels', {
  /** Kernel size as in `3x3`; the most frequent one unless chosen. */
  size: unlessChosen(z.string()),
  weights: unlessChosen(z.enum(['raw', 'fused'])),
  scale: choice(z.enum(['unit', 'data']), 'unit'),
  nullModel: unlessChosen(z.enum(REFERENCES)),
  strip: choice(z.enum(['mean', 'magnitude']), 'mean'),
  layer: unlessChosen(z.string()),
  filterOrder: choice(z.enum(['norm', 'index']), 'norm'),
});

/** Its choices as they are remembered. */
export type KernelsChoices = Chosen<typeof kernelsChoices>;

/** In which order filters are shown. */
export type FilterOrder = KernelsChoices['filterOrder'];
