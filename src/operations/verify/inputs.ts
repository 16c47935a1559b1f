import { UnsupportedError } from '../../core/errors';
import type { Graph } from '../../core/graph/graph';
import { inputValuesOf } from '../../core/graph/input-values';
import { createRandom } from '../../core/random';
import type { Network } from '../../engine/backend';
import { evaluationBatches, inferenceBatch } from '../../engine/data/batches';
import type { Labelled } from '../../engine/training/evaluate';

/** One array per network input. */
export interface InputBatch {
  readonly inputs: readonly Float32Array[];
  readonly count: number;
}

/** Inputs for both networks, batch by batch. */
export interface Inputs {
  readonly total: number;
  readonly batches: AsyncIterable<InputBatch>;
}

/**
 * Samples of N(0, 1) as the network's layers see them: before arithmetic that the network starts with, they are
 * scaled back. The same seed gives the same samples.
 */
export function randomInputs(
  network: Network,
  { samples, seed }: { readonly samples: number; readonly seed: number },
): Inputs {
  const { graph } = network;
  const sizes = graph.inputs.map((input) => elementsOf(graph, input));
  const batch = Math.min(Math.max(Math.floor(4e6 / Math.max(...sizes)), 1), 256);
  return { total: samples, batches: draw(network, sizes, batch, samples, seed) };
}

async function* draw(
  network: Network,
  sizes: readonly number[],
  batch: number,
  samples: number,
  seed: number,
): AsyncGenerator<InputBatch> {
  const random = createRandom(seed);
  const backs = network.graph.inputs.map((input) => undone(network, input));
  for (let done = 0; done < samples; done += batch) {
    const count = Math.min(batch, samples - done);
    const inputs = sizes.map((size, input) =>
      Float32Array.from({ length: count * size }, (_, i) => backs[input](random.normal(), i)),
    );
    yield await Promise.resolve({ inputs, count });
  }
}

/** Values of one input: 1 GiB. Larger than any image, and random numbers for them take half a minute. */
const LARGEST_INPUT = 2 ** 28;

function elementsOf(graph: Graph, input: string): number {
  const count = (graph.shapes.get(input) ?? [null, null]).slice(1).reduce<number>((product, size) => {
    if (size !== null) return product * size;
    throw new UnsupportedError('the size of an input is not known, so no random one can be made', {
      where: input,
    });
  }, 1);
  if (count <= LARGEST_INPUT) return count;
  throw new UnsupportedError('an input is too large for random ones to be made', {
    where: input,
    found: `${count} values`,
    expected: `at most ${LARGEST_INPUT} values`,
  });
}

function undone(network: Network, input: string): (value: number, index: number) => number {
  const { scale, offset } = inputValuesOf(network, input);
  return (value, i) => (value - offset[i % offset.length]) / scale[i % scale.length];
}

/** Images, preprocessed as stated. */
export function imageInputs({ images, preprocessing }: Labelled): Inputs {
  const batches = evaluationBatches(images, preprocessing, inferenceBatch(preprocessing));
  return { total: images.count, batches: asInputs(batches) };
}

async function* asInputs(batches: ReturnType<typeof evaluationBatches>): AsyncGenerator<InputBatch> {
  for await (const { input, count } of batches) yield { inputs: [input], count };
}

/** Numbers moved by about one step of 32-bit numbers, up and down in turn. */
export function moved(values: Float32Array): Float32Array {
  return values.map((value, i) => value * (i % 2 === 0 ? 1 + STEP : 1 - STEP));
}

const STEP = 2 ** -23;
