import { requireFiniteWeights } from '../../core/acnet/finite';
import type { Checkpoint } from '../../core/checkpoint';
import type { Graph } from '../../core/graph/graph';
import type { Backend, Network } from '../../engine/backend';
import { openDataset, openUnlabelled } from '../../engine/data';
import type { Dataset, DatasetOptions, Samples } from '../../engine/data/dataset';
import { Images } from '../../engine/data/images';
import { limitSamples } from '../../engine/data/limit';
import {
  preprocessingFor,
  type Preprocessing,
  type PreprocessingOptions,
} from '../../engine/data/preprocessing';
import type { Labelled } from '../../engine/training/evaluate';
import { answersOf, headOf, requireClasses, type Answers, type Head } from '../../engine/training/head';

import { graphOf, networkFor, requireSupported } from './network';

/** A network and the labelled data it is run on, checked against each other. */
export interface LabelledRun {
  readonly network: Network;
  readonly graph: Graph;
  readonly head: Answers;
  readonly dataset: Dataset;
  readonly preprocessing: Preprocessing;
}

/** What every operation with labels gets. */
export interface LabelledOptions extends PreprocessingOptions {
  /** Labelled images: a folder, or a file that names them. */
  readonly data: string;
}

/**
 * Checks all that can be checked before anything is run: network, weights, head, data, classes, operators.
 * @throws UserError in one line.
 */
export function prepareRun(
  checkpoint: Checkpoint,
  options: LabelledOptions,
  purpose: string,
  split?: DatasetOptions,
): LabelledRun {
  const graph = graphOf(checkpoint, purpose);
  requireFiniteWeights(checkpoint);
  const dataset = openDataset(options.data, split);
  const preprocessing = preprocessingFor({ graph, tensors: checkpoint.tensors }, options);
  const network = networkFor(checkpoint, graph, preprocessing);
  const head = answersOf(network.graph);
  requireClasses(dataset, head);
  return { network, graph, head, dataset, preprocessing };
}

/**
 * The same for a training, whose loss the head must fit.
 * @throws UserError in one line.
 */
export function prepareTraining(
  checkpoint: Checkpoint,
  options: LabelledOptions,
  split: DatasetOptions,
): LabelledRun & { readonly head: Head } {
  const run = prepareRun(checkpoint, options, 'trained', split);
  return { ...run, head: headOf(run.network.graph) };
}

/** A network and images of which nothing is known. */
export interface UnlabelledRun extends Omit<LabelledRun, 'dataset'> {
  readonly samples: Samples;
}

/**
 * The same checks where the data is a folder of images without class folders.
 * @returns undefined when the data is not like that.
 */
export function prepareUnlabelled(
  checkpoint: Checkpoint,
  options: LabelledOptions,
  purpose: string,
): UnlabelledRun | undefined {
  const samples = openUnlabelled(options.data);
  if (!samples) return undefined;
  const graph = graphOf(checkpoint, purpose);
  requireFiniteWeights(checkpoint);
  const preprocessing = preprocessingFor({ graph, tensors: checkpoint.tensors }, options);
  const network = networkFor(checkpoint, graph, preprocessing);
  return { network, graph, head: answersOf(network.graph), samples, preprocessing };
}

/** Images for evaluation, at most `limit` of them. */
export function labelledImages(
  samples: Samples,
  preprocessing: Preprocessing,
  limit?: number,
  seed?: number,
): Labelled {
  return { images: new Images(limitSamples(samples, limit, seed), preprocessing), preprocessing };
}

/** The backend, once it is known that it can run the network. */
export async function backendFor(
  context: { backend(): Promise<Backend> },
  network: Network,
  path: string,
): Promise<Backend> {
  const backend = await context.backend();
  requireSupported(backend, network, path);
  return backend;
}
