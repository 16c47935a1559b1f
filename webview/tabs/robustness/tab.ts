import { tab } from '../tab';
import { robustnessChoices } from './choices';
import { Robustness } from './panel';

/** The record of the tab. */
export const robustness = tab({
  label: 'Robustness',
  choices: robustnessChoices,
  job: { kind: 'robustness', phase: (state) => state.robustness?.phase },
  Panel: Robustness,
});
