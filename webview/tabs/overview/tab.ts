import { tab } from '../tab';
import { overviewChoices } from './choices';
import { Overview } from './panel';

export const overview = tab({ label: 'Overview', choices: overviewChoices, Panel: Overview });
