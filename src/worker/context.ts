import { loadNativeBackend } from '../operations/native-backend';
import type { OperationContext } from '../operations/context';
import type { CallContext } from './serve';

/** What an operation is given in a worker: TensorFlow is loaded when it is first asked for. */
export function operationContext({ signal, onProgress }: CallContext): OperationContext {
  return { signal, onProgress, backend: loadNativeBackend };
}
