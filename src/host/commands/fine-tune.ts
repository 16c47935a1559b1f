import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { z } from 'zod';
import type { TrainResult } from '../../contract/results';
import { chooseCheckpoint, diskPath } from '../checkpoints/choose';
import { inspectClearly } from '../equal-weights/ask';
import { HostError, messageOf } from '../errors';
import { preprocessingAside, preprocessingSaid, readyForImages } from '../preprocessing/choose';
import { batchFor } from '../training/batch';
import { isJobFile, jobChoices, jobText, suggestJobFile, writeJobFile } from '../training/job-file';
import { layersToTrain } from '../training/layers';
import { askJob, FIRST_ANSWERS, type Answers } from '../training/questions';
import { runTraining } from '../training/run';
import { givenOptions, isTrusted, withoutNetwork, type CommandServices } from '../services';

/** For callers by name: nothing is asked. */
const fineTuneOptions = z.strictObject({
  ...jobChoices.shape,
  /** The job file to write; a free name beside the checkpoint when absent. */
  job: z.string().min(1).optional(),
  /** Replaces the job file, and what an earlier run of it left. */
  overwrite: z.boolean().default(false),
});
type FineTuneOptions = z.output<typeof fineTuneOptions>;

/** What was decided: the job file is written by then. */
interface Decided {
  readonly file: string;
  readonly overwrite: boolean;
}

/** `acnet.fineTune`: writes a job file and runs it; arguments as of `acnet.convert`. */
export async function fineTune(
  services: CommandServices,
  given: unknown,
  options: unknown,
): Promise<TrainResult | undefined> {
  if (!isTrusted('Fine-tuning')) return undefined;
  const decided = await decide(services, 'Fine-Tune as ACNet', given, options);
  return decided && runTraining(services, decided.file, { overwrite: decided.overwrite });
}

/**
 * `acnet.newJob`: writes a job file and opens it; arguments as of `acnet.fineTune`.
 * @returns its path
 */
export async function newJob(
  services: CommandServices,
  given: unknown,
  options: unknown,
): Promise<string | undefined> {
  if (!isTrusted('Writing a job file')) return undefined;
  const decided = await decide(services, 'New Job File', given, options);
  if (!decided) return undefined;
  await vscode.window.showTextDocument(vscode.Uri.file(decided.file));
  return decided.file;
}

async function decide(
  services: CommandServices,
  title: string,
  given: unknown,
  options: unknown,
): Promise<Decided | undefined> {
  const uri = await chooseCheckpoint(given, title);
  if (!uri) return undefined;
  const checkpoint = diskPath(uri);
  const chosen = givenOptions(fineTuneOptions, options) ?? (await ask(services, uri, title));
  if (!chosen) return undefined;
  const { job, overwrite, ...choices } = chosen;
  const file = job ?? suggestJobFile(checkpoint, existsSync).free;
  if (!isJobFile(file)) throw new HostError('the name of a job file ends in .acnet.json', file);
  const architecture = services.architectures.of(checkpoint);
  const equalWeights = services.equalWeights.of(checkpoint);
  const batch = choices.batch ?? (await usualBatch(services, choices));
  const preprocessing = await preprocessingSaid(services, uri);
  const text = jobText(file, checkpoint, { ...choices, batch, architecture, equalWeights, preprocessing });
  writeJobFile(file, text, overwrite);
  services.data.remember(uri.toString(), choices.data);
  const sites = choices.layers === undefined ? '' : `; convolutions: ${String(choices.layers)}`;
  services.log.info(`${file}: written${sites}`);
  return { file, overwrite };
}

async function ask(
  services: CommandServices,
  uri: vscode.Uri,
  title: string,
): Promise<FineTuneOptions | undefined> {
  const checkpoint = diskPath(uri);
  const { hasGraph, sites, inputs, outputs } = await inspectClearly(services, checkpoint);
  const name = path.basename(checkpoint);
  if (!hasGraph) throw new HostError(withoutNetwork(name, 'trained'));
  if (!sites.some(({ eligible, kind }) => eligible || kind === 'acb')) {
    throw new HostError(`${name} has no convolution that could become an ACB`);
  }
  if (inputs.length !== 1 || outputs.length !== 1) {
    const found = `${inputs.length} inputs and ${outputs.length} outputs`;
    throw new HostError(`${name} has ${found}; only a network of one input and one output can be trained`);
  }
  const earlier = await earlierJob(services, checkpoint);
  const { layers, words } = layersToTrain(sites, services.tickedIn(uri), earlier.layers);
  const own = services.data.of(uri.toString());
  const knownData = own === undefined ? services.data.recent : [own, ...services.data.recent];
  const subject = {
    title,
    checkpoint,
    knownData,
    exists: existsSync,
    aside: preprocessingAside(services, uri),
    sites: words,
  };
  const answers = await askJob(subject, earlier.answers);
  if (!answers?.file || answers.data === undefined) return undefined;
  if (!(await readyForImages(services, uri))) return undefined;
  const { data, epochs, statistics, baseline, file } = answers;
  const job = { job: file.path, overwrite: file.overwrite };
  return { data, epochs, statistics, baseline, ...(layers !== undefined && { layers }), ...job };
}

/** A batch that the images are enough for; what is wrong with them is said when the job is run. */
async function usualBatch(
  { reader, log }: CommandServices,
  { data, limit = Infinity }: Pick<FineTuneOptions, 'data' | 'limit'>,
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
    const { data, epochs, statistics, baseline, layers } = facts;
    return { answers: { data, epochs, statistics, baseline }, layers };
  } catch {
    // A job file that cannot be read has no answers; it stays as it is unless the user replaces it.
    return { answers: FIRST_ANSWERS };
  }
}
