import { pointwise } from './pointwise';

/** Passes its input on: a linear activation layer. */
export const identity = pointwise('identity');
