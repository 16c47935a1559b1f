import { streamSeed } from '../../core/random';
import { drawView, PLAIN_VIEW, writeImage, type Augmentation } from './augment';
import type { Images } from './images';
import { lookupTable, type Preprocessing } from './preprocessing';
import { shuffled } from './shuffle';

/** Images ready for the network. */
export interface Batch {
  readonly count: number;
  /** count × height × width × channels. */
  readonly input: Float32Array;
  /** Class index of each image. */
  readonly labels: Int32Array;
}

/** In which order and view an epoch reads its images. */
export interface TrainingOrder {
  readonly batch: number;
  /** Batches of an update of the weights; 1 when absent. */
  readonly accumulate?: number | undefined;
  readonly seed: number;
  /** From 0. */
  readonly epoch: number;
  readonly augmentation: Augmentation;
  /** Batches of the epoch that are left out at its start, when it was begun earlier; 0 when absent. */
  readonly skip?: number;
}

/** Batches of one epoch: whole ones only, and only whole updates of the weights. */
export function stepsPerEpoch(
  count: number,
  { batch, accumulate = 1 }: { readonly batch: number; readonly accumulate?: number | undefined },
): number {
  return Math.floor(count / (batch * accumulate)) * accumulate;
}

/** One epoch in random order, augmented; what does not fill an update of the weights is dropped. The same seed gives the same batches. */
export async function* trainingBatches(
  images: Images,
  preprocessing: Preprocessing,
  { batch, accumulate, seed, epoch, augmentation, skip = 0 }: TrainingOrder,
): AsyncGenerator<Batch> {
  const order = shuffled(images.count, streamSeed(seed, `order of epoch ${epoch}`));
  const views = streamSeed(seed, 'augmentation');
  const whole = order.subarray(skip * batch, stepsPerEpoch(images.count, { batch, accumulate }) * batch);
  const view = (index: number) => drawView(augmentation, views, epoch, index);
  yield* prefetched(chunks(whole, batch), (indices) => assemble(images, preprocessing, indices, view));
}

/** All images once, in order; the last batch may be smaller. */
export async function* evaluationBatches(
  images: Images,
  preprocessing: Preprocessing,
  batch: number,
): AsyncGenerator<Batch> {
  const order = Int32Array.from({ length: images.count }, (_, i) => i);
  yield* prefetched(chunks(order, batch), (indices) =>
    assemble(images, preprocessing, indices, () => PLAIN_VIEW),
  );
}

/** A batch for inference that keeps memory in bounds: 4 million input numbers, at most 256 images. */
export function inferenceBatch({ height, width, channels }: Preprocessing): number {
  return Math.min(Math.max(Math.floor(4e6 / (height * width * channels)), 1), 256);
}

function chunks(order: Int32Array, size: number): Int32Array[] {
  return Array.from({ length: Math.ceil(order.length / size) }, (_, i) =>
    order.subarray(i * size, (i + 1) * size),
  );
}

/** Batches that are made ahead of the one in use: a second one bridges a file or a thread that is late. */
const AHEAD = 2;

/** Starts the next batches before the present one is used, so that files are decoded while the network runs. */
async function* prefetched(
  parts: readonly Int32Array[],
  make: (indices: Int32Array) => Promise<Batch>,
): AsyncGenerator<Batch> {
  const coming: Promise<Batch>[] = [];
  let started = 0;
  const startMore = (): void => {
    while (coming.length < AHEAD && started < parts.length) {
      const next = make(parts[started++]);
      // A failure is reported when its turn comes, or not at all if the reader stops before.
      next.catch(() => undefined);
      coming.push(next);
    }
  };
  startMore();
  for (let next = coming.shift(); next; next = coming.shift()) {
    const present = await next;
    startMore();
    yield present;
  }
}

async function assemble(
  images: Images,
  preprocessing: Preprocessing,
  indices: Int32Array,
  viewOf: (index: number) => ReturnType<typeof drawView>,
): Promise<Batch> {
  const pixels = await images.load(indices);
  const { height, width, channels } = preprocessing;
  const elements = height * width * channels;
  const input = new Float32Array(indices.length * elements);
  const table = lookupTable(preprocessing);
  pixels.forEach((image, i) =>
    writeImage(image, preprocessing, table, viewOf(indices[i]), input, i * elements),
  );
  return { count: indices.length, input, labels: indices.map((index) => images.labels[index]) };
}
