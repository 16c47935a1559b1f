import { pointwise } from './pointwise';

/** 1 / (1 + e^−x). */
export const sigmoid = pointwise('sigmoid');
