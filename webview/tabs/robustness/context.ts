/** What the parts of the Robustness tab are given. */
import type { CheckName } from '../../ui/check';
import type { TabProps } from '../tab';
import type { robustnessChoices } from './choices';

export type RobustnessProps = TabProps<typeof robustnessChoices>;

/** Which check the tab shows. */
export const ROBUSTNESS: CheckName = { kind: 'robustness', name: 'Robustness check' };
