/** Entry of the process that parses files: no TensorFlow here, so that it starts at once and stays small. */
import { UnsupportedError } from '../core/errors';
import { removeLeftovers } from '../files/atomic';
import { convertFile } from '../operations/convert';
import type { OperationContext } from '../operations/context';
import { exportFile } from '../operations/export';
import { fuseFile } from '../operations/fuse';
import { inspectFile } from '../operations/inspect';
import { kernelsOfFile } from '../operations/kernels';
import { parentPort } from './port';
import { serve, type CallContext } from './serve';

serve<'reader'>(
  {
    inspect: async ({ path }) => {
      const start = performance.now();
      const result = await inspectFile(path);
      return { ...result, readMilliseconds: performance.now() - start };
    },
    kernels: ({ path }) => kernelsOfFile(path),
    convert: ({ path, output, ...options }, context) =>
      convertFile(path, output, options, withoutBackend(context)),
    fuse: ({ path, output, ...options }, context) => fuseFile(path, output, options, withoutBackend(context)),
    exportAs: ({ path, output, ...options }, context) =>
      exportFile(path, output, options, withoutBackend(context)),
    removeLeftovers: ({ output, pid }) => ({ removed: removeLeftovers(output, pid) }),
  },
  parentPort(),
);

function withoutBackend({ signal, onProgress }: CallContext): OperationContext {
  return {
    signal,
    onProgress,
    backend: () => Promise.reject(new UnsupportedError('this process reads files and runs no network')),
  };
}
