import { tab } from '../tab';
import { overviewChoices } from './choices';
import { Overview } from './panel';

/** The record of the tab. */
export const overview = tab({ label: 'Overview', choices: overviewChoices, Panel: Overview });
