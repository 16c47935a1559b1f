import type { ErrorState } from '../contract/run';
import { capitalised } from '../shared/words';
import { CallCancelled, CallError, WorkerDied } from './workers/errors';

/** A request that the extension itself refuses, in one sentence for people. */
export class HostError extends Error {
  constructor(
    message: string,
    readonly file?: string,
  ) {
    super(message);
    this.name = 'HostError';
  }
}

/** The process that ended under a call, if that is what happened. */
export function endedProcess(error: unknown): number | undefined {
  return error instanceof WorkerDied || error instanceof CallCancelled ? error.pid : undefined;
}

/** True for the end of a call that somebody stopped: nothing went wrong. */
export const isCancelled = (error: unknown): boolean => error instanceof CallCancelled;

/** What the page shows of a failure. */
export function toErrorState(error: unknown, file: string): ErrorState {
  if (error instanceof CallError) {
    const { summary, detail } = error.failure;
    const { path, ...rest } = detail;
    return { file: path ?? file, ...rest, title: capitalised(summary) };
  }
  if (error instanceof WorkerDied) {
    const words = error.lastLines.at(-1);
    return {
      title: `The ${error.worker} process ended before it could answer`,
      file: error.file ?? file,
      found: words ? `${error.reason}: ${words}` : error.reason,
    };
  }
  return { title: capitalised(messageOf(error)), file };
}

/** One line for a notification or the log. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
