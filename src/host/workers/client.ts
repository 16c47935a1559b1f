import type { AssumedNetworkResult } from '../../contract/results';
import { workerMessage, type HostMessage, type Notice, type WorkerMessage } from '../../contract/wire';
import {
  calls,
  type CallName,
  type CallsOf,
  type RequestOf,
  type ResultOf,
  type WorkerName,
} from '../../contract/calls';
import type { Disposable } from '../dispose';
import { CallCancelled, CallError, WorkerDied, type ProcessEnd } from './errors';
import { CallWatch, limitsOf, type WorkerLimits } from './limits';
import type { ProcessEvents } from './process';

/** What the client needs of a process; `WorkerProcess` is one. */
export interface Process {
  readonly pid: number | undefined;
  send(message: HostMessage): void;
  kill(): void;
}

/** Whether a call is to wait between two steps of its work; may change while it runs. */
interface Pausing {
  isPaused(): boolean;
  onChange(listener: () => void): Disposable;
}

/** How a call is followed, stopped and paused; `onNotice` hears of what is found before its result. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onNotice?: (notice: Notice) => void;
  readonly pausing?: Pausing | undefined;
}

/** Where a client writes what is not an answer. */
export interface ClientLog {
  /** A line of the process's own output. */
  line(text: string): void;
  problem(text: string): void;
  /** What the network of a file was assumed to be by a call. */
  assumed?(assumed: AssumedNetworkResult, call: CallName): void;
}

/** A call that waits, in the queue or in the process. Its promise is settled exactly once. */
interface Pending {
  readonly id: number;
  readonly call: CallName;
  readonly request: object;
  readonly onNotice?: ((notice: Notice) => void) | undefined;
  readonly pausing?: Pausing | undefined;
  cancelled: boolean;
  settle(outcome: { readonly value: unknown } | { readonly error: Error }): void;
}

/**
 * Calls a worker process, one call at a time; the others wait in order. The process is started by the first call
 * and again by the next one after it ended. Every call's promise ends: by the answer, by cancelling (taken out of
 * the queue, else signalled, else killed after a while), by the process exceeding its limits and being killed, by its end
 * otherwise, or by `dispose`.
 */
export class WorkerClient<W extends WorkerName> implements Disposable {
  private readonly queue: Pending[] = [];
  private running: Pending | undefined;
  private process: Process | undefined;
  private killer: NodeJS.Timeout | undefined;
  private watch: CallWatch | undefined;
  /** Why the process is being ended, where that is by its limits. */
  private verdict: ProcessEnd | undefined;
  private nextId = 1;
  private disposed = false;

  constructor(
    private readonly name: W,
    private readonly start: (events: ProcessEvents) => Process,
    private readonly log: ClientLog,
    /**
     * `each`: every call gets a new process, which is ended after it: TensorFlow reads how many threads to use once in
     * a process, and gives memory back only with the process.
     */
    private readonly processes: 'kept' | 'each' = 'kept',
    private readonly limits: WorkerLimits = limitsOf(name),
  ) {}

  /** Of the process, while there is one. */
  get pid(): number | undefined {
    return this.process?.pid;
  }

  /**
   * @throws CallError what the worker answered instead of a result
   * @throws CallCancelled when `signal` was aborted, or the client disposed
   * @throws WorkerDied when the process ended meanwhile
   */
  call<N extends CallsOf<W>>(
    call: N,
    request: RequestOf<N>,
    { signal, onNotice, pausing }: CallOptions = {},
  ): Promise<ResultOf<N>> {
    if (this.disposed || signal?.aborted) return Promise.reject(new CallCancelled());
    return new Promise<ResultOf<N>>((resolve, reject) => {
      const cancel = (): void => this.cancel(pending);
      const pauses = pausing?.onChange(() => this.tellPause(pending));
      const pending: Pending = {
        id: this.nextId++,
        call,
        request,
        onNotice,
        pausing,
        cancelled: false,
        settle: (outcome) => {
          signal?.removeEventListener('abort', cancel);
          pauses?.dispose();
          if ('error' in outcome) reject(outcome.error);
          // Checked against the call's record in `answered`.
          else resolve(outcome.value as ResultOf<N>);
        },
      };
      signal?.addEventListener('abort', cancel, { once: true });
      this.queue.push(pending);
      this.pump();
    });
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    clearTimeout(this.killer);
    this.watch?.dispose();
    const waiting = [...(this.running ? [this.running] : []), ...this.queue.splice(0)];
    this.running = undefined;
    this.process?.kill();
    this.process = undefined;
    for (const pending of waiting) pending.settle({ error: new CallCancelled() });
  }

  private pump(): void {
    if (this.running || this.disposed) return;
    const next = this.queue.shift();
    if (!next) return;
    this.running = next;
    try {
      this.process ??= this.started();
      this.watch = new CallWatch(this.process.pid, next.call, this.limits, (reason) => this.exceeded(reason));
      this.process.send({ type: 'call', id: next.id, call: next.call, request: next.request });
      if (next.pausing?.isPaused()) this.tellPause(next);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.ended(this.process, { kind: 'failed', text }, []);
    }
  }

  private started(): Process {
    this.verdict = undefined;
    const process: Process = this.start({
      onMessage: (message) => {
        if (process === this.process) this.received(message);
      },
      onEnd: (end, lastLines) => this.ended(process, end, lastLines),
      onLine: (line) => this.log.line(line),
    });
    return process;
  }

  private received(raw: unknown): void {
    const parsed = workerMessage.safeParse(raw);
    if (!parsed.success) {
      // It is unknown which call this was about, so nothing this process says can be relied on.
      this.log.problem(`malformed message from the ${this.name} process: ${parsed.error.issues[0]?.message}`);
      this.process?.kill();
      return;
    }
    const message = parsed.data;
    if (message.id !== this.running?.id) return;
    if (message.type === 'notice') {
      this.watch?.noticed();
      const { notice } = message;
      if (notice.kind === 'assumed') this.log.assumed?.(notice.assumed, this.running.call);
      this.running.onNotice?.(notice);
    } else {
      if (message.last) this.retire();
      this.answered(this.running, message.answer);
    }
  }

  /** Ends a process that can answer no further call; the next call starts a new one. */
  private retire(): void {
    const { process } = this;
    this.process = undefined;
    process?.kill();
  }

  private answered(
    pending: Pending,
    answer: Extract<WorkerMessage, { readonly type: 'answer' }>['answer'],
  ): void {
    if ('err' in answer) {
      const cancelled = pending.cancelled || answer.err.kind === 'cancelled';
      this.finish(pending, { error: cancelled ? new CallCancelled() : new CallError(answer.err) });
      return;
    }
    const { result } = calls[pending.call];
    const parsed = result.safeParse(answer.ok);
    if (parsed.success) this.finish(pending, { value: parsed.data });
    else this.finish(pending, { error: malformed(this.name, pending.call, parsed.error.issues[0]) });
  }

  private finish(pending: Pending, outcome: { readonly value: unknown } | { readonly error: Error }): void {
    clearTimeout(this.killer);
    this.watch?.dispose();
    this.running = undefined;
    if (this.processes === 'each') this.endProcess();
    pending.settle(outcome);
    this.pump();
  }

  /** Its end is then nobody's concern: what it says is not listened to any more. */
  private endProcess(): void {
    const { process } = this;
    this.process = undefined;
    process?.kill();
  }

  private tellPause(pending: Pending): void {
    const { id, pausing } = pending;
    if (pending !== this.running || !pausing) return;
    this.watch?.setPaused(pausing.isPaused());
    this.process?.send({ type: 'pause', id, paused: pausing.isPaused() });
  }

  private cancel(pending: Pending): void {
    pending.cancelled = true;
    const place = this.queue.indexOf(pending);
    if (place >= 0) {
      this.queue.splice(place, 1);
      pending.settle({ error: new CallCancelled() });
    } else if (pending === this.running) {
      this.process?.send({ type: 'cancel', id: pending.id });
      this.killer = setTimeout(() => this.process?.kill(), this.limits.graceMilliseconds);
    }
  }

  /** `onEnd` of the process follows. */
  private exceeded(reason: string): void {
    this.verdict = { kind: 'stopped', text: reason };
    this.process?.kill();
  }

  private ended(process: Process | undefined, end: ProcessEnd, lastLines: readonly string[]): void {
    if (this.disposed || process !== this.process) return;
    this.process = undefined;
    const death = { worker: this.name, end: this.verdict ?? end, lastLines, pid: process?.pid };
    const pending = this.running;
    if (!pending) {
      this.log.problem(new WorkerDied(death).message);
      return;
    }
    const error = pending.cancelled
      ? new CallCancelled(death.pid)
      : new WorkerDied({ ...death, file: aboutOf(pending) });
    if (error instanceof WorkerDied) this.log.problem(error.message);
    this.finish(pending, { error });
  }
}

/** The file or folder that a call is about; of two the first. */
function aboutOf({ call, request }: Pending): string | undefined {
  const { about } = calls[call];
  const value: unknown = about === undefined ? undefined : Reflect.get(request, about);
  return typeof value === 'string' ? value : undefined;
}

function malformed(
  worker: string,
  call: string,
  issue: { readonly path: PropertyKey[]; readonly message: string } | undefined,
): Error {
  const where = issue?.path.map(String).join('.') ?? '';
  return new CallError({
    kind: 'internal',
    message: `the ${worker} process answered '${call}' with a malformed result (${where}: ${issue?.message})`,
    summary: 'the result was malformed',
    detail: { where },
  });
}
