import { CancelledError, UserError } from '../core/errors';
import { tellingAssumed, type ReadingOf } from '../files/assumed';
import { PauseSwitch } from '../operations/kit/pause';
import type { Progress } from '../contract/results';
import type { CallFailure, Notice } from '../contract/wire';
import {
  calls,
  type Attachment,
  type CallName,
  type CallsOf,
  type NoticeOf,
  type RequestOf,
  type ResultOf,
  type WorkerName,
} from '../contract/calls';
import type { Port } from './port';

/** What a handler is given beside its request. */
export interface CallContext<N extends CallName = CallName> {
  /** Aborted when the host cancels the call. */
  readonly signal: AbortSignal;
  /** Set while the host wants the call to rest, or the call itself until the host answers. */
  readonly pause: PauseSwitch;
  readonly notify: (notice: NoticeOf<N>) => void;
  readonly onProgress: (progress: Progress) => void;
}

/** One function for each call of a worker. */
export type Handlers<W extends WorkerName> = {
  readonly [N in CallsOf<W>]: (
    request: RequestOf<N>,
    context: CallContext<N>,
  ) => ResultOf<N> | Promise<ResultOf<N>>;
};

// Faster than anyone reads; a message per batch would cost more than small batches do.
const PROGRESS_MILLISECONDS = 100;

/** What the host can say to a call that runs. */
interface RunningCall {
  readonly controller: AbortController;
  readonly pause: PauseSwitch;
}

/**
 * Answers the host's calls with `handlers`; whatever a handler throws becomes an answer too.
 * @param isSpent asked behind each call: true if this process can answer no further one
 */
export function serve<W extends WorkerName>(
  handlers: Handlers<W>,
  port: Port,
  isSpent: () => boolean = () => false,
): void {
  const running = new Map<number, RunningCall>();
  port.onMessage((message) => {
    if (message.type === 'cancel') {
      running.get(message.id)?.controller.abort();
      return;
    }
    if (message.type === 'pause') {
      running.get(message.id)?.pause.set(message.paused);
      return;
    }
    const { id, call, request } = message;
    const own = { controller: new AbortController(), pause: new PauseSwitch() };
    running.set(id, own);
    const context = callContext(own, (notice) => port.send({ type: 'notice', id, notice }));
    void answer(handlers, call, request, context).then((result) => {
      running.delete(id);
      port.send({ type: 'answer', id, answer: result, ...(isSpent() && { last: true }) });
    });
  });
}

async function answer<W extends WorkerName>(
  handlers: Handlers<W>,
  call: string,
  request: unknown,
  context: CallContext,
): Promise<{ ok: unknown } | { err: CallFailure }> {
  try {
    if (!isCall(handlers, call)) throw new Error(`this worker answers no call '${call}'`);
    // The index type of a mapped generic is an intersection of parameters: the check above is what makes this safe.
    const handler = handlers[call] as (request: unknown, context: CallContext) => unknown;
    const asked: object & Attachment = calls[call].request.parse(request);
    const { value } = await tellingAssumed(
      () => handler(asked, context),
      (assumed) => context.notify({ kind: 'assumed', assumed }),
      readingsIn(asked),
    );
    return { ok: value };
  } catch (error) {
    return { err: toFailure(error) };
  }
}

/** What the host says of the files that a call opens. */
function readingsIn({ readings }: Attachment): ReadingOf {
  const known = new Map(readings?.map(({ file, ...reading }) => [file, reading]));
  return (file) => known.get(file) ?? {};
}

function isCall<W extends WorkerName>(handlers: Handlers<W>, call: string): call is CallsOf<W> & CallName {
  return Object.hasOwn(handlers, call) && Object.hasOwn(calls, call);
}

function callContext(
  { controller: { signal }, pause }: RunningCall,
  notify: (notice: Notice) => void,
): CallContext {
  let phase: string | undefined;
  let due = 0;
  return {
    signal,
    pause,
    notify,
    onProgress(progress) {
      const now = performance.now();
      const last = progress.done >= progress.total;
      if (progress.phase === phase && now < due && !last) return;
      phase = progress.phase;
      due = now + PROGRESS_MILLISECONDS;
      notify({ kind: 'progress', progress });
    },
  };
}

/** An error as data; what is not a UserError is a defect of ours and takes its stack along. */
function toFailure(error: unknown): CallFailure {
  if (error instanceof UserError) {
    return {
      kind: error instanceof CancelledError ? 'cancelled' : 'user',
      message: error.message,
      summary: error.summary,
      detail: error.detail,
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? error.stack : undefined;
  return { kind: 'internal', message, summary: message, detail: {}, ...(stack ? { stack } : {}) };
}
