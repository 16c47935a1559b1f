import { pointwise } from './pointwise';

/** e^x / Σ e^x over the last axis. */
export const softmax = pointwise('softmax');
