import type { Matrix } from '../../src/shared/matrix';
/**
 * The average kernel magnitude matrices of the paper: Ding, Guo, Ding and Han, "ACNet: Strengthening the
 * Kernel Skeletons for Powerful CNN via Asymmetric Convolution Blocks", ICCV 2019, figure 6 (ResNet-56,
 * CIFAR-10). All are 3×3.
 */

export interface Reference {
  readonly title: string;
  readonly caption: string;
  /** Name of its column in tables and CSV. */
  readonly column: string;
  readonly matrix: Matrix;
  readonly digits: 2 | 3;
}

export const PAPER_PLAIN: Reference = {
  title: 'Paper, ResNet-56',
  caption: 'fig. 6a, normal',
  column: 'Paper fig. 6a',
  digits: 3,
  matrix: [
    [0.826, 0.86, 0.833],
    [0.85, 0.935, 0.867],
    [0.821, 0.854, 0.827],
  ],
};

export const PAPER_ACNET: Reference = {
  title: 'Paper, ACNet',
  caption: 'fig. 6b, trained',
  column: 'Paper fig. 6b',
  digits: 3,
  matrix: [
    [0.399, 0.771, 0.399],
    [0.674, 1, 0.666],
    [0.396, 0.753, 0.393],
  ],
};

export const PAPER_BORDER: Reference = {
  title: 'Paper, border variant',
  caption: 'fig. 6c, trained',
  column: 'Paper fig. 6c',
  digits: 3,
  matrix: [
    [0.595, 0.585, 0.81],
    [0.591, 0.594, 0.793],
    [0.814, 0.806, 0.97],
  ],
};
