import type { CallFailure } from '../../protocol/worker';

/** What the worker answered instead of a result. */
export class CallError extends Error {
  constructor(readonly failure: CallFailure) {
    super(failure.message);
    this.name = 'CallError';
  }
}

/** The caller gave the call up, before it was sent, in time, or by the process being killed. */
export class CallCancelled extends Error {
  /** @param pid of the process, when it had to be killed */
  constructor(readonly pid?: number) {
    super('stopped on request');
    this.name = 'CallCancelled';
  }
}

/** The process ended, or never started, while a call was waiting for it. */
export class WorkerDied extends Error {
  /**
   * @param reason what is known of the end, as in `killed by SIGKILL`
   * @param lastLines the end of its standard error, oldest first
   */
  constructor(
    readonly worker: string,
    readonly reason: string,
    readonly lastLines: readonly string[],
    readonly pid?: number,
  ) {
    const tail = lastLines.length > 0 ? `; its last words: ${lastLines.join(' | ')}` : '';
    super(`the ${worker} process ended: ${reason}${tail}`);
    this.name = 'WorkerDied';
  }
}
