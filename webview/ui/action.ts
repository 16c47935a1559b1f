/** Something that can be done with the open file, as a button or an entry of a menu. */
import type { IconName } from './icons';

/** What a button or an entry does, and why it cannot. */
export interface Action {
  readonly label: string;
  readonly icon?: IconName;
  readonly primary: boolean;
  /** Why it does not apply now. */
  readonly reason: string | undefined;
  readonly run: () => void;
}
