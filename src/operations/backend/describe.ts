import { findNative } from '../../engine/native/locate';
import { chooseBackend, chosenByEnvironment, usable } from './choose';
import type { BackendResult } from '../../contract/results';

/**
 * The backend that networks would be run on, and what was found of TensorFlow. Where TensorFlow was asked for by name
 * or place, finding nothing is an answer, not an error.
 * @throws UnsupportedError when something was found that cannot be loaded.
 */
export async function describeBackend(): Promise<BackendResult> {
  const node = process.versions.node;
  const { found, tried } = findNative();
  if ((chosenByEnvironment() ?? usable()) === 'portable') {
    const { description } = await chooseBackend('portable');
    const threads = { intraOp: 1, interOp: 1 };
    return { backend: 'portable', description, node, threads, capabilities: {}, tried };
  }
  if (!found) {
    return { backend: null, node, threads: { intraOp: 0, interOp: 0 }, capabilities: {}, tried };
  }
  const { loadNative } = await import('../../engine/native/load');
  const { probeCapabilities } = await import('../../engine/tensorflow/probe');
  const native = loadNative(found);
  const { float32, bfloat16, ...others } = probeCapabilities(native);
  return {
    backend: 'tensorflow',
    tensorflow: native.versions.tensorflow,
    tfjsNode: native.versions.tfjsNode,
    location: found.folder,
    foundBy: found.foundBy,
    node,
    threads: native.threads,
    capabilities: { ...float32, bfloat16: bfloat16 !== undefined, ...others },
    tried,
  };
}
