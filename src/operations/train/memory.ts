import { freemem } from 'node:os';
import type { Backend, Network } from '../../engine/backend';
import { inferenceBatch } from '../../engine/data/batches';
import type { Preprocessing } from '../../engine/data/preprocessing';
import { headOf } from '../../engine/training/head';
import { trainingOptions, type Recipe } from '../../engine/training/recipe';
import { bytes } from '../../shared/numbers';
import type { Arm, MemoryNeed } from '../../contract/results';

/** Batches that are in memory at once: the one in use, two that wait, one not yet collected. */
const BATCHES = 4;

/** What a job has beside a step, in bytes: the graph that evaluates, decoding threads, what the arm before has left. */
const JOB = 100 * 2 ** 20;

/** An arm that is trained. */
export interface MemoryArm {
  readonly arm: Arm;
  readonly network: Network;
}

/** Images of a job. */
export interface JobImages {
  /** Bytes that their pictures take. */
  readonly pictures: number;
  readonly preprocessing: Preprocessing;
}

/** What the arms of a job need, and what to say of it. */
export interface MemoryPlan {
  readonly needs: Partial<Record<Arm, MemoryNeed>>;
  /** One line; none where the backend cannot tell. */
  readonly text?: string;
  /** Set where the memory will not be enough: what to do. */
  readonly warning?: string;
}

/**
 * What a training will hold at most, estimated before it starts: the step by its plan, the batches that wait, the
 * decoded images that are kept.
 * @param free bytes that this process can still get
 */
export function planMemory(
  backend: Backend,
  arms: readonly MemoryArm[],
  recipe: Recipe,
  images: JobImages,
  free: number = freeMemory(),
): MemoryPlan {
  const needOf = ({ network }: MemoryArm, batch: number): number =>
    Math.round(JOB + networkNeed(backend, network, { ...recipe, batch }, images) + imagesNeed(images, batch));
  if (!backend.memory || arms.length === 0) return { needs: {} };
  const estimates = arms.map((arm) => ({ ...arm, estimate: needOf(arm, recipe.batch) }));
  const needs = Object.fromEntries(estimates.map(({ arm, estimate }) => [arm, { estimate, free }]));
  const largest = estimates.reduce((a, b) => (b.estimate > a.estimate ? b : a));
  const each = estimates.map(({ arm, estimate }) => `${arm} ${bytes(estimate)}`).join(', ');
  const text = `memory: about ${bytes(largest.estimate)} at a batch of ${recipe.batch} (${each}); ${bytes(free)} can be had`;
  // What the process holds already is not free any more, and is part of the estimate.
  const room = free + process.memoryUsage().rss;
  if (largest.estimate <= room) return { needs, text };
  const smaller = fittingBatch(recipe.batch, (batch) => needOf(largest, batch) <= room);
  const advice =
    smaller === undefined
      ? 'no batch is small enough'
      : `a batch of ${smaller} takes about ${bytes(needOf(largest, smaller))}`;
  return { needs, text, warning: `the memory will probably not be enough: ${advice}` };
}

function networkNeed(
  backend: Backend,
  network: Network,
  recipe: Recipe,
  { preprocessing }: JobImages,
): number {
  const options = trainingOptions(recipe, headOf(network.graph));
  return backend.memory?.(network, options, inferenceBatch(preprocessing)) ?? 0;
}

function imagesNeed({ pictures, preprocessing }: JobImages, batch: number): number {
  const { height, width, channels } = preprocessing;
  const elements = height * width * channels;
  const waiting = BATCHES * 4 * elements * Math.max(batch, inferenceBatch(preprocessing));
  return pictures + waiting;
}

/** Halves the batch until it fits. */
function fittingBatch(batch: number, fits: (batch: number) => boolean): number | undefined {
  for (let smaller = Math.floor(batch / 2); smaller >= 1; smaller = Math.floor(smaller / 2)) {
    if (fits(smaller)) return smaller;
  }
  return undefined;
}

/** Bytes that this process can still get: of the machine, or of the container it is confined to. */
function freeMemory(): number {
  // Without a limit it is a number beyond any machine's memory; on some systems there is none.
  const limit = process.constrainedMemory() || Infinity;
  return Math.max(Math.min(freemem(), limit - process.memoryUsage().rss), 0);
}
