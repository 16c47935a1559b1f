/** What the parts of the Pruning tab are given. */
import type { CheckName } from '../../ui/check';
import type { TabProps } from '../tab';
import type { pruningChoices } from './choices';

export type PruningProps = TabProps<typeof pruningChoices>;

/** The check, as the frame of all checks is told of it. */
export const PRUNING: CheckName = { kind: 'prune', name: 'Pruning check' };
