import { tab } from '../tab';
import { pruningChoices } from './choices';
import { Pruning } from './panel';

export const pruning = tab({
  label: 'Pruning',
  choices: pruningChoices,
  job: { kind: 'prune', phase: (state) => state.pruning?.phase },
  Panel: Pruning,
});
