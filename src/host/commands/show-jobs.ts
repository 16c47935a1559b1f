import * as vscode from 'vscode';
import type { Job } from '../jobs/job';
import { jobWords } from '../jobs/words';
import type { Command } from '../kit/command';
import type { CommandServices } from '../services';
import { pickOne, type PickItem } from '../ui/window';

type Item = PickItem & { readonly run?: () => unknown };

/** What runs and what waits, with what can be done about it. */
export const showJobs: Command<void> = {
  id: 'showJobs',
  title: 'Show Jobs',
  icon: 'checklist',
  run: (services) => show(services),
};

async function show(services: CommandServices): Promise<void> {
  const { all } = services.jobs;
  const items = all.flatMap((job, index) => itemsOf(services, job, index > 0 ? all[0] : undefined));
  items.push({ icon: 'output', label: 'Show Log', run: () => services.log.show() });
  const placeHolder = all.length === 0 ? 'Nothing is running' : undefined;
  const picked = await pickOne(items, { title: 'ACNet Jobs', placeHolder });
  await picked?.run?.();
}

function itemsOf(services: CommandServices, job: Job, before: Job | undefined): Item[] {
  const { title, file, pausable } = job.plan;
  const paused = job.state.paused ?? false;
  return [
    { label: title, kind: vscode.QuickPickItemKind.Separator },
    {
      icon: job.isQueued ? 'close' : 'debug-stop',
      label: job.isQueued ? 'Take Out of the Queue' : 'Cancel',
      description: jobWords(job, before),
      run: () => job.cancel(),
    },
    ...(pausable && !job.isQueued
      ? [
          {
            icon: paused ? 'debug-continue' : 'debug-pause',
            label: paused ? 'Continue' : 'Pause',
            run: () => job.setPaused(!paused),
          },
        ]
      : []),
    {
      icon: 'search',
      label: 'Open Inspector',
      run: () => services.openInInspector(vscode.Uri.parse(file, true)),
    },
  ];
}
