import { applyCalibration, calibrationValues } from '../../core/acnet/calibration';
import { isUnmeasured } from '../../core/acnet/norm';
import type { Checkpoint } from '../../core/checkpoint';
import type { Graph } from '../../core/graph/graph';
import { lookupOf } from '../../core/graph/lookup';
import type { Moments } from '../../engine/backend';
import { evaluationBatches, inferenceBatch } from '../../engine/data/batches';
import type { Dataset } from '../../engine/data/dataset';
import { preprocessingFor, type PreprocessingOptions } from '../../engine/data/preprocessing';
import type { Labelled } from '../../engine/training/evaluate';
import { MomentsSum } from '../../engine/training/moments';
import { breathe, type OperationContext } from '../kit/context';
import { backendFor, labelledImages } from '../kit/labelled';
import { Meter } from '../kit/meter';
import { graphOf, networkFor } from '../kit/network';

/** Images whose statistics are averaged: enough that the average hardly depends on which they are. */
const IMAGES = 1024;

/** On which images batch-norm statistics are measured. */
export interface CalibrateOptions extends PreprocessingOptions {
  /** Images looked at; 1,024 when absent. */
  readonly images?: number;
  /** Chooses them; 0 when absent. */
  readonly seed?: number;
}

/**
 * Gives new batch norms the statistics of data: the true average over training images, not a moving one.
 * @param fresh names of the batch norms whose statistics are placeholders
 */
export async function calibrateCheckpoint(
  checkpoint: Checkpoint,
  fresh: readonly string[],
  dataset: Pick<Dataset, 'training'>,
  context: OperationContext,
  options: CalibrateOptions = {},
): Promise<Checkpoint> {
  if (fresh.length === 0) return checkpoint;
  const { tensors } = checkpoint;
  const preprocessing = preprocessingFor({ graph: graphOf(checkpoint, 'calibrated'), tensors }, options);
  const data = labelledImages(dataset.training, preprocessing, options.images ?? IMAGES, options.seed);
  return calibrateOn(checkpoint, fresh, data, context);
}

/** As `calibrateCheckpoint`, on images that are at hand. */
async function calibrateOn(
  checkpoint: Checkpoint,
  fresh: readonly string[],
  data: Labelled,
  context: OperationContext,
): Promise<Checkpoint> {
  const rounds = roundsOf(checkpoint, fresh);
  const meter = new Meter(context, 'Calibrating', rounds.length * data.images.count);
  let calibrated = checkpoint;
  for (const names of rounds) {
    const moments = await measureNorms(calibrated, names, data, context, meter);
    calibrated = applyCalibration(calibrated, moments);
  }
  return calibrated;
}

/** What batch norms read: mean and variance of each channel over data, with the statistics that the network has. */
export async function measureNorms(
  checkpoint: Checkpoint,
  fresh: readonly string[],
  { images, preprocessing }: Labelled,
  context: OperationContext,
  meter: Meter,
): Promise<Map<string, Moments>> {
  const wanted = calibrationValues(checkpoint, fresh);
  const values = [...new Set(wanted.map(({ value }) => value))];
  const network = networkFor(checkpoint, graphOf(checkpoint, 'calibrated'), preprocessing);
  const backend = await backendFor(context, network, checkpoint.path);
  const session = backend.moments(network, values);
  try {
    const sums = values.map(() => new MomentsSum());
    for await (const { input, count } of evaluationBatches(
      images,
      preprocessing,
      inferenceBatch(preprocessing),
    )) {
      await breathe(context, meter);
      session.run([input], count).forEach((moments, i) => sums[i].add(moments));
      meter.add(count);
    }
    const byNorm = new Map<string, MomentsSum>();
    const places = new Map(values.map((value, place) => [value, place]));
    for (const { batchNorm, value } of wanted) {
      const sum = byNorm.get(batchNorm) ?? new MomentsSum();
      sum.add(sums[places.get(value) ?? 0].moments);
      byNorm.set(batchNorm, sum);
    }
    return new Map([...byNorm].map(([batchNorm, { moments }]) => [batchNorm, moments]));
  } finally {
    session.dispose();
  }
}

/**
 * Batch norms in rounds, each measured in one pass: what a batch norm reads may depend on the statistics of
 * another one that is new, which must then be known first. One whose γ is 0 or which only shifts is depended on by nobody.
 */
function roundsOf(checkpoint: Checkpoint, fresh: readonly string[]): string[][] {
  const graph = graphOf(checkpoint, 'calibrated');
  const layers = new Map(
    graph.nodes
      .filter(({ name }) => fresh.includes(name))
      .map(({ name, parameters }) => [parameters.mean, name]),
  );
  const matters = new Set(fresh.filter((name) => !isSilent(checkpoint, graph, name)));
  const depth = new Map<string, number>();
  const round = new Map<string, number>();
  for (const node of graph.nodes) {
    const below = Math.max(0, ...node.inputs.map((value) => depth.get(value) ?? 0));
    // A layer that is called several times is measured when the last call can be.
    const layer = layers.get(node.parameters.mean);
    if (layer !== undefined) round.set(layer, Math.max(below, round.get(layer) ?? 0));
    const adds = layer !== undefined && matters.has(layer);
    for (const value of node.outputs) depth.set(value, below + Number(adds));
  }
  const rounds: string[][] = [];
  for (const [name, number] of round) (rounds[number] ??= []).push(name);
  return rounds.filter((names) => names.length > 0);
}

/** True when measuring it changes nothing after it: γ is 0 everywhere, or it only shifts and is kept doing so. */
function isSilent({ tensors }: Checkpoint, graph: Graph, name: string): boolean {
  const node = lookupOf(graph).node(name);
  if (node?.op !== 'batchNorm') return true;
  const gamma = tensors.get(node.parameters.gamma)?.readFloat32();
  return isUnmeasured(node, tensors) || (gamma?.every((value) => value === 0) ?? false);
}
