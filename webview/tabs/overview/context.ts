/** What the sections of the Overview tab are given. */
import type { TabProps } from '../tab';
import type { overviewChoices } from './choices';

export interface OverviewProps extends TabProps<typeof overviewChoices> {
  /** Names whose selection differs from the site's own default. */
  readonly toggled: ReadonlySet<string>;
}
