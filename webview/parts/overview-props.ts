/** What the sections of the Overview tab are given. */
import type { InspectResult } from '../../src/operations/results';
import type { Format } from '../format';
import type { Choices, Choose } from '../state';
import type { Viewport } from './viewport';

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
