import { kernelMagnitudes } from '../core/analysis/magnitude';
import { openCheckpointFile } from '../files/open';
import type { KernelsResult } from './results';

/**
 * Magnitude matrices (equations 9 and 10) of a checkpoint's k×k kernels, with null models. Reads all kernels.
 * @throws CheckpointError if the file cannot be read, or a weight is NaN or infinite.
 */
export async function kernelsOfFile(path: string): Promise<KernelsResult> {
  const checkpoint = await openCheckpointFile(path);
  try {
    return kernelMagnitudes(checkpoint);
  } finally {
    checkpoint.close();
  }
}
