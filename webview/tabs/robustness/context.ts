/** What the parts of the Robustness tab are given. */
import type { InspectResult } from '../../../src/contract/results';
import type { InspectorState } from '../../../src/contract/page';
import type { Format } from '../../ui/format';
import type { Viewport } from '../../ui/viewport';
import type { Choices, Choose } from '../../host-state';

export interface RobustnessProps {
  readonly state: InspectorState;
  readonly inspected: InspectResult;
  readonly choices: Choices;
  readonly choose: Choose;
  readonly format: Format;
  readonly viewport: Viewport;
}
