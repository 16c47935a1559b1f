/** What the sections of the Overview tab are given. */
import type { InspectResult } from '../../../src/contract/results';
import type { Format } from '../../ui/format';
import type { Choices, Choose } from '../../host-state';
import type { Viewport } from '../../ui/viewport';

export interface OverviewProps {
  readonly inspected: InspectResult;
  readonly readMilliseconds: number | undefined;
  /** The model that was chosen as the network of a file of weights. */
  readonly chosenArchitecture: string | undefined;
  readonly choices: Choices;
  readonly choose: Choose;
  readonly format: Format;
  readonly toggled: ReadonlySet<string>;
  readonly viewport: Viewport;
}
