import type { InspectResult } from './results';

/** Reads a checkpoint's header: facts, network, and the convolutions that could become or are ACBs. */
export async function inspectFile(path: string): Promise<InspectResult> {
  await Promise.resolve();
  throw new Error(`to be built: ${path}`);
}
