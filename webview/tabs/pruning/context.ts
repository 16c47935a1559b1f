/** What the parts of the Pruning tab are given. */
import type { TabProps } from '../tab';
import type { pruningChoices } from './choices';

export type PruningProps = TabProps<typeof pruningChoices>;
