/**
 * Opens data or a checkpoint as the product does, reads all that is in it, and prints, as JSON, what came of it and the
 * most bytes that the process held. Run as a process of its own: what earlier work held would count too.
 */
import { kernelMagnitudes } from '../../src/core/analysis/magnitude';
import { UserError } from '../../src/core/errors';
import { openDataset } from '../../src/engine/data';
import { Images } from '../../src/engine/data/images';
import { openCheckpointFile } from '../../src/files/open';
import { peakBytes } from '../../src/files/process-memory';
import { inspectCheckpoint } from '../../src/operations/inspect';

const SIZE = { height: 8, width: 8, channels: 3 };

const EXAMINE = {
  async data(path: string): Promise<void> {
    const { training } = openDataset(path);
    await new Images(training, SIZE).load(
      Int32Array.from({ length: Math.min(training.count, 100) }, (_, i) => i),
    );
  },
  async checkpoint(path: string): Promise<void> {
    const checkpoint = await openCheckpointFile(path);
    inspectCheckpoint(checkpoint);
    for (const tensor of checkpoint.tensors.values()) tensor.readFloat32();
    kernelMagnitudes(checkpoint);
    checkpoint.close();
  },
} as const;

async function main([kind, path]: readonly string[]): Promise<void> {
  let outcome = 'taken';
  try {
    await EXAMINE[kind as keyof typeof EXAMINE](path);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    outcome = error.message;
  }
  console.log(JSON.stringify({ outcome, peak: peakBytes() }));
}

void main(process.argv.slice(2));
