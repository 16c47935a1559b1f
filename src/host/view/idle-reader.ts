import type { InspectResult } from '../../contract/results';
import type { Disposable } from '../dispose';
import type { WorkerClient } from '../workers/client';

type Client = Pick<WorkerClient<'reader'>, 'call' | 'dispose'>;

// A folder that is being written to is read again and again; longer silence is rare.
const IDLE_MILLISECONDS = 15_000;

/**
 * A reader process of the view's own, ended when nothing was asked for a while. Files that nobody has opened are read here:
 * one that hangs or kills its process disturbs no job and no editor.
 */
export class IdleReader implements Disposable {
  private client: Client | undefined;
  private running = 0;
  private timer: NodeJS.Timeout | undefined;
  private disposed = false;

  constructor(
    private readonly start: () => Client,
    private readonly idleMilliseconds = IDLE_MILLISECONDS,
  ) {}

  /** @throws what the client's call throws */
  async inspect(path: string, signal: AbortSignal): Promise<InspectResult> {
    if (this.disposed) throw new Error('the view is closed');
    clearTimeout(this.timer);
    this.client ??= this.start();
    this.running++;
    try {
      return await this.client.call('inspect', { path }, { signal });
    } finally {
      this.running--;
      if (this.running === 0 && !this.disposed) {
        this.timer = setTimeout(() => this.end(), this.idleMilliseconds);
      }
    }
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.timer);
    this.end();
  }

  private end(): void {
    this.client?.dispose();
    this.client = undefined;
  }
}
