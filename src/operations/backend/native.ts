import { UnsupportedError } from '../../core/errors';
import type { Backend } from '../../engine/backend';
import { installHint } from './install-hint';

let backend: Promise<Backend> | undefined;

/**
 * Finds and loads TensorFlow, once for the process and not before it is asked for: reading files must stay cheap.
 * @throws UnsupportedError when there is none, with the places looked at.
 */
export function loadNativeBackend(): Promise<Backend> {
  return (backend ??= load());
}

async function load(): Promise<Backend> {
  const { findNative } = await import('../../engine/native/locate');
  const { found, tried } = findNative();
  if (!found) {
    throw new UnsupportedError(
      `TensorFlow was not found; ${installHint()}, and the portable backend does without`,
      {
        found: tried.length > 0 ? `nothing in ${tried.join(', ')}` : undefined,
      },
    );
  }
  const { loadNative } = await import('../../engine/native/load');
  const { createTensorflowBackend } = await import('../../engine/tensorflow/backend');
  return createTensorflowBackend(loadNative(found));
}
