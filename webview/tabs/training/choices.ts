import { choices } from '../choices';

export const trainingChoices = choices('training', {});
