import { findNative } from '../engine/native/locate';
import type { BackendResult } from './results';

/**
 * What was found of TensorFlow, and what it can do. Finding nothing is an answer, not an error.
 * @throws UnsupportedError when something was found that cannot be loaded.
 */
export async function describeBackend(): Promise<BackendResult> {
  const node = process.versions.node;
  const { found, tried } = findNative();
  if (!found) {
    return { backend: null, node, threads: { intraOp: 0, interOp: 0 }, capabilities: {}, tried };
  }
  const { loadNative } = await import('../engine/native/load');
  const { probeCapabilities } = await import('../engine/tensorflow/probe');
  const native = loadNative(found);
  return {
    backend: 'tensorflow',
    tensorflow: native.versions.tensorflow,
    tfjsNode: native.versions.tfjsNode,
    location: found.folder,
    foundBy: found.foundBy,
    node,
    threads: native.threads,
    capabilities: { ...probeCapabilities(native) },
    tried,
  };
}
