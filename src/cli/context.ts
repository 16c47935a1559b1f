import { UnsupportedError } from '../core/errors';
import type { Backend } from '../engine/backend';
import type { OperationContext } from '../operations/context';
import type { Progress } from '../operations/results';

/**
 * The context the operations are given here. TensorFlow is loaded when a backend is first asked for, and by then
 * alone: help and inspection must answer at once.
 */
export function cliContext(signal: AbortSignal, onProgress: (progress: Progress) => void): OperationContext {
  let backend: Promise<Backend> | undefined;
  return { signal, onProgress, backend: () => (backend ??= loadBackend()) };
}

async function loadBackend(): Promise<Backend> {
  // TensorFlow greets on standard error, where only our own line belongs.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  const { findNative } = await import('../engine/native/locate');
  const { found, tried } = findNative();
  if (!found) throw noBackend(tried);
  const { loadNative } = await import('../engine/native/load');
  const { createTensorflowBackend } = await import('../engine/tensorflow/backend');
  return createTensorflowBackend(await loadNative(found));
}

function noBackend(tried: readonly string[]): UnsupportedError {
  return new UnsupportedError('no native backend was found; `npm run setup` installs it', {
    found: tried.length > 0 ? `nothing in ${tried.join(', ')}` : undefined,
  });
}
