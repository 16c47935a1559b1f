import type { TrainResult } from '../../contract/results';
import type { Command } from '../kit/command';
import { onNewJob } from '../training/new-job';
import { openResult } from '../training/open-result';
import { runTraining } from '../training/run';

/** Writes a job file and runs it. */
export const fineTune: Command<TrainResult> = {
  id: 'fineTune',
  title: 'Fine-Tune…',
  icon: 'mortar-board',
  needsTrust: 'Fine-tuning',
  menus: { explorer: 'checkpoint', inspector: { group: 'navigation', when: 'canTrain' } },
  fromPage: {
    fineTune: ({ run }) => run(),
    openResult: ({ services, part }, { file }) => part((target) => openResult(services, target, file)),
  },
  run: onNewJob('Fine-Tune as ACNet', (services, { file, overwrite, byName }) =>
    runTraining(services, file, { overwrite, byName }),
  ),
};
