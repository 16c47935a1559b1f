import { pool } from './pool';

/** Mean of each window, over the positions inside the input. */
export const averagePool = pool('averagePool');
