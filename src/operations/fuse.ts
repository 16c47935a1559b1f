import type { OperationContext } from './context';
import type { FuseResult } from './results';

export interface FuseOptions {
  /** The paper's bare convolution with bias everywhere, instead of keeping each site's batch norm. */
  readonly fold: boolean;
  /** Allows the output to exist. The source is never written. */
  readonly overwrite?: boolean;
}

/** Turns every ACB back into one convolution and writes the result to `output`. */
export async function fuseFile(
  path: string,
  output: string,
  _options: FuseOptions,
  _context: OperationContext,
): Promise<FuseResult> {
  await Promise.resolve();
  throw new Error(`to be built: ${path} ${output}`);
}
