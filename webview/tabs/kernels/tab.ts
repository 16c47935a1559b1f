import { tab } from '../tab';
import { kernelsChoices } from './choices';
import { Kernels } from './panel';

export const kernels = tab({
  label: 'Kernels',
  choices: kernelsChoices,
  isComplete: (state) => state.kernels.phase === 'ready' || state.kernels.phase === 'error',
  Panel: Kernels,
});
