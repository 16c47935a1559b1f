import * as vscode from 'vscode';
import type { Disposable } from '../dispose';
import { Owner } from '../dispose';
import type { Job } from './job';
import type { JobQueue } from './queue';
import { fractionOf, jobWords } from './words';

/** Shows the running job, and how many wait, in the status bar; a click lists them. */
export function showInStatusBar(queue: JobQueue, command: string): Disposable {
  const owner = new Owner();
  const item = owner.track(vscode.window.createStatusBarItem('acnet.jobs', vscode.StatusBarAlignment.Left));
  item.name = 'ACNet Jobs';
  item.command = command;
  owner.track(
    queue.onChange(() => {
      const [job, ...waiting] = queue.jobs.filter(({ hasEnded }) => !hasEnded);
      if (!job) {
        item.hide();
        return;
      }
      item.text = `${iconOf(job)} ${textOf(job)}${waiting.length > 0 ? ` (+${waiting.length})` : ''}`;
      item.tooltip = `ACNet: ${job.plan.title}\n${jobWords(job)}`;
      item.accessibilityInformation = { label: `ACNet: ${textOf(job)}`, role: 'button' };
      item.show();
    }),
  );
  return owner;
}

function iconOf({ state }: Job): string {
  return state.paused ? '$(debug-pause)' : '$(sync~spin)';
}

function textOf(job: Job): string {
  const fraction = fractionOf(job);
  const percent = fraction === undefined ? '' : ` ${Math.floor(fraction * 100)} %`;
  return `${job.plan.title}${percent}`;
}
