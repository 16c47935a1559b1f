import type { KernelsResult } from './results';

/** Magnitude matrices (equations 9 and 10) of a checkpoint's k×k kernels, with null models. Reads all kernels. */
export async function kernelsOfFile(path: string): Promise<KernelsResult> {
  await Promise.resolve();
  throw new Error(`to be built: ${path}`);
}
