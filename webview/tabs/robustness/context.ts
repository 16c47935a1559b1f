/** What the parts of the Robustness tab are given. */
import type { TabProps } from '../tab';
import type { robustnessChoices } from './choices';

export type RobustnessProps = TabProps<typeof robustnessChoices>;
