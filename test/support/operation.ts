import type { Network } from '../../src/engine/backend';
import { kerasCheckpoint } from '../../src/core/formats/keras/write/create';
import { writeCheckpoint } from '../../src/core/formats/registry';
import type { Backend } from '../../src/engine/backend';
import { writeAtomically } from '../../src/files/atomic';
import type { OperationContext } from '../../src/operations/kit/context';
import type { Progress } from '../../src/contract/results';

/** A context for operations in tests; it keeps the progress reported to it. */
export function testContext(
  backend: Backend,
  signal: AbortSignal = new AbortController().signal,
): OperationContext & { readonly progress: Progress[] } {
  const progress: Progress[] = [];
  return {
    backend: () => Promise.resolve(backend),
    signal,
    progress,
    onProgress: (told) => void progress.push(told),
  };
}

/** Writes a network as `.keras`. */
export async function writeKeras(path: string, { graph, tensors }: Network): Promise<string> {
  const checkpoint = kerasCheckpoint(graph, tensors, { path, name: 'test' });
  await writeAtomically(path, (sink) => writeCheckpoint(checkpoint, sink), { overwrite: true });
  return path;
}
