import type { OperationContext } from '../../src/operations/kit/context';

/** A context for operations that need no numbers from an engine. */
export const quiet: OperationContext = {
  backend: () => Promise.reject(new Error('no backend')),
  signal: new AbortController().signal,
  onProgress: () => undefined,
};
