import type { Disposable } from '../dispose';
import { CallCancelled } from '../workers/errors';
import { Job, type JobPlan } from './job';

/** Runs one job at a time; the others wait in order, and can be taken out meanwhile. */
export class JobQueue implements Disposable {
  private readonly all: Job[] = [];
  private readonly listeners = new Set<(job: Job) => void>();
  /** Settles when everything before a new job has ended. */
  private last: Promise<unknown> = Promise.resolve();
  private nextId = 1;
  private disposed = false;

  /** The running one first, then those that wait. */
  get jobs(): readonly Job[] {
    return this.all;
  }

  /** Told of every change of any job: added, begun, progress, asked to stop, ended. */
  onChange(listener: (job: Job) => void): Disposable {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  /**
   * @returns what `work` returns
   * @throws CallCancelled when the job was cancelled before it began; else what `work` throws
   */
  run<T>(plan: JobPlan, work: (job: Job) => Promise<T>): Promise<T> {
    if (this.disposed) return Promise.reject(new CallCancelled());
    const job = new Job(this.nextId++, plan);
    this.all.push(job);
    const changes = job.onChange(() => this.tell(job));
    const turn = this.last;
    const result = this.begin(job, turn, work).finally(() => {
      this.all.splice(this.all.indexOf(job), 1);
      job.enter('ended');
      changes.dispose();
    });
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    // A job that is taken out of the queue must not let the next one begin before its turn.
    this.last = Promise.all([turn, settled]);
    this.tell(job);
    return result;
  }

  /** Asks every job to stop. */
  dispose(): void {
    this.disposed = true;
    for (const job of [...this.all]) job.cancel();
  }

  private async begin<T>(job: Job, turn: Promise<unknown>, work: (job: Job) => Promise<T>): Promise<T> {
    await Promise.race([turn, aborted(job.signal)]);
    if (job.signal.aborted) throw new CallCancelled();
    job.enter('running');
    return work(job);
  }

  private tell(job: Job): void {
    for (const listener of this.listeners) listener(job);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
