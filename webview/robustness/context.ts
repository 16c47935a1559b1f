/** What the parts of the Robustness tab are given. */
import type { InspectResult } from '../../src/operations/results';
import type { InspectorState } from '../../src/protocol/inspector';
import type { Format } from '../format';
import type { Viewport } from '../parts/viewport';
import type { Choices, Choose } from '../state';

export interface RobustnessProps {
  readonly state: InspectorState;
  readonly inspected: InspectResult;
  readonly choices: Choices;
  readonly choose: Choose;
  readonly format: Format;
  readonly viewport: Viewport;
}
