import { pointwise } from './pointwise';

/** max(x, 0). */
export const relu = pointwise('relu');
