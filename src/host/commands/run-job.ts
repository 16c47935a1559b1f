import path from 'node:path';
import { z } from 'zod';
import type { JobFacts, TrainResult } from '../../contract/results';
import { askUnclear } from '../reading/ask';
import type { Command } from '../kit/command';
import { givenOptions } from '../kit/options';
import type { CommandServices } from '../services';
import { chooseJob } from '../training/choose-job';
import { runTraining, type RunOptions } from '../training/run';
import { notify } from '../ui/window';

/** For callers by name: nothing is asked. */
const runOptions = z.strictObject({
  resume: z.boolean().optional(),
  overwrite: z.boolean().optional(),
  /** Lets the job write outside of its folder and the workspace. */
  allowOutside: z.boolean().optional(),
});

/** Runs a job file, the open one when none is given; the options of callers by name say what to do with an earlier run. */
export const runJob: Command<TrainResult> = {
  id: 'runJob',
  title: 'Run Job',
  icon: 'play',
  needsTrust: 'Running a job',
  menus: { explorer: 'job', jobEditor: {} },
  async run(services, given, options) {
    const file = await chooseJob(services, given, 'Run Job', () => true);
    if (file === undefined) return undefined;
    const how = givenHow(options) ?? (await askHow(services, file));
    return how && runTraining(services, file, how);
  },
};

function givenHow(options: unknown): RunOptions | undefined {
  const given = givenOptions(runOptions, options);
  return given && { ...given, byName: true };
}

/** What a new run needs to know that the job does not say; nothing of an earlier run is lost without a word. */
async function askHow(services: CommandServices, file: string): Promise<RunOptions | undefined> {
  const facts = await services.reader.call('job', { path: file });
  const how = await askEarlier(facts, path.basename(file));
  // A run that is continued has begun with an answer.
  if (how && !how.resume && facts.equalWeights === undefined && facts.bnEpsilon === undefined)
    await askUnclear(services, [facts.checkpoint]);
  return how;
}

async function askEarlier({ run, folder }: JobFacts, name: string): Promise<RunOptions | undefined> {
  if (run === 'none') return {};
  const anew = run === 'finished' ? 'Run Again' : 'Start Anew';
  const message =
    run === 'finished' ? `${name} was run already. Run it again?` : `${name} has an unfinished run.`;
  const detail = `The checkpoints of the earlier run in ${folder} are replaced when a new one is done.`;
  const answers = run === 'finished' ? [anew] : ['Resume', anew];
  const answer = await notify('warning', message, answers, { detail });
  if (answer === undefined) return undefined;
  return answer === anew ? { overwrite: true } : { resume: true };
}
