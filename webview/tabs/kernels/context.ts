/** What the sections of the Kernels tab are given. */
import type { DepthModel } from '../../charts/depth-model';
import type { Palette } from '../../../src/shared/colour';
import type { Scale } from '../../charts/scales';
import type { Format } from '../../../src/shared/format';
import type { Choose } from '../choices';
import type { KernelsChoices, kernelsChoices } from './choices';
import type { KernelsView } from './model';
import type { Viewport } from '../../ui/viewport';

/** The kernels of one size, the reader's choices, and how they are drawn. */
export interface KernelsContext {
  readonly view: KernelsView;
  readonly magnitude: Scale;
  readonly difference: Scale;
  readonly choices: KernelsChoices;
  readonly choose: Choose<typeof kernelsChoices>;
  readonly format: Format;
  readonly viewport: Viewport;
  /** Whether cells are 46 px. */
  readonly wide: boolean;
  /** Whether a network says in which order the layers are. */
  readonly hasGraph: boolean;
}

/** What the sections about single layers are given beside that. */
export interface LayersContext extends KernelsContext {
  readonly depth: DepthModel;
  readonly selected: number;
  readonly select: (index: number) => void;
  readonly palette: Palette;
}
