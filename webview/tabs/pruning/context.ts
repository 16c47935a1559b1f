/** What the parts of the Pruning tab are given. */
import type { CheckName } from '../../ui/check';
import type { TabProps } from '../tab';
import type { pruningChoices } from './choices';

export type PruningProps = TabProps<typeof pruningChoices>;

/** Which check the tab shows. */
export const PRUNING: CheckName = { kind: 'prune', name: 'Pruning check' };
