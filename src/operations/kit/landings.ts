import { withConvolutions } from '../../core/acnet/loose';
import { findSites } from '../../core/acnet/sites';
import type { AcbBlock } from '../../core/acnet/types';
import { landing } from '../../core/acnet/window';
import type { Checkpoint } from '../../core/checkpoint';
import type { Pair } from '../../core/graph/padding';
import type { BlockLandingResult, LandingResult } from '../../contract/results';

/** Where a block's branches land, and how that is known. @param name of the block's square convolution */
export function landingResult(
  { row, column }: Pick<AcbBlock, 'row' | 'column'>,
  name: string,
  kernel: Pair,
  checkpoint: Checkpoint,
): LandingResult {
  const isAt = (variant: 'skeleton' | 'border'): boolean => {
    const place = landing(variant, kernel);
    return place.row === row && place.column === column;
  };
  const variant = isAt('skeleton') ? 'skeleton' : isAt('border') ? 'border' : 'other';
  return { row, column, variant, source: checkpoint.weights?.landing(name) ?? 'network' };
}

/** Each kind of block of a checkpoint, in the order of the first of its kind; nothing where there are none. */
export function landingsOf(checkpoint: Checkpoint): BlockLandingResult[] {
  const known = withConvolutions(checkpoint, false);
  const kinds = new Map<string, BlockLandingResult>();
  for (const { block, name, kernel } of known.graph ? findSites(known) : []) {
    if (!block) continue;
    const result = landingResult(block, name, kernel, checkpoint);
    const key = JSON.stringify([kernel, result]);
    kinds.set(key, { kernel, ...result, blocks: (kinds.get(key)?.blocks ?? 0) + 1 });
  }
  return [...kinds.values()];
}
