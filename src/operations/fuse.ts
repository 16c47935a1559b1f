import { withConvolutions } from '../core/acnet/loose';
import { fuseAcnet } from '../core/acnet/fuse';
import { withInputSize } from '../core/acnet/input-size';
import type { Checkpoint } from '../core/checkpoint';
import { UserError } from '../core/errors';
import type { Pair } from '../core/graph/padding';
import type { OpenOptions } from '../files/open';
import type { OperationContext } from './kit/context';
import { landingsOf } from './kit/landings';
import type { FuseResult } from '../contract/results';
import { rewriteFile } from './kit/rewrite';

/** The options of a fusion. */
export interface FuseOptions extends OpenOptions {
  /** The paper's bare convolution with bias everywhere, instead of keeping each site's batch norm. */
  readonly fold: boolean;
  /** Allows the output to exist. The source is never written. */
  readonly overwrite?: boolean;
  /** Size of images for which the blocks were aligned, where the network leaves it open. */
  readonly inputSize?: Pair;
}

/** Half types, the share of the largest output that rounding to them changes, and what a comparison must allow. */
const HALVES = [
  ['float16', '0.001', '0.01'],
  ['bfloat16', '0.005', '0.05'],
] as const;

/** Each branch was rounded by itself, and their sum is rounded again: a comparison would find a difference and not why. */
function roundingWarnings({ rules, tensors }: Checkpoint): string[] {
  if (!rules.keepsTypes) return [];
  const types = new Set([...tensors.values()].map(({ dtype }) => dtype));
  return HALVES.filter(([type]) => types.has(type)).map(
    ([type, share, tolerance]) =>
      `weights are ${type}, to which fused kernels are rounded: outputs may differ by about ${share} of the largest, so compare with --tolerance ${tolerance}`,
  );
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
    const { checkpoint, fused, biased, near, warnings } = await Promise.resolve(fuseAcnet(source, { fold }));
    if (fused.length === 0) {
      const found = near.slice(0, 3).join('; ') || undefined;
      throw new UserError('there is nothing to fuse: the network has no ACB', { path, found });
    }
    const told = [...opened.warnings, ...warnings, ...(source.weights?.fusedWarnings(fused) ?? [])];
    told.push(...roundingWarnings(file), ...(checkpoint.writer?.warnings?.(checkpoint) ?? []));
    const hasGraph = file.graph !== undefined;
    return {
      checkpoint,
      result: { fused, biased, landings: landingsOf(source), output, hasGraph, warnings: told },
    };
  });
}
