import { globalPool } from './pool';

/** Mean of each channel. */
export const globalAveragePool = globalPool('globalAveragePool');
