import type { OperationContext } from '../operations/context';
import type { Progress } from '../operations/results';

/**
 * The context the operations are given here. TensorFlow is loaded when a backend is first asked for, and not
 * before: help and inspection must answer at once.
 */
export function cliContext(signal: AbortSignal, onProgress: (progress: Progress) => void): OperationContext {
  return {
    signal,
    onProgress,
    backend: async () => {
      const { loadNativeBackend } = await import('../operations/native-backend');
      return loadNativeBackend();
    },
  };
}
