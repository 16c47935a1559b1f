import { withConvolutions } from '../core/acnet/loose';
import { fuseAcnet } from '../core/acnet/fuse';
import { withInputSize } from '../core/acnet/input-size';
import { UserError } from '../core/errors';
import { moduleWarnings } from '../core/formats/state-dict/write-module';
import type { Pair } from '../core/graph/padding';
import type { OpenOptions } from '../files/open';
import type { OperationContext } from './context';
import type { FuseResult } from './results';
import { rewriteFile } from './rewrite';

export interface FuseOptions extends OpenOptions {
  /** The paper's bare convolution with bias everywhere, instead of keeping each site's batch norm. */
  readonly fold: boolean;
  /** Allows the output to exist. The source is never written. */
  readonly overwrite?: boolean;
  /** Size of images for which the blocks were aligned, where the network leaves it open. */
  readonly inputSize?: Pair;
}

/**
 * Turns every ACB back into one convolution and writes the result to `output`.
 * @throws UserError in one line; then nothing was written.
 */
export async function fuseFile(
  path: string,
  output: string,
  { fold, overwrite, inputSize, architecture }: FuseOptions,
  context: OperationContext,
): Promise<FuseResult> {
  return rewriteFile(path, output, { overwrite, architecture }, context, async (file) => {
    const opened = withConvolutions(file, false);
    const source = inputSize ? withInputSize(opened, inputSize) : opened;
    const { checkpoint, fused, warnings } = await Promise.resolve(fuseAcnet(source, { fold }));
    if (fused.length === 0) {
      const found = warnings.slice(1, 4).join('; ') || undefined;
      throw new UserError('there is nothing to fuse: the network has no ACB', { path, found });
    }
    const told = [...opened.warnings, ...warnings, ...moduleWarnings(checkpoint)];
    return { checkpoint, result: { fused, output, hasGraph: file.graph !== undefined, warnings: told } };
  });
}
