import { globalPool } from './pool';

/** Largest value of each channel. */
export const globalMaxPool = globalPool('globalMaxPool');
