/**
 * The paper's table 4: Ding, Guo, Ding and Han, "ACNet: Strengthening the Kernel Skeletons for Powerful CNN via
 * Asymmetric Convolution Blocks", ICCV 2019: top-1 accuracy on ImageNet's validation images in percent, as printed.
 */
import type { Distortion } from '../../src/contract/results';

export type PaperNetwork = 'ResNet-18' | 'AlexNet';

/** The control, a flip left to right, is not in the table. */
export type PaperColumn = Readonly<Partial<Record<Distortion, number>>>;

export const PAPER_ROBUSTNESS: Readonly<
  Record<PaperNetwork, Readonly<Record<'plain' | 'acnet', PaperColumn>>>
> = {
  'ResNet-18': {
    plain: { none: 70.36, rotate90: 41, rotate180: 41.95, flipUpDown: 41.86 },
    acnet: { none: 71.14, rotate90: 42.2, rotate180: 42.89, flipUpDown: 43.1 },
  },
  AlexNet: {
    plain: { none: 55.92, rotate90: 28.18, rotate180: 31.41, flipUpDown: 31.62 },
    acnet: { none: 57.44, rotate90: 30.49, rotate180: 33.98, flipUpDown: 33.82 },
  },
};
