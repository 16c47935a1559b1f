import type { TrainEvent, TrainResult } from '../../contract/results';
import type { Job } from '../job/job';
import { trainSeeds } from './seeds';
import { trainJob, type JobTarget, type TrainContext } from './train';

/**
 * Runs a job, once or for each of its seeds.
 * @throws UserError in one line; CancelledError when stopped.
 */
export function runJob(job: Job, target: JobTarget, context: TrainContext): Promise<TrainResult> {
  return job.seeds > 1 ? trainSeeds(job, target, context) : trainJob(job, target, context);
}

/** Of each event in turn, whether it is of the run that the job's result is of: of several seeds the first. */
export function firstSeed(): (event: TrainEvent) => boolean {
  let run = 1;
  return (event) => {
    if (event.event === 'seed') ({ run } = event);
    return run === 1;
  };
}
