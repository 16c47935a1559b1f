import { fuseAcnet } from '../../core/acnet/fuse';
import type { Checkpoint } from '../../core/checkpoint';
import type { Backend, Network } from '../../engine/backend';
import { Images, pictureBytes } from '../../engine/data/images';
import { describePreprocessing, type PreprocessingOptions } from '../../engine/data/preprocessing';
import type { Dataset, Samples } from '../../engine/data/dataset';
import type { Labelled } from '../../engine/training/evaluate';
import { headOf } from '../../engine/training/head';
import { requireBatch } from '../../engine/training/loop';
import { openCheckpointFile, type CheckpointFile } from '../../files/open';
import { OwnFolder } from '../../files/own-folder';
import { peakBytes } from '../../files/process-memory';
import { recordIn, usedModel, type UsedModel } from '../../files/recorded-network';
import { calibrateCheckpoint } from '../convert/calibrate';
import { startLive } from '../convert/live-start';
import { breathe, type OperationContext } from '../kit/context';
import { recipeOf, type Job } from '../job/job';
import { recipeWords } from '../job/recipe-words';
import { splitSeed } from '../job/split-seed';
import { backendFor, labelledImages, prepareTraining, type LabelledRun } from '../kit/labelled';
import { graphOf, networkFor } from '../kit/network';
import { repeatably } from '../backend/determinism';
import type {
  Arm,
  LeftOutImage,
  TrainDoubt,
  TrainEvent,
  TrainResult,
  VerifyResult,
} from '../../contract/results';
import { evaluateArm, openEvaluator, trainArm, type ArmSettings, type TrainedArm } from './arm';
import { withClassWeights } from './class-weights';
import { soundImages, withoutLeftOut } from './damaged';
import { doubtOnce } from './doubt';
import { identityOf } from './run/identity';
import { continuedImages, imagesToResume, keepImages, type BegunImages } from './run/images';
import { preprocessingOf } from '../job/file';
import { StateKeeper } from './run/keep';
import { requireInside, type Allowed } from '../job/places';
import { requireOwnFolder } from '../job/record';
import { JobFolder } from './run/log';
import { estimateTraining, type PacedArm } from './estimate';
import { planMemory, type MemoryPlan } from './memory';
import { comparedArms } from './paired';
import { precisionWarning } from './precision';
import { planOutputs, writeOutput, writeRecord, type OutputPaths } from './outputs';
import { rescue } from './rescue';
import {
  lockFolder,
  removeStates,
  requireBegun,
  requireNoUnfinished,
  statesToResume,
  type EarlierStates,
} from './run/folder';
import { aligned, startsOf, type LayerNotes, type Start, type Starts } from './start';
import { failureOf } from '../verify/verdict';
import { verifyOnImages } from '../verify/verify';
import { leftOutWords } from '../../shared/left-out';
import { count, counted } from '../../shared/numbers';

/** The context of a training. */
export interface TrainContext extends OperationContext {
  onEvent(event: TrainEvent): void;
  /** Called after a doubt is reported: the work is paused until somebody has answered. Absent where nobody is asked. */
  readonly rest?: () => void;
}

/** Images on which the fused network is compared with the trained one. */
const VERIFIED_IMAGES = 1024;

/** One run of a job: what its parts share. */
interface Run extends Omit<ArmSettings, 'rescue' | 'memory' | 'onBefore'> {
  /** Weights that an earlier process trained are there. */
  readonly resumed: boolean;
  /** Of the baseline's accuracy before training; found once. */
  readonly doubt: (top1: number) => Promise<TrainDoubt | undefined>;
  readonly rest?: TrainContext['rest'];
  readonly job: Job;
  readonly data: LabelledRun;
  readonly folder: JobFolder;
  readonly options: PreprocessingOptions;
  readonly outputs: OutputPaths;
  /** What `folder` writes into. */
  readonly own: OwnFolder;
  /** The model that says how the network of weights by name is built. */
  readonly model?: UsedModel;
  readonly leftOut: readonly LeftOutImage[];
}

/** Where a job runs. */
export interface JobTarget {
  /** The job's own folder, for settings, log, state and result; and for the checkpoints unless the job says else. */
  readonly directory: string;
  /** Continue the run that was left there. */
  readonly resume?: boolean;
  /** Somebody asked to give up an unfinished run that is there. */
  readonly overwrite?: boolean;
  /** Where the job may write beside the folder of its file. Default: nowhere. */
  readonly allowed?: Allowed;
}

/**
 * Trains a network as ACNet beside its baseline, fuses, verifies and writes. The checkpoints are written when all is
 * done, each whole or not at all; the source is not touched. Until then the state is kept in the job's folder, so that
 * a run that was stopped or killed can be gone on with.
 * @throws UserError in one line; CancelledError when stopped.
 */
export async function trainJob(job: Job, target: JobTarget, given: TrainContext): Promise<TrainResult> {
  requireInside(job, target.directory, target.allowed ?? []);
  const context = repeatably(given, job);
  const source = await openCheckpointFile(job.checkpoint, job);
  try {
    const options = preprocessingOf(job.data);
    const own = new OwnFolder(target.directory);
    if (target.resume) requireBegun(own);
    const begun = target.resume ? imagesToResume(own) : undefined;
    const split = {
      ...{ validation: job.data.validation, seed: splitSeed(job) },
      ...(begun && { continued: (opened: Dataset) => continuedImages(opened, begun) }),
    };
    const data = prepareTraining(source, { ...options, data: job.data.folder }, split);
    requireBatch(Math.min(data.dataset.training.count, job.data.limit ?? Infinity), job);
    const starts = startsOf(source, job);
    const backend = await backendFor(context, data.network, source.path);
    const unlock = lockFolder(own, job.output.folder ?? own.path);
    try {
      requireOwnFolder(own, job);
      const { rest } = given;
      const run = await openRun({ job, data, options, context, own, begun, rest }, source, target);
      const result = await finishRun(run, starts, backend);
      await run.folder.finish(result);
      return result;
    } finally {
      unlock();
    }
  } finally {
    source.close();
  }
}

async function finishRun(run: Run, starts: Starts & LayerNotes, backend: Backend): Promise<TrainResult> {
  const { job, outputs, keeper, data } = run;
  tellStart(run, starts);
  const arms = armsOf(run, starts);
  const memory = tellMemory(backend, run, arms);
  const slow = precisionWarning(backend, run.recipe.precision);
  if (slow !== undefined) run.folder.say(`warning: ${slow}`);
  if (backend.portable) await tellTime(backend, run, arms);
  const trained = await trainBoth(run, starts, memory);
  const difference = trained.baseline.trained ? await comparedArms(trained, run) : undefined;
  const doubt = await run.doubt(trained.baseline.before);
  const fused = await fuseAndCheck(trained.acnet.checkpoint, run);
  await writeAll(trained, fused.checkpoint, starts, run);
  return {
    baseline: { ...summary(trained.baseline), trained: trained.baseline.trained },
    acnet: summary(trained.acnet),
    ...(doubt && { doubt }),
    ...(difference && { difference }),
    fused: { top1: fused.top1, ...evidenceOf(fused.verified) },
    inputs: keeper.inputs,
    outputs: { ...outputs, baseline: job.baseline ? outputs.baseline : job.checkpoint },
    ...(run.model && { architecture: recordIn(run.own.path, run.model) }),
    converted: starts.converted,
    inserted: starts.inserted,
    start: job.start,
    recipe: recipeWords(run.recipe),
    ...(starts.layers.length > 0 && { layers: starts.layers }),
    backend: backend.description,
    seconds: keeper.seconds,
    preprocessing: describePreprocessing(data.preprocessing),
    ...(run.leftOut.length > 0 && { leftOut: [...run.leftOut] }),
    memory: {
      estimate: Math.max(...Object.values(memory).map(({ estimate }) => estimate), 0) || undefined,
      peak: peakBytes(),
    },
  };
}

/** A run that was killed while it wrote its results left some: the last of its arms was trained by then. */
function mayReplace(job: Job, { acnet }: EarlierStates): Job {
  return acnet?.done ? { ...job, output: { ...job.output, overwrite: true } } : job;
}

/** Opens the job's folder, for a new run or to continue the one that was left there. */
async function openRun(
  asked: Pick<Run, 'job' | 'data' | 'options' | 'own' | 'rest'> & {
    readonly context: TrainContext;
    readonly begun?: BegunImages;
  },
  source: CheckpointFile,
  { resume = false, overwrite = false }: JobTarget,
): Promise<Run> {
  const { data, context, own, begun } = asked;
  if (!resume && !overwrite) requireNoUnfinished(own);
  const leftBefore = begun?.leftOut ?? [];
  const before = resume && identityOf(asked.job, source, withoutLeftOut(data.dataset, leftBefore));
  const earlier = before ? statesToResume(own, before) : {};
  const continued = Object.keys(earlier).length > 0;
  const job = mayReplace(asked.job, earlier);
  const outputs = planOutputs(job, source, own.path);
  // What takes long comes last: everything else that may refuse the run is known by now.
  const sound = await soundImages(data, job, context, continued ? leftBefore : undefined);
  const { dataset, training, leftOut } = sound;
  if (!resume) removeStates(own);
  const folder = await JobFolder.open(own, asked.job, (event) => context.onEvent(event), resume);
  if (!continued) await keepImages(own, dataset, leftOut);
  const identity = continued && before ? before : identityOf(asked.job, source, dataset);
  const keeper = new StateKeeper({ folder: own.path, identity, every: job.saveEvery, earlier });
  const { preprocessing } = data;
  const labelled = (samples: Samples): Labelled => ({
    images: new Images(samples, preprocessing),
    preprocessing,
  });
  const evaluation = labelled(dataset.evaluation);
  return {
    ...asked,
    ...{ job, folder, keeper, outputs, preprocessing, model: modelOf(source), leftOut },
    data: { ...data, dataset },
    resumed: continued,
    doubt: doubtOnce(job, evaluation, dataset.classes),
    recipe: withClassWeights(recipeOf(job), job, data.network, training.labels),
    training: labelled(training),
    evaluation,
    tell: (event) => folder.tell(event),
    repeat: (events) => folder.repeat(events),
    say: (text) => folder.say(text),
  };
}

function tellStart(
  { folder, data, training, evaluation, leftOut, recipe }: Run,
  { notes, layers }: Starts & LayerNotes,
): void {
  const { classes, split, notes: left = [] } = data.dataset;
  const parts = `${count(training.images.count)} training and ${counted(evaluation.images.count, 'evaluation image')}`;
  const how = split === 'share' ? ', split by the seed' : '';
  folder.say(`data: ${parts} of ${classes.length} classes${how}`);
  for (const note of left) folder.say(`warning: ${note}`);
  const damaged = leftOutWords(leftOut);
  if (damaged !== undefined) folder.say(`warning: ${damaged}`);
  folder.say(`input: ${describePreprocessing(data.preprocessing)}`);
  folder.say(`recipe: ${recipeWords(recipe).join('; ')}`);
  for (const note of [...layers, ...notes]) folder.say(note);
}

function armsOf({ job, preprocessing }: Run, { baseline, acnet }: Starts): PacedArm[] {
  const network = ({ checkpoint }: Start): Network =>
    networkFor(checkpoint, graphOf(checkpoint, 'trained'), preprocessing);
  return [
    { arm: 'baseline', network: network(baseline), trained: job.baseline },
    { arm: 'acnet', network: network(acnet), trained: true },
  ];
}

/** A process that the system ends for want of memory says nothing any more: it is reported before. */
function tellMemory(backend: Backend, run: Run, arms: readonly PacedArm[]): MemoryPlan['needs'] {
  const { recipe, preprocessing, folder } = run;
  const trained = arms.filter((arm) => arm.trained);
  const { needs, text, warning } = planMemory(backend, trained, recipe, {
    pictures: pictureBytes([run.training.images.samples, run.evaluation.images.samples], preprocessing),
    preprocessing,
  });
  if (text !== undefined) folder.say(text);
  if (warning !== undefined) folder.say(`warning: ${warning}`);
  return needs;
}

/** Hours are announced before they are spent. */
async function tellTime(backend: Backend, run: Run, arms: readonly PacedArm[]): Promise<void> {
  const { recipe, context, folder } = run;
  const size = { recipe, training: run.training.images, evaluation: run.evaluation.images };
  folder.say(`time: ${await estimateTraining(backend, arms, size, context)}`);
}

async function trainBoth(
  run: Run,
  starts: Starts,
  memory: MemoryPlan['needs'],
): Promise<{ baseline: TrainedArm; acnet: TrainedArm }> {
  const start = (arm: Arm) => ({
    checkpoint: starts[arm].checkpoint,
    calibrated: () => calibrated(starts[arm], run),
  });
  const onBefore = (arm: Arm, top1: number): Promise<void> => tellDoubt(run, arm, top1);
  const settings = (trained?: TrainedArm): ArmSettings => ({
    ...run,
    memory,
    onBefore,
    rescue: (arm, checkpoint, error) =>
      rescue(arm, checkpoint, error, run, trained?.trained ? starts.plain(trained.checkpoint) : undefined),
  });
  const baseline = run.job.baseline
    ? await trainArm('baseline', start('baseline'), settings())
    : await evaluateArm('baseline', starts.baseline.checkpoint, { ...run, onBefore });
  const acnet = await trainArm('acnet', start('acnet'), settings(baseline));
  return { baseline, acnet };
}

/** The baseline is evaluated first, so whoever is asked answers before a weight changes. */
async function tellDoubt(run: Run, arm: Arm, top1: number): Promise<void> {
  if (arm !== 'baseline' || run.resumed) return;
  const doubt = await run.doubt(top1);
  if (!doubt) return;
  run.tell({ event: 'doubt', arm, ...doubt });
  if (!run.rest) return;
  run.rest();
  await breathe(run.context, { onResume: (milliseconds) => run.keeper.onResume(milliseconds) });
}

async function calibrated({ checkpoint, fresh, live }: Start, run: Run): Promise<Checkpoint> {
  const { data, training, context, options, job, folder } = run;
  if (fresh.length === 0 && !live) return checkpoint;
  folder.say(`calibrating ${fresh.length} new batch norms on training images`);
  // Statistics that the run draws anew no longer show which values the network takes.
  const { scale } = data.preprocessing;
  const measured = { ...options, scale, seed: job.seed };
  const images = { training: training.images.samples };
  const zero = await calibrateCheckpoint(checkpoint, fresh, images, context, measured);
  if (!live) return zero;
  const batch = job.statistics === 'batch' ? job.batch : undefined;
  const started = await startLive(zero, live, images, context, { ...measured, batch });
  folder.say(started.note);
  return started.checkpoint;
}

async function fuseAndCheck(
  acnet: Checkpoint,
  run: Run,
): Promise<{ checkpoint: Checkpoint; top1: number; verified: VerifyResult }> {
  const { context, data, preprocessing, job } = run;
  const { checkpoint } = fuseAcnet(aligned(acnet, job), { fold: false });
  const images = labelledImages(data.dataset.evaluation, preprocessing, VERIFIED_IMAGES, job.seed);
  const verified = await verifyOnImages([acnet, checkpoint], images, {}, context);
  const failure = failureOf(verified);
  if (failure !== undefined) run.folder.say(`warning: ${failure}`);
  const network = networkFor(checkpoint, graphOf(checkpoint, 'evaluated'), preprocessing);
  const backend = await backendFor(context, network, checkpoint.path);
  const evaluator = openEvaluator(backend, network, headOf(network.graph), run);
  try {
    const { top1 } = await evaluator.score('fused: accuracy');
    return { checkpoint, top1, verified };
  } finally {
    evaluator.dispose();
  }
}

/** What a result keeps of the check. */
function evidenceOf(verified: VerifyResult): Omit<TrainResult['fused'], 'top1'> {
  const { maxRel, passed, blocks, unpaired, noise } = verified;
  const failure = failureOf(verified);
  return {
    maxRel,
    passed,
    ...(blocks && { blocks }),
    ...(unpaired !== undefined && { unpaired }),
    ...(noise !== undefined && { noise }),
    ...(failure !== undefined && { failure }),
  };
}

async function writeAll(
  { baseline, acnet }: { readonly baseline: TrainedArm; readonly acnet: TrainedArm },
  fused: Checkpoint,
  { plain }: Starts,
  { outputs, job, own, model }: Run,
): Promise<void> {
  if (baseline.trained) await writeOutput(plain(baseline.checkpoint), outputs.baseline, job);
  await writeOutput(acnet.checkpoint, outputs.acnet, job);
  await writeOutput(fused, outputs.fused, job);
  if (model) await writeRecord(outputs, model, job, own.path);
}

function modelOf({ model }: CheckpointFile): UsedModel | undefined {
  return model === undefined ? undefined : usedModel(model);
}

function summary({ top1, before, kernels }: TrainedArm): Pick<TrainedArm, 'top1' | 'before' | 'kernels'> {
  return { top1, before, ...(kernels && { kernels }) };
}
