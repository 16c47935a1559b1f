import type { Disposable } from '../dispose';
import { Owner } from '../dispose';
import { statusItem } from '../ui/window';
import type { Job } from './job';
import type { JobQueue } from './queue';
import { fractionOf, jobWords } from './words';

/** Shows the running job, and how many wait, in the status bar; a click lists them. */
export function showInStatusBar(queue: JobQueue, command: string): Disposable {
  const owner = new Owner();
  const item = owner.track(statusItem('acnet.jobs', 'ACNet Jobs', command));
  owner.track(
    queue.onChange(() => {
      const [job, ...waiting] = queue.jobs.filter(({ hasEnded }) => !hasEnded);
      if (!job) {
        item.hide();
        return;
      }
      item.show({
        icon: job.state.paused ? 'debug-pause' : 'sync~spin',
        text: `${textOf(job)}${waiting.length > 0 ? ` (+${waiting.length})` : ''}`,
        tooltip: [`ACNet: ${job.plan.title}`, jobWords(job)],
        spoken: `ACNet: ${textOf(job)}`,
      });
    }),
  );
  return owner;
}

function textOf(job: Job): string {
  const fraction = fractionOf(job);
  const percent = fraction === undefined ? '' : ` ${Math.floor(fraction * 100)} %`;
  return `${job.plan.title}${percent}`;
}
