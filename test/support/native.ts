import type { Backend } from '../../src/engine/backend';
import { loadNative, type LoadedNative } from '../../src/engine/native/load';
import { findNative } from '../../src/engine/native/locate';
import { createTensorflowBackend } from '../../src/engine/tensorflow/backend';

/** TensorFlow for tests. Fails, and never skips, where the set-up did not run. */
export function nativeLibraries(): LoadedNative {
  const { found, tried } = findNative();
  if (!found) throw new Error(`no native backend; run npm run setup (tried ${tried.join(', ')})`);
  return loadNative(found);
}

/** The backend for tests. */
export async function nativeBackend(): Promise<Backend> {
  return Promise.resolve(createTensorflowBackend(nativeLibraries()));
}
