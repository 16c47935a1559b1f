import * as vscode from 'vscode';
import type { TrainResult } from '../../contract/results';
import { execute, type Command } from '../kit/command';
import { chooseJob } from '../training/choose-job';
import { runTraining } from '../training/run';

/** Continues the run of a job file that was stopped or killed. */
export const resumeJob: Command<TrainResult> = {
  id: 'resumeJob',
  title: 'Resume Job',
  icon: 'debug-continue',
  needsTrust: 'Resuming a job',
  menus: { explorer: 'job', jobEditor: { when: 'canResume' } },
  fromPage: {
    resumeTraining: ({ services, uri }) => {
      const { training } = services.states.get(uri.toString());
      if (training) void execute(resumeJob, vscode.Uri.file(training.jobFile));
    },
  },
  async run(services, given) {
    const file = await chooseJob(services, given, 'Resume Job', ({ run }) => run === 'unfinished');
    return file === undefined ? undefined : runTraining(services, file, { resume: true });
  },
};
