import { headValue } from '../core/acnet/verify-values';
import type { Checkpoint } from '../core/checkpoint';
import { UnsupportedError } from '../core/errors';
import type { Graph } from '../core/graph/graph';
import type { Backend, InferenceSession, Result } from '../engine/backend';
import { openImages } from '../engine/data';
import { preprocessingFor, requireSize, type PreprocessingOptions } from '../engine/data/preprocessing';
import type { Labelled } from '../engine/training/evaluate';
import { openCheckpointPair, type OpenOptions } from '../files/open';
import { Comparison, type Compared } from './compare';
import { breathe, type OperationContext } from './context';
import { backendFor, labelledImages } from './labelled';
import { Meter } from './meter';
import { graphOf, networkFor } from './network';
import type { VerifyResult } from './results';
import { imageInputs, randomInputs, type InputBatch } from './verify-inputs';

export interface VerifyOptions extends PreprocessingOptions, OpenOptions {
  /** Inputs to run; of images as many as there are. */
  readonly samples: number;
  /** Images, a folder or a file; random numbers when absent. */
  readonly data?: string;
  /** Largest max|a − b| / max|a| that passes; 1e-5 when absent. */
  readonly tolerance?: number;
  /** Of the random numbers, or of the choice among the images; 0 when absent. */
  readonly seed?: number;
}

/**
 * Runs two files' networks on the same inputs with inference statistics and compares what comes out.
 * @param a the reference
 * @throws UserError when they cannot be compared; a difference is no error but a result.
 */
export async function verifyFiles(
  a: string,
  b: string,
  options: VerifyOptions,
  context: OperationContext,
): Promise<VerifyResult> {
  const [first, second] = await openCheckpointPair([a, b], options);
  try {
    return await verifyCheckpoints(first, second, options, context);
  } finally {
    second.close();
    first.close();
  }
}

/** As `verifyFiles`, on opened checkpoints. */
export async function verifyCheckpoints(
  a: Checkpoint,
  b: Checkpoint,
  options: VerifyOptions,
  context: OperationContext,
): Promise<VerifyResult> {
  const graph = graphOf(a, 'verified');
  requireSameEnds(graph, graphOf(b, 'verified'), b.path);
  const { samples, data, seed = 0 } = options;
  if (data === undefined) {
    requireSize(graph, options.size);
    const side = { height: options.size ?? 32, width: options.size ?? 32 };
    return compareOn([a, b], side, options, context, (run) => randomInputs(run, { samples, seed }));
  }
  const preprocessing = preprocessingFor(graph, options);
  const images = labelledImages(openImages(data, 'evaluation'), preprocessing, samples, seed);
  return verifyOnImages([a, b], images, options, context);
}

/** Compares two networks on images that are at hand. */
export function verifyOnImages(
  pair: readonly [Checkpoint, Checkpoint],
  data: Labelled,
  options: Pick<VerifyOptions, 'tolerance'>,
  context: OperationContext,
): Promise<VerifyResult> {
  return compareOn(pair, data.preprocessing, options, context, () => imageInputs(data));
}

async function compareOn(
  [a, b]: readonly [Checkpoint, Checkpoint],
  size: { readonly height: number; readonly width: number },
  { tolerance = 1e-5 }: Pick<VerifyOptions, 'tolerance'>,
  context: OperationContext,
  inputsOf: (graph: Graph) => { readonly total: number; readonly batches: AsyncIterable<InputBatch> },
): Promise<VerifyResult> {
  const networks = [a, b].map((checkpoint) => networkFor(checkpoint, graphOf(checkpoint, 'verified'), size));
  const [backend] = await Promise.all(
    networks.map((network, i) => backendFor(context, network, [a, b][i].path)),
  );
  const sessions: InferenceSession[] = [];
  try {
    for (const network of networks) sessions.push(openSession(backend, network));
    const { total, batches } = inputsOf(networks[0].graph);
    const meter = new Meter(context, 'Verifying', total);
    const comparison = new Comparison(comparedValues(networks[0].graph), tolerance);
    for await (const { inputs, count } of batches) {
      await breathe(context, meter);
      const [expected, actual] = sessions.map((session): readonly Result[] => session.run(inputs, count));
      comparison.add(expected, actual, count);
      meter.add(count);
    }
    return comparison.result;
  } finally {
    for (const session of sessions) session.dispose();
  }
}

function openSession(backend: Backend, network: Parameters<Backend['inference']>[0]): InferenceSession {
  return backend.inference(
    network,
    comparedValues(network.graph).map(({ name }) => name),
  );
}

/** Every output, and before a final softmax or sigmoid the value that goes into it. */
function comparedValues(graph: Graph): Compared[] {
  return graph.outputs.flatMap((output) => {
    const head = headValue(graph, output);
    return head === output ? [{ name: output }] : [{ name: output, before: head }, { name: head }];
  });
}

function requireSameEnds(a: Graph, b: Graph, path: string): void {
  const ends = [a, b].map((graph) =>
    [...graph.inputs, '→', ...comparedValues(graph).map(({ name }) => name)]
      .map((value) => (value === '→' ? value : describe(graph.shapes.get(value))))
      .join(' '),
  );
  if (ends[0] === ends[1]) return;
  throw new UnsupportedError('the networks do not have the same inputs and outputs', {
    path,
    found: ends[1],
    allowed: ends[0],
  });
}

function describe(shape: ReadonlyArray<number | null> | null | undefined): string {
  return shape
    ? `[${shape
        .slice(1)
        .map((size) => size ?? '?')
        .join('×')}]`
    : '[?]';
}
