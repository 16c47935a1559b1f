import { findBlocks } from '../../core/acnet/blocks';
import { convertToAcnet, insertNorms, type Conversion } from '../../core/acnet/convert';
import { foldNorms } from '../../core/acnet/fold-norms';
import { fuseAcnet } from '../../core/acnet/fuse';
import { withInputSize } from '../../core/acnet/input-size';
import { isUnmeasured } from '../../core/acnet/norm';
import { chooseSites, findSites, thawedSites } from '../../core/acnet/sites';
import { drawWeights, SCRATCH_LAW } from '../../core/acnet/scratch';
import type { Site } from '../../core/acnet/types';
import type { Checkpoint } from '../../core/checkpoint';
import { UnsupportedError, UserError } from '../../core/errors';
import type { NodeOf } from '../../core/graph/graph';
import { sizeWarnings } from '../convert/convert';
import { readyForLive, type LiveStart } from '../convert/live';
import type { Job } from '../job/job';
import { graphOf, noConvolution } from '../kit/network';
import { areLive } from '../../shared/choices';
import { counted } from '../../shared/numbers';
import { enumerated } from '../../shared/words';
import { layerNotes, learns } from './frozen';

/** The networks that the two arms start from. */
export interface Starts {
  /** Without blocks: the file itself, or an ACNet file fused. */
  readonly baseline: Start;
  /** With blocks: the file converted, or an ACNet file as it is. */
  readonly acnet: Start;
  /** Convolutions that have a batch norm of their own in both networks and none in the file. */
  readonly inserted: readonly string[];
  /** What is written of the baseline: without the batch norms that were inserted. */
  readonly plain: (baseline: Checkpoint) => Checkpoint;
  /** Convolutions of the file that have become blocks. */
  readonly converted: readonly string[];
  /** For people. */
  readonly notes: readonly string[];
}

/** What is particular about the training of some layers. */
export interface LayerNotes {
  /** For people: layers that are frozen, and what is left out of others. */
  readonly layers: readonly string[];
}

/** A network as its training begins. */
export interface Start {
  readonly checkpoint: Checkpoint;
  /** Batch norms that must be calibrated before the network is trained. */
  readonly fresh: readonly string[];
  /** Blocks that get live branches when that is done. */
  readonly live?: LiveStart;
}

/**
 * Makes both arms' networks.
 * @throws UserError when no convolution can be converted.
 */
export function startsOf(opened: Checkpoint, job: Job): Starts & LayerNotes {
  const layers = layerNotes(opened, job);
  const starts = job.start === 'scratch' ? startsFromScratch(opened, job) : startsFrom(opened, job);
  return { ...starts, layers };
}

/** The convolutions of a network; where a job trains frozen layers, those are converted like all others. */
function sitesOf(checkpoint: Checkpoint, { frozen }: Job): Site[] {
  const sites = findSites(checkpoint);
  return frozen === 'train' ? thawedSites(sites) : sites;
}

/** @throws UserError where all that could become a block is frozen */
function requireUnfrozen(sites: readonly Site[], { path }: Checkpoint): void {
  const frozen = sites.filter(({ isOnlyFrozen }) => isOnlyFrozen).map(({ name }) => name);
  if (frozen.length === 0) return;
  throw new UserError(
    'every convolution that could become a block is frozen, so ACNet has nothing to train; "frozen": "train" in the job trains frozen layers too',
    { path, found: enumerated(frozen) },
  );
}

/** Both networks get the same new weights; batch norms of both are measured before they are trained. */
function startsFromScratch(opened: Checkpoint, job: Job): Starts {
  if (findSites(opened).some(({ kind }) => kind === 'acb')) {
    throw new UnsupportedError(
      'a network with blocks cannot start from scratch; acnet fuse gives the network without them, from which a job can',
      { path: opened.path },
    );
  }
  const { checkpoint, norms } = drawWeights(opened, job.seed);
  const { baseline, acnet, notes, ...rest } = startsFrom(checkpoint, job);
  const measured = ({ fresh, ...start }: Start): Start => ({
    ...start,
    fresh: [...new Set([...fresh, ...norms])],
  });
  const drawn = `both networks start from scratch: every weight is drawn anew with seed ${job.seed} (${SCRATCH_LAW})`;
  return { baseline: measured(baseline), acnet: measured(acnet), ...rest, notes: [drawn, ...notes] };
}

function startsFrom(opened: Checkpoint, job: Job): Starts {
  const source = aligned(opened, job);
  const sites = sitesOf(source, job);
  const blocks = sites.filter(({ kind }) => kind === 'acb').length;
  if (blocks > 0) return startsOfAcnet(opened, sites, blocks, job);
  const { chosen, skipped } = chooseSites(sites, job.layers);
  if (chosen.length === 0) {
    requireUnfrozen(sites, source);
    const reasons = skipped.slice(0, 3).map(({ name, reason }) => `${name}: ${reason}`);
    throw new UserError('no convolution of this network can be converted', {
      path: source.path,
      found: reasons.join('; ') || noConvolution(source),
    });
  }
  const made = converted(source, chosen, sites, job);
  return {
    ...baselineOf(
      opened,
      chosen.map(({ name }) => name),
      job,
    ),
    acnet: withBlocks(made, chosen, job),
    converted: made.converted,
    notes: [...made.notes, ...sizeWarnings(opened, chosen, job.inputSize)],
  };
}

/**
 * The baseline differs from ACNet by the branches only: where a block has a batch norm that the file does not have, the
 * baseline gets the same one. One that is not trained is the file itself.
 */
function baselineOf(
  plain: Checkpoint,
  names: readonly string[],
  job: Job,
): Pick<Starts, 'baseline' | 'inserted' | 'plain'> {
  const { variant, branches, seed, gamma } = job;
  if (!job.baseline) return { baseline: startOf(plain, job), inserted: [], plain: (trained) => trained };
  const sites = sitesOf(plain, job).filter(({ name, conv }) => names.includes(name) && learns(conv, job));
  const { checkpoint, layers, fresh } = insertNorms(plain, { sites, variant, branches, seed, gamma });
  return {
    baseline: startOf(checkpoint, job, fresh),
    inserted: layers,
    plain: (trained) => foldNorms(trained, plain, layers),
  };
}

/** An ACNet keeps the blocks it has; only the convolutions that the job names become blocks besides. */
function startsOfAcnet(opened: Checkpoint, sites: readonly Site[], blocks: number, job: Job): Starts {
  const source = aligned(opened, job);
  const fusion = fuseAcnet(source, { fold: false });
  const already = `the file is an ACNet already (${counted(blocks, 'block')}): the baseline is its fused form`;
  const chosen = job.layers === undefined ? [] : chooseSites(sites, job.layers).chosen;
  const withNorms = findBlocks(graphOf(source, 'trained'), source.tensors).flatMap(({ square }) =>
    square.batchNorm ? [square.conv.name] : [],
  );
  const names = [...withNorms, ...chosen.map(({ name }) => name)];
  const baseline = baselineOf(fusion.checkpoint, names, job);
  if (chosen.length === 0) {
    const notes = [already, ...plainStay(sites), ...fusion.warnings];
    return { ...baseline, acnet: startOf(source, job), converted: [], notes };
  }
  const made = converted(source, chosen, sites, job);
  return {
    ...baseline,
    acnet: withBlocks(made, chosen, job),
    converted: made.converted,
    notes: [already, ...made.notes, ...fusion.warnings, ...sizeWarnings(opened, chosen, job.inputSize)],
  };
}

/** The start with new blocks. One whose convolution does not train keeps its branches at γ = 0. */
function withBlocks({ checkpoint, fresh }: Conversion, chosen: readonly Site[], job: Job): Start {
  const start = startOf(checkpoint, job, fresh);
  const { branches, share, inputSize } = job;
  if (share === undefined || !areLive(branches)) return start;
  const layers = chosen.filter(({ conv }) => learns(conv, job)).map(({ name }) => name);
  const live = { branches, share, layers, inputSize };
  return { ...start, checkpoint: readyForLive(start.checkpoint, live), live };
}

function plainStay(sites: readonly Site[]): string[] {
  const plain = sites.filter(({ kind, eligible }) => kind === 'plain' && eligible).length;
  if (plain === 0) return [];
  return [`${counted(plain, 'further convolution')} could become a block; "layers" in the job names which`];
}

function converted(
  source: Checkpoint,
  chosen: readonly Site[],
  sites: readonly Site[],
  job: Job,
): Conversion & { readonly notes: readonly string[] } {
  const { variant, branches, seed, gamma, share } = job;
  const made = convertToAcnet(source, { sites: chosen, variant, branches, seed, gamma });
  const possible = sites.filter(({ kind, eligible }) => kind === 'plain' && eligible).length;
  const values = `${gamma === undefined ? '' : `, γ ${gamma}`}${share === undefined ? '' : `, share ${share}`}`;
  const how = `${variant}, branches ${branches}${values}`;
  const count =
    made.converted.length === possible
      ? counted(possible, 'convolution')
      : `${made.converted.length} of ${counted(possible, 'convolution')}`;
  const frozen = chosen.filter(({ conv }) => !learns(conv, job)).map(({ name }) => name);
  const asleep =
    frozen.length === 0
      ? []
      : [`blocks of frozen convolutions are frozen as a whole, so they learn nothing: ${enumerated(frozen)}`];
  const notes = [`${count} converted (${how}): ${enumerated(made.converted)}`, ...asleep, ...made.warnings];
  return { ...made, notes };
}

/** The checkpoint with the sizes for which its blocks are aligned. */
export function aligned(checkpoint: Checkpoint, { inputSize }: Pick<Job, 'inputSize'>): Checkpoint {
  return inputSize ? withInputSize(checkpoint, inputSize) : checkpoint;
}

function startOf(checkpoint: Checkpoint, job: Job, fresh: readonly string[] = []): Start {
  const norms = new Set([...fresh, ...placeholders(checkpoint, job.statistics)]);
  const frozen = graphOf(checkpoint, 'trained').nodes.filter((node) => !learns(node, job));
  // The statistics of a frozen one stay what they are.
  for (const { name } of frozen) norms.delete(name);
  return { checkpoint, fresh: [...norms] };
}

/**
 * Batch norms whose statistics were never measured: those that conversion or fusion made without data. Trained on
 * batch statistics as they are, they would change the network at the first step. Where they are frozen, a new
 * network's must be measured too: a batch norm kept at mean 0 and variance 1 normalises nothing.
 */
function placeholders(checkpoint: Checkpoint, statistics: Job['statistics']): string[] {
  const graph = graphOf(checkpoint, 'trained');
  // The square's batch norm is the original network's: it may look new because that network is.
  const added = new Set(
    findBlocks(graph, checkpoint.tensors).flatMap(({ horizontal, vertical }) => [
      horizontal.batchNorm?.name,
      vertical.batchNorm?.name,
    ]),
  );
  return graph.nodes
    .filter((node) => node.op === 'batchNorm')
    .filter(
      (node) =>
        isUnmeasured(node, checkpoint.tensors) ||
        ((statistics === 'frozen' || added.has(node.name)) && isNew(node, checkpoint)),
    )
    .map(({ name }) => name);
}

/** Mean 0 and variance 1 everywhere, as a new layer has them. */
function isNew({ parameters }: NodeOf<'batchNorm'>, { tensors }: Checkpoint): boolean {
  const mean = tensors.get(parameters.mean)?.readFloat32();
  const variance = tensors.get(parameters.variance)?.readFloat32();
  return !!mean?.every((value) => value === 0) && !!variance?.every((value) => value === 1);
}
