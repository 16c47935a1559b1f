import { existsSync } from 'node:fs';
import { z } from 'zod';
import type { Target } from '../checkpoints/target';
import { withoutNetwork } from '../checkpoints/without-network';
import { imagesStep } from '../data/choose';
import { inspectClearly } from '../reading/ask';
import { readingSaid } from '../reading/said';
import { HostError, messageOf } from '../errors';
import { preprocessingSaid, readyForImages } from '../preprocessing/choose';
import { batchFor } from './batch';
import { isJobFile, jobChoices, jobText, suggestJobFile, writeJobFile } from './job-file';
import { layersToTrain } from './layers';
import { askJob, FIRST_ANSWERS, type Answers } from './questions';
import type { Frozen } from '../../shared/choices';
import type { Command } from '../kit/command';
import { onCheckpoint } from '../kit/on-checkpoint';
import type { CommandServices } from '../services';

/** For callers by name: nothing is asked. */
const jobOptions = z.strictObject({
  ...jobChoices.shape,
  /** The job file to write; a free name beside the checkpoint when absent. */
  job: z.string().min(1).optional(),
  /** Replaces the job file, and what an earlier run of it left. */
  overwrite: z.boolean().default(false),
});
type JobOptions = z.output<typeof jobOptions>;

/** What was decided: the job file is written by then. */
interface Decided {
  readonly file: string;
  readonly overwrite: boolean;
  /** By a caller by name: nothing was asked, and nothing may be. */
  readonly byName: boolean;
}

/**
 * How a command decides on a job for a checkpoint, and writes its file.
 * @param then what is done with the file
 */
export function onNewJob<Result>(
  title: string,
  then: (services: CommandServices, decided: Decided) => Promise<Result | undefined>,
): Command<Result>['run'] {
  return onCheckpoint({
    asks: title,
    options: jobOptions,
    ask: (services, target) => ask(services, target, title),
    run: async (services, target, options, byName) => {
      const file = await write(services, target, options);
      return then(services, { file, overwrite: options.overwrite, byName });
    },
  });
}

/** Writes the file of a job. @returns its path */
async function write(
  services: CommandServices,
  target: Target,
  { job, overwrite, ...choices }: JobOptions,
): Promise<string> {
  const file = job ?? suggestJobFile(target.path, existsSync).free;
  if (!isJobFile(file)) throw new HostError('the name of a job file ends in .acnet.json', file);
  const architecture = services.memory.architecture.of(target.path);
  const reading = readingSaid(services.memory, target.path);
  const batch = choices.batch ?? (await usualBatch(services, choices));
  const preprocessing = await preprocessingSaid(services, target);
  const text = jobText(file, target.path, { ...choices, batch, architecture, reading, preprocessing });
  writeJobFile(file, text, overwrite);
  services.memory.data.remember(target.path, choices.data);
  const sites = choices.layers === undefined ? '' : `; convolutions: ${String(choices.layers)}`;
  services.log.info(`${file}: written${sites}`);
  return file;
}

async function ask(
  services: CommandServices,
  target: Target,
  title: string,
): Promise<JobOptions | undefined> {
  const { path: checkpoint, name } = target;
  const inspected = await inspectClearly(services, checkpoint);
  const { hasGraph, sites, inputs, outputs, frozenLayers = [], leftOut = [] } = inspected;
  if (!hasGraph) throw new HostError(withoutNetwork(name, 'trained'));
  if (!sites.some(({ eligible, kind }) => eligible || kind === 'acb')) {
    throw new HostError(`${name} has no convolution that could become an ACB`);
  }
  if (inputs.length !== 1 || outputs.length !== 1) {
    const found = `${inputs.length} inputs and ${outputs.length} outputs`;
    throw new HostError(`${name} has ${found}; only a network of one input and one output can be trained`);
  }
  const earlier = await earlierJob(services, checkpoint);
  const ticked = services.tickedIn(target.key);
  const chosen = (frozen?: Frozen) => layersToTrain(sites, ticked, earlier.layers, frozen);
  // Before anything is asked: it is an error where nothing could become a block.
  chosen('train');
  const subject = {
    title,
    checkpoint,
    images: imagesStep(services, target, title),
    exists: existsSync,
    sites: ({ frozen }: Answers) => chosen(frozen).words,
    frozen: frozenLayers,
    leftOut,
  };
  const answers = await askJob(subject, earlier.answers);
  if (!answers?.output || answers.data === undefined) return undefined;
  if (!(await readyForImages(services, target))) return undefined;
  const { data, epochs, statistics, frozen, baseline, output } = answers;
  const { layers } = chosen(frozen);
  const job = { job: output.path, overwrite: output.overwrite };
  return {
    ...{ data, epochs, statistics, baseline },
    ...(frozen !== undefined && { frozen }),
    ...(layers !== undefined && { layers }),
    ...job,
  };
}

/** A batch that the images are enough for; what is wrong with them is reported when the job is run. */
async function usualBatch(
  { reader, log }: CommandServices,
  { data, limit = Infinity }: Pick<JobOptions, 'data' | 'limit'>,
): Promise<number | undefined> {
  try {
    const { training } = await reader.call('countImages', { data });
    return batchFor(Math.min(training, limit));
  } catch (error) {
    log.warn(messageOf(error));
    return undefined;
  }
}

interface EarlierJob {
  readonly answers: Answers;
  readonly layers?: string | readonly string[] | undefined;
}

/** What the job file beside the checkpoint says, where there is one of this checkpoint. */
async function earlierJob({ reader }: CommandServices, checkpoint: string): Promise<EarlierJob> {
  const { taken } = suggestJobFile(checkpoint, existsSync);
  if (taken === undefined) return { answers: FIRST_ANSWERS };
  try {
    const facts = await reader.call('job', { path: taken });
    if (facts.checkpoint !== checkpoint) return { answers: FIRST_ANSWERS };
    const { data, epochs, statistics, frozen, baseline, layers } = facts;
    return { answers: { data, epochs, statistics, ...(frozen && { frozen }), baseline }, layers };
  } catch {
    // A job file that cannot be read has no answers; it stays as it is unless the user replaces it.
    return { answers: FIRST_ANSWERS };
  }
}
