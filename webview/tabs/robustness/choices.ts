import * as z from 'zod/mini';
import { choice, choices } from '../choices';
import type { Chosen } from '../choices';

/** What a reader chooses on the Robustness tab. */
export const robustnessChoices = choices('robustness', {
  /** At most so many images. */
  images: choice(z.enum(['all', '200', '1000', '2000']), 'all'),
  /** Which of the paper's networks is shown beside the check. */
  paperNetwork: choice(z.enum(['ResNet-18', 'AlexNet']), 'ResNet-18'),
});

/** Its choices as they are remembered. */
export type RobustnessChoices = Chosen<typeof robustnessChoices>;
