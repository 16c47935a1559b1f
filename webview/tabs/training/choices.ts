import { choices } from '../choices';

/** Nothing is chosen on the Training tab: a job says it all. */
export const trainingChoices = choices('training', {});
