import type { Checkpoint } from '../core/checkpoint';
import { openCheckpoint } from '../core/formats/registry';
import { openFile } from './source';

/**
 * Opens a checkpoint file of any known format.
 * @throws CheckpointError in one line: what is wrong with the file, or what it seems to be.
 */
export async function openCheckpointFile(path: string): Promise<Checkpoint> {
  return openCheckpoint(openFile(path));
}
