import { endedProcess, messageOf } from '../errors';
import type { CommandServices } from '../services';

/**
 * Runs a call of a worker that writes into `folders`. If the process was killed meanwhile, the reader removes the
 * unfinished files that it may have left.
 */
export async function writing<T>(
  { reader, log }: Pick<CommandServices, 'reader' | 'log'>,
  folders: readonly string[],
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (endedProcess(error) === undefined) throw error;
    for (const folder of new Set(folders)) {
      await reader
        .call('removeLeftovers', { folder })
        .catch((failure: unknown) => log.warn(messageOf(failure)));
    }
    throw error;
  }
}
