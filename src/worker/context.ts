import { chooseBackend } from '../operations/backend/choose';
import type { OperationContext } from '../operations/kit/context';
import type { CallContext } from './serve';

/** What an operation is given in a worker: a backend is loaded when it is first asked for. */
export function operationContext({ signal, pause, onProgress }: CallContext): OperationContext {
  const say = (notice: string): void => onProgress({ phase: notice, done: 0, total: 0 });
  return { signal, pause, onProgress, backend: () => chooseBackend(undefined, say) };
}
