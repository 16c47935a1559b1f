import { fuseAcnet } from '../core/acnet/fuse';
import { UserError } from '../core/errors';
import type { OperationContext } from './context';
import type { FuseResult } from './results';
import { rewriteFile } from './rewrite';

export interface FuseOptions {
  /** The paper's bare convolution with bias everywhere, instead of keeping each site's batch norm. */
  readonly fold: boolean;
  /** Allows the output to exist. The source is never written. */
  readonly overwrite?: boolean;
}

/**
 * Turns every ACB back into one convolution and writes the result to `output`.
 * @throws UserError in one line; then nothing was written.
 */
export async function fuseFile(
  path: string,
  output: string,
  { fold, overwrite }: FuseOptions,
  context: OperationContext,
): Promise<FuseResult> {
  return rewriteFile(path, output, { overwrite }, context, async (opened) => {
    const { checkpoint, fused, warnings } = await Promise.resolve(fuseAcnet(opened, { fold }));
    if (fused.length === 0) {
      throw new UserError('there is nothing to fuse: the network has no ACB', { path });
    }
    return { checkpoint, result: { fused, output, warnings: [...opened.warnings, ...warnings] } };
  });
}
