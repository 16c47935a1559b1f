import { withNotification, type ProgressReport } from '../ui/window';
import type { Job } from './job';
import type { JobQueue } from './queue';
import { fractionOf, jobWords } from './words';

/** Shows a job as a notification with Cancel, from the moment it is queued until it has ended. */
export function showNotification(job: Job, queue: JobQueue): void {
  const { title } = job.plan;
  const whileItRuns = (report: (progress: ProgressReport) => void): Promise<void> =>
    new Promise<void>((resolve) => {
      let shown = 0;
      const show = (): void => {
        if (job.hasEnded) {
          changes.dispose();
          resolve();
          return;
        }
        const percent = (fractionOf(job) ?? 0) * 100;
        // Increments add up; a new phase may begin anew, and the bar then waits for it.
        const increment = Math.max(0, percent - shown);
        shown += increment;
        report({ message: jobWords(job, queue.jobs[0]), increment });
      };
      const changes = job.onChange(show);
      show();
    });
  void withNotification(title, whileItRuns, () => job.cancel());
}
