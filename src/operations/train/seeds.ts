import path from 'node:path';
import { UserError } from '../../core/errors';
import { seedMean } from '../../core/analysis/seeds';
import { OwnFolder } from '../../files/own-folder';
import type { OverSeeds, TrainResult } from '../../contract/results';
import { trainResult } from '../../contract/results/training';
import { JOB_RECORD, RESULT, seedFolder } from '../job/folder';
import { jobHistory } from '../job/history';
import type { Job } from '../job/job';
import { requireInside } from '../job/places';
import { requireOwnFolder, changedSetting } from '../job/record';
import { splitSeed } from '../job/split-seed';
import { hasStates, lockFolder } from './run/folder';
import { JobFolder } from './run/log';
import { trainJob, type JobTarget, type TrainContext } from './train';

/** One of several runs. */
interface SeedRun {
  readonly job: Job;
  readonly folder: OwnFolder;
}

/**
 * Trains both networks of a job once for each of its seeds, one pair after the other, each in a folder of its own within the
 * job's. A run that was stopped continues with the seed at which it was; those before are not trained again.
 * @returns the first seed's result, with what all of them show
 * @throws UserError in one line; CancelledError when stopped.
 */
export async function trainSeeds(job: Job, target: JobTarget, context: TrainContext): Promise<TrainResult> {
  const { directory, resume = false, overwrite = false, allowed = [] } = target;
  requireInside(job, directory, allowed);
  const own = new OwnFolder(directory);
  const runs = seedRuns(job, directory);
  const unlock = lockFolder(own, own.path);
  try {
    requireOwnFolder(own, job);
    if (resume) requireSame(own, job);
    else if (!overwrite) requireNothingBegun(own, runs);
    const folder = await JobFolder.open(own, job, (event) => context.onEvent(event), resume);
    const results: TrainResult[] = [];
    for (const [i, run] of runs.entries()) {
      const known = resume ? finishedResult(run) : undefined;
      if (!known) folder.tell({ event: 'seed', seed: run.job.seed, run: i + 1, runs: runs.length });
      results.push(
        known ?? (await trainOne(run, { resume, overwrite, allowed }, i === 0 ? context : unasked(context))),
      );
    }
    const result = combined(runs, results, own);
    await folder.finish(result);
    return result;
  } finally {
    unlock();
  }
}

function seedRuns(job: Job, directory: string): SeedRun[] {
  const { seed: first, seeds } = job;
  return Array.from({ length: seeds }, (_, i) => {
    const seed = first + i;
    const { folder, name = path.basename(job.checkpoint, path.extname(job.checkpoint)) } = job.output;
    // In one folder they need names of their own.
    const output = folder === undefined ? job.output : { ...job.output, name: `${name}.seed${seed}` };
    const data = { ...job.data, splitSeed: splitSeed(job) };
    return {
      job: { ...job, seed, seeds: 1, data, output },
      folder: new OwnFolder(path.join(directory, seedFolder(seed))),
    };
  });
}

function trainOne(
  { job, folder }: SeedRun,
  { resume, ...target }: Omit<JobTarget, 'directory'>,
  context: TrainContext,
): Promise<TrainResult> {
  const isBegun = resume === true && folder.has(JOB_RECORD);
  return trainJob(job, { ...target, directory: folder.path, resume: isBegun }, context);
}

/** All seeds begin with one checkpoint: a start in doubt is asked about once. */
function unasked({ rest: _, ...context }: TrainContext): TrainContext {
  return {
    ...context,
    onEvent(event) {
      if (event.event !== 'doubt') context.onEvent(event);
    },
  };
}

/** @throws UserError when the run in the folder is of other settings: its runs and the next ones would not be alike */
function requireSame(own: OwnFolder, job: Job): void {
  if (own.has(RESULT)) {
    throw new UserError('the run is finished: there is nothing to resume', { path: own.path });
  }
  if (!own.has(JOB_RECORD)) {
    throw new UserError('no run of this job was begun here: there is nothing to resume', { path: own.path });
  }
  const changed = changedSetting(own, job);
  if (changed === undefined) return;
  throw new UserError('the job has changed since its first run; --overwrite starts anew', {
    path: job.file,
    where: changed,
  });
}

/** @throws UserError when a new run would take an unfinished one away */
function requireNothingBegun(own: OwnFolder, runs: readonly SeedRun[]): void {
  if (own.has(RESULT)) return;
  const isBegun = runs.some(({ folder }) => folder.has(RESULT) || hasStates(folder));
  if (!isBegun) return;
  throw new UserError('the folder holds an unfinished run: --resume continues it, --overwrite starts anew', {
    path: own.path,
  });
}

function finishedResult({ folder }: SeedRun): TrainResult | undefined {
  return folder.has(RESULT) ? trainResult.safeParse(jobHistory(folder.path).result).data : undefined;
}

/** @throws UserError if they were not trained on the same */
function combined(runs: readonly SeedRun[], results: readonly TrainResult[], own: OwnFolder): TrainResult {
  const [first] = results;
  if (!first) throw new Error('a job has at least one seed');
  const rows = results.map(({ baseline, acnet, inputs }, i) => {
    const { job, folder } = runs[i] ?? runs[0];
    if (JSON.stringify(inputs) !== JSON.stringify(first.inputs)) {
      throw new UserError(
        'the runs of this job are of different checkpoints or images; --overwrite starts anew',
        {
          path: folder.path,
        },
      );
    }
    const { seed } = job;
    return { seed, baseline: baseline.top1, acnet: acnet.top1, folder: path.relative(own.path, folder.path) };
  });
  const seeds: OverSeeds = { runs: rows, ...seedMean(rows.map(({ baseline, acnet }) => acnet - baseline)) };
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  return { ...first, seeds, seconds };
}
