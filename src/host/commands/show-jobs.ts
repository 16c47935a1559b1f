import * as vscode from 'vscode';
import type { Job } from '../jobs/job';
import { jobWords } from '../jobs/words';
import type { CommandServices } from './context';

type Item = vscode.QuickPickItem & { readonly run?: () => unknown };

/** `acnet.showJobs`: what runs and what waits, with what can be done about it. */
export async function showJobs(services: CommandServices): Promise<void> {
  const { all } = services.jobs;
  const items = all.flatMap((job, index) => itemsOf(services, job, index > 0 ? all[0] : undefined));
  items.push({ label: '$(output) Show Log', run: () => services.log.show() });
  const placeHolder = all.length === 0 ? 'Nothing is running' : undefined;
  const picked = await vscode.window.showQuickPick(items, { title: 'ACNet Jobs', placeHolder });
  await picked?.run?.();
}

function itemsOf(services: CommandServices, job: Job, before: Job | undefined): Item[] {
  const { title, file, pausable } = job.plan;
  const paused = job.state.paused ?? false;
  return [
    { label: title, kind: vscode.QuickPickItemKind.Separator },
    {
      label: job.isQueued ? '$(close) Take Out of the Queue' : '$(debug-stop) Cancel',
      description: jobWords(job, before),
      run: () => job.cancel(),
    },
    ...(pausable && !job.isQueued
      ? [
          {
            label: paused ? '$(debug-continue) Go On' : '$(debug-pause) Pause',
            run: () => job.setPaused(!paused),
          },
        ]
      : []),
    {
      label: '$(search) Open Inspector',
      run: () => services.openInInspector(vscode.Uri.parse(file, true)),
    },
  ];
}
