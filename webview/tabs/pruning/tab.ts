import { tab } from '../tab';
import { pruningChoices } from './choices';
import { Pruning } from './panel';

/** The record of the tab. */
export const pruning = tab({
  label: 'Pruning',
  choices: pruningChoices,
  job: { kind: 'prune', phase: (state) => state.pruning?.phase },
  Panel: Pruning,
});
