/** The tabs of the page, in their order; the first one is open until another is chosen. */
import { compare } from './compare/tab';
import { kernels } from './kernels/tab';
import { overview } from './overview/tab';
import { pruning } from './pruning/tab';
import { robustness } from './robustness/tab';
import { training } from './training/tab';

/** A tab that is added here is drawn, remembered and followed. */
export const tabs = [overview, kernels, pruning, robustness, compare, training] as const;
