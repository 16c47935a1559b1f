import { tab } from '../tab';
import { trainingChoices } from './choices';
import { Training } from './panel';

/** The record of the tab. */
export const training = tab({
  label: 'Training',
  choices: trainingChoices,
  job: { kind: 'train', phase: (state) => state.training?.phase },
  Panel: Training,
});
