/** Every operation on a checkpoint: what the lists of calls, of what is known of a file and of what a page may ask are made of. */
import { attach } from './attach';
import { compare } from './compare';
import { convert } from './convert';
import { evaluate } from './evaluate';
import { exportAs } from './export';
import { fuse } from './fuse';
import { newNetwork } from './new';
import { prune } from './prune';
import { robustness } from './robustness';
import { train } from './train';
import { verify } from './verify';

/** The record of each operation: a new one is a line here. */
export const OPERATIONS = [
  newNetwork,
  convert,
  fuse,
  exportAs,
  train,
  verify,
  evaluate,
  prune,
  robustness,
  compare,
  attach,
] as const;
