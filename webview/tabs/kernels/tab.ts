import { tab } from '../tab';
import { kernelsChoices } from './choices';
import { Kernels } from './panel';

/** The record of the tab. */
export const kernels = tab({
  label: 'Kernels',
  choices: kernelsChoices,
  isComplete: (state) => state.kernels.phase === 'ready' || state.kernels.phase === 'error',
  Panel: Kernels,
});
