import type { TrainResult } from '../../contract/results';
import type { Command } from '../kit/command';
import { chooseJob } from '../training/choose-job';
import { runTraining } from '../training/run';

/** Continues the run of a job file that was stopped or killed. */
export const resumeJob: Command<TrainResult> = {
  id: 'resumeJob',
  title: 'Resume Job',
  icon: 'debug-continue',
  needsTrust: 'Resuming a job',
  menus: { explorer: 'job', jobEditor: { when: 'canResume' } },
  async run(services, given) {
    const file = await chooseJob(services, given, 'Resume Job', ({ run }) => run === 'unfinished');
    return file === undefined ? undefined : runTraining(services, file, { resume: true });
  },
};
