import { pool } from './pool';

/** Largest value of each window. */
export const maxPool = pool('maxPool');
