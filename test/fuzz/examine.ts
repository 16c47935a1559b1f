import { convertToAcnet } from '../../src/core/acnet/convert';
import { fuseAcnet } from '../../src/core/acnet/fuse';
import { findSites } from '../../src/core/acnet/sites';
import { kernelMagnitudes } from '../../src/core/analysis/magnitude';
import type { Checkpoint } from '../../src/core/checkpoint';
import { CheckpointError, UserError } from '../../src/core/errors';
import { openCheckpoint } from '../../src/core/formats/registry';
import { inspectCheckpoint } from '../../src/operations/inspect';
import { sourceOf, written, type FileSet, type Seed } from './case';
import { examineData } from './examine-data';
import { refusable, type Outcome } from './refusable';

/** Examines a mutation of a checkpoint or of data. @throws as `examine` and `examineData` do */
export function examineSeed(seed: Seed, rewrite: boolean): Promise<Outcome> {
  return seed.data === undefined ? examine(seed, rewrite) : examineData(seed, seed.data);
}

/**
 * Does with a file what the product does: open, inspect, read every tensor, compute magnitudes, and on request convert or
 * fuse and write.
 * @throws whatever is not a refusal: opening and reading may refuse only with `CheckpointError`, rewriting with any
 * `UserError`.
 */
export async function examine(file: FileSet, rewrite: boolean): Promise<Outcome> {
  const opened = await refusable(CheckpointError, async () => openCheckpoint(sourceOf(file)));
  if (!opened) return 'refused';
  try {
    await refusable(CheckpointError, () => inspectCheckpoint(opened));
    for (const tensor of opened.tensors.values()) {
      await refusable(CheckpointError, () => void tensor.readFloat32());
    }
    await refusable(CheckpointError, () => kernelMagnitudes(opened));
    if (!rewrite) return 'opened';
    return (await refusable(UserError, () => rewritten(opened))) ? 'rewritten' : 'opened';
  } finally {
    opened.close();
  }
}

async function rewritten(checkpoint: Checkpoint): Promise<FileSet> {
  const sites = findSites(checkpoint);
  if (sites.some(({ kind }) => kind === 'acb')) {
    return written(fuseAcnet(checkpoint, { fold: false }).checkpoint, checkpoint.path);
  }
  const chosen = sites.filter(({ selected }) => selected);
  const options = { sites: chosen, variant: 'skeleton', branches: 'zero', seed: 1 } as const;
  return written(convertToAcnet(checkpoint, options).checkpoint, checkpoint.path);
}
