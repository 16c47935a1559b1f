import { findNative } from '../../src/engine/native/locate';
import { loadNative, type LoadedNative } from '../../src/engine/native/load';

/** TensorFlow for tests. Fails, and never skips, where the set-up did not run. */
export async function nativeLibraries(): Promise<LoadedNative> {
  const { found, tried } = findNative();
  if (!found) throw new Error(`no native backend; run npm run setup (tried ${tried.join(', ')})`);
  return loadNative(found);
}
