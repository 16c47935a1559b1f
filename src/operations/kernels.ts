import { kernelMagnitudes } from '../core/analysis/magnitude';
import { kernelSlices } from '../core/analysis/slices';
import type { Reading } from '../core/checkpoint';
import { openCheckpointFile, type OpenOptions } from '../files/open';
import type { KernelSlicesResult, KernelsResult } from '../contract/results';

/**
 * Magnitude matrices (equations 9 and 10) of a checkpoint's k×k kernels, with null models. Reads all kernels.
 * @throws CheckpointError if the file cannot be read, or a weight is NaN or infinite.
 */
export async function kernelsOfFile(
  path: string,
  options: OpenOptions & Reading = {},
): Promise<KernelsResult> {
  const checkpoint = await openCheckpointFile(path, options);
  try {
    return kernelMagnitudes(checkpoint);
  } finally {
    checkpoint.close();
  }
}

/** Which kernel is looked at from near; the filter and input of the largest norm when absent. */
export interface SlicesRequest extends OpenOptions {
  /** As `KernelsResult` names it. */
  readonly layer: string;
  readonly filter?: number | undefined;
  readonly input?: number | undefined;
}

/**
 * One layer's filters, and one signed slice of its kernel with an ACB's branches apart. Reads only that layer.
 * @throws CheckpointError if the file cannot be read, or has no such layer, filter or input.
 */
export async function kernelSlicesOfFile(
  path: string,
  { layer, architecture, ...wanted }: SlicesRequest,
): Promise<KernelSlicesResult> {
  const checkpoint = await openCheckpointFile(path, { architecture });
  try {
    return kernelSlices(checkpoint, layer, wanted);
  } finally {
    checkpoint.close();
  }
}
