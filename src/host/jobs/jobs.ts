import { Owner } from '../dispose';
import { notify } from '../ui/window';
import { isCancelled } from '../errors';
import type { FileStates } from '../facts/states';
import type { Job, JobPlan } from './job';
import { showNotification } from './notification';
import { JobQueue } from './queue';
import { showInStatusBar } from './status-bar';

/** Work on checkpoints, one at a time: as notifications, in the status bar and on the pages of the files. */
export class Jobs extends Owner {
  private readonly queue = this.track(new JobQueue());

  /** @param showJobs name of the command that lists them */
  constructor(states: FileStates, showJobs: string) {
    super();
    this.track(showInStatusBar(this.queue, showJobs));
    this.track(
      this.queue.onChange(({ plan }) => states.update(plan.file, { job: this.on(plan.file)?.state })),
    );
  }

  /** The running one first. */
  get all(): readonly Job[] {
    return this.queue.jobs.filter(({ hasEnded }) => !hasEnded);
  }

  /** The job that a file's pages show: the running one, else the first that waits. */
  on(file: string): Job | undefined {
    return this.all.find(({ plan }) => plan.file === file);
  }

  /**
   * Runs `work` when the jobs before it have ended.
   * @param onStopped tells that it was cancelled
   * @returns undefined when it was cancelled
   * @throws what `work` throws
   */
  async run<T>(
    plan: JobPlan,
    work: (job: Job) => Promise<T>,
    onStopped: () => void = () => tellStopped(plan),
  ): Promise<T | undefined> {
    const ending = this.queue.run(plan, work);
    const job = this.queue.jobs.at(-1);
    if (job) showNotification(job, this.queue);
    try {
      return await ending;
    } catch (error) {
      if (!isCancelled(error)) throw error;
      onStopped();
      return undefined;
    }
  }
}

function tellStopped({ title }: JobPlan): void {
  void notify('info', `${title}: stopped; nothing was written.`);
}
