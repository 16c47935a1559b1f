import type { Initialisation, Variant } from '../core/acnet/types';
import type { OperationContext } from './context';
import type { ConvertResult } from './results';

export interface ConvertOptions {
  readonly variant: Variant;
  readonly initialisation: Initialisation;
  /** Glob over site names, comma separated; every selected site when absent. */
  readonly layers?: string;
  /** Allows the output to exist. The source is never written. */
  readonly overwrite?: boolean;
  /** Folder of images on which new batch norms are calibrated. */
  readonly data?: string;
  /** Of the new branches' random kernels; 0 when absent. */
  readonly seed?: number;
}

/** Swaps convolutions for ACBs and writes the result to `output`. */
export async function convertFile(
  path: string,
  output: string,
  _options: ConvertOptions,
  _context: OperationContext,
): Promise<ConvertResult> {
  await Promise.resolve();
  throw new Error(`to be built: ${path} ${output}`);
}
