/** What the sections of the Compare tab are given. */
import type { Palette } from '../../../src/shared/colour';
import type { Scale } from '../../charts/scales';
import type { Format } from '../../../src/shared/format';
import type { Viewport } from '../../ui/viewport';
import type { Choose } from '../choices';
import type { CompareChoices, compareChoices } from './choices';
import type { CompareView } from './model';

/** The comparison, the reader's choices, and how they are drawn. */
export interface CompareContext {
  readonly view: CompareView;
  readonly palette: Palette;
  /** Of maps and of the whole model's differences. */
  readonly difference: Scale;
  readonly choices: CompareChoices;
  readonly choose: Choose<typeof compareChoices>;
  readonly format: Format;
  readonly viewport: Viewport;
  /** Index of the selected kernel. */
  readonly selected: number;
  readonly select: (index: number) => void;
}
