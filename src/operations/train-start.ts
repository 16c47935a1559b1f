import { findBlocks } from '../core/acnet/blocks';
import { convertToAcnet } from '../core/acnet/convert';
import { fuseAcnet } from '../core/acnet/fuse';
import { withInputSize } from '../core/acnet/input-size';
import { isUnmeasured } from '../core/acnet/norm';
import { chooseSites, findSites } from '../core/acnet/sites';
import type { Checkpoint } from '../core/checkpoint';
import { UserError } from '../core/errors';
import type { NodeOf } from '../core/graph/graph';
import { sizeWarnings } from './convert';
import type { Job } from './job';
import { graphOf } from './network';
import { counted } from './numbers';

/** The networks that the two arms start from. */
export interface Starts {
  /** Without blocks: the file itself, or an ACNet file fused. */
  readonly baseline: Start;
  /** With blocks: the file converted, or an ACNet file as it is. */
  readonly acnet: Start;
  /** For people. */
  readonly notes: readonly string[];
}

export interface Start {
  readonly checkpoint: Checkpoint;
  /** Batch norms that must be calibrated before the network is trained. */
  readonly fresh: readonly string[];
}

/**
 * Makes both arms' networks.
 * @throws UserError when no convolution can be converted.
 */
export function startsOf(opened: Checkpoint, job: Job): Starts {
  const source = aligned(opened, job);
  const sites = findSites(source);
  const blocks = sites.filter(({ kind }) => kind === 'acb').length;
  if (blocks > 0) {
    const fusion = fuseAcnet(source, { fold: false });
    return {
      baseline: startOf(fusion.checkpoint, job),
      acnet: startOf(source, job),
      notes: [
        `the file is an ACNet already (${counted(blocks, 'block')}): the baseline is its fused form`,
        ...fusion.warnings,
      ],
    };
  }
  const { variant, initialisation, layers, seed, gamma, inputSize } = job;
  const { chosen, skipped } = chooseSites(sites, layers);
  if (chosen.length === 0) {
    const reasons = skipped.slice(0, 3).map(({ name, reason }) => `${name}: ${reason}`);
    throw new UserError('no convolution of this network can be converted', {
      path: source.path,
      found: reasons.join('; ') || 'no convolutions',
    });
  }
  const made = convertToAcnet(source, { sites: chosen, variant, initialisation, seed, gamma });
  return {
    baseline: startOf(opened, job),
    acnet: startOf(made.checkpoint, job, made.fresh),
    notes: [
      `${counted(made.converted.length, 'convolution')} converted (${variant}, ${initialisation}${gamma === undefined ? '' : `, γ ${gamma}`})`,
      ...made.warnings,
      ...sizeWarnings(opened, chosen, inputSize),
    ],
  };
}

/** The checkpoint with the sizes for which its blocks are aligned. */
export function aligned(checkpoint: Checkpoint, { inputSize }: Pick<Job, 'inputSize'>): Checkpoint {
  return inputSize ? withInputSize(checkpoint, inputSize) : checkpoint;
}

function startOf(checkpoint: Checkpoint, { statistics }: Job, fresh: readonly string[] = []): Start {
  return { checkpoint, fresh: [...new Set([...fresh, ...placeholders(checkpoint, statistics)])] };
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
