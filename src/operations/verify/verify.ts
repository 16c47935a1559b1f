import { headValue } from '../../core/acnet/verify-values';
import type { Checkpoint } from '../../core/checkpoint';
import { UnsupportedError } from '../../core/errors';
import type { Graph } from '../../core/graph/graph';
import type { Backend, InferenceSession, Network, Result } from '../../engine/backend';
import { openImages } from '../../engine/data';
import { preprocessingFor, requireSize, type PreprocessingOptions } from '../../engine/data/preprocessing';
import type { Labelled } from '../../engine/training/evaluate';
import { openCheckpointPair, type OpenOptions } from '../../files/open';
import { Comparison, type Compared } from './difference';
import { breathe, type OperationContext } from '../kit/context';
import { backendFor, labelledImages } from '../kit/labelled';
import { landingsOf } from '../kit/landings';
import { Meter } from '../kit/meter';
import { graphOf, networkFor } from '../kit/network';
import type { VerifyResult } from '../../contract/results';
import { probed, type Probed } from './blocks';
import { imageInputs, moved, randomInputs, type InputBatch } from './inputs';

/** On which inputs two networks are compared, and how closely they must agree. */
export interface VerifyOptions extends PreprocessingOptions, OpenOptions {
  /** Inputs to run; of images as many as there are. */
  readonly samples: number;
  /** Images, a folder or a file; random numbers when absent. */
  readonly data?: string;
  /** Largest max|a − b| / max|a| that passes, of each channel of a block or else of the outputs; 1e-5 when absent. */
  readonly tolerance?: number;
  /** Of the random numbers, or of the choice among the images; 0 when absent. */
  readonly seed?: number;
}

/**
 * Runs two files' networks on the same inputs with inference statistics and compares what comes out. Networks that are
 * made of the same pieces are judged piece by piece: in a deep network rounding may grow beyond any bound that still
 * shows a wrong block, but not within one block.
 * @param a the reference
 * @throws UserError when they cannot be compared; a difference is not an error but a result.
 */
export async function verifyFiles(
  a: string,
  b: string,
  options: VerifyOptions,
  context: OperationContext,
): Promise<VerifyResult> {
  const [first, second] = await openCheckpointPair([a, b], options);
  try {
    const result = await verifyCheckpoints(first, second, options, context);
    const landings = { a: landingsOf(first), b: landingsOf(second) };
    return landings.a.length + landings.b.length > 0 ? { ...result, landings } : result;
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
  const preprocessing = preprocessingFor({ graph, tensors: a.tensors }, options);
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
  inputsOf: (network: Network) => { readonly total: number; readonly batches: AsyncIterable<InputBatch> },
): Promise<VerifyResult> {
  const networks = [a, b].map((checkpoint) => networkFor(checkpoint, graphOf(checkpoint, 'verified'), size));
  const [backend] = await Promise.all(
    networks.map((network, i) => backendFor(context, network, [a, b][i].path)),
  );
  const compared = comparedValues(networks[0].graph);
  const pieces = piecesFor(networks, backend);
  const probes = 'reason' in pieces ? undefined : pieces;
  const sessions: InferenceSession[] = [];
  try {
    sessions.push(openSession(backend, probes?.network ?? networks[0], compared, probes?.values));
    sessions.push(openSession(backend, networks[1], comparedValues(networks[1].graph)));
    const { total, batches } = inputsOf(networks[0]);
    const meter = new Meter(context, 'Verifying', total);
    const comparison = new Comparison(compared, tolerance);
    let noise: number | undefined;
    for await (const { inputs, count } of batches) {
      await breathe(context, meter);
      const [expected, actual] = sessions.map((session): readonly Result[] => session.run(inputs, count));
      comparison.add(expected, actual, count);
      probes?.blocks.add(expected.slice(compared.length));
      noise ??= noiseOf(sessions[0], networks[0], compared, { inputs, count }, expected);
      meter.add(count);
    }
    const blocks = probes?.blocks.result(tolerance);
    return comparison.result({
      ...(noise !== undefined && { noise }),
      ...(blocks && { blocks }),
      ...('reason' in pieces && { unpaired: pieces.reason }),
    });
  } finally {
    for (const session of sessions) session.dispose();
  }
}

/** The pairs of two networks, ready to be compared where the backend can. */
function piecesFor([a, b]: readonly Network[], backend: Backend): Probed | { readonly reason: string } {
  const pieces = probed(a, b);
  const missing = 'reason' in pieces ? [] : backend.unsupported(pieces.network);
  return missing.length === 0 ? pieces : { reason: `${missing.join(', ')} cannot be run here` };
}

/** Images on which rounding is estimated. */
const NOISE_IMAGES = 16;

/**
 * What the reference's own outputs move by when its inputs and kernels move by their last bit: what rounding does to
 * them. Every layer has a part in it, as in a fusion, which rounds each layer's weights anew; moving only inputs would
 * show nothing of what comes after a layer that saturates. It is an estimate, so it is shown and decides nothing.
 */
function noiseOf(
  session: InferenceSession,
  { graph, tensors }: Network,
  compared: readonly Compared[],
  { inputs, count }: InputBatch,
  expected: readonly Result[],
): number {
  const few = Math.min(count, NOISE_IMAGES);
  const part = (values: Float32Array): Float32Array => values.subarray(0, (values.length / count) * few);
  const own = expected
    .slice(0, compared.length)
    .map(({ shape, values }) => ({ shape, values: part(values) }));
  const kernels = new Set(graph.nodes.flatMap(({ parameters: { kernel } }) => kernel ?? []));
  // One by one: all together they are another copy of the weights.
  const assign = (change: (values: Float32Array) => Float32Array): void => {
    for (const name of kernels) {
      const values = tensors.get(name)?.readFloat32();
      if (values) session.assign(new Map([[name, change(values)]]));
    }
  };
  const shaken = inputs.map((values) => moved(part(values)));
  assign(moved);
  const results = session.run(shaken, few);
  assign((values) => values);
  const comparison = new Comparison(compared, Infinity);
  comparison.add(own, results, few);
  return comparison.maxRel;
}

function openSession(
  backend: Backend,
  network: Network,
  compared: readonly Compared[],
  more: readonly string[] = [],
): InferenceSession {
  return backend.inference(network, [...compared.map(({ name }) => name), ...more]);
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
    expected: ends[0],
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
