/**
 * An epoch over folders of 32 × 32 JPEGs beside the bare step: how much of the step's rate is left when images are
 * read, decoded, augmented and handed over. The first epoch decodes, the later ones find what was decoded. Each round
 * takes the bare steps and both epochs in turns, so that what else the machine does meets all. Allowed: 0.9 of the
 * bare rate. Writes `RESULTS-epoch-jpeg.md` beside this file, unless the machine is busy.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import type { Backend, Statistics, TrainingOptions, TrainingSession } from '../../src/engine/backend';
import { openDataset } from '../../src/engine/data';
import { Images } from '../../src/engine/data/images';
import { preprocessingFor } from '../../src/engine/data/preprocessing';
import { setThreads } from '../../src/engine/native/load';
import { headOf } from '../../src/engine/training/head';
import { trainNetwork, type TrainingHooks } from '../../src/engine/training/loop';
import type { Recipe } from '../../src/engine/training/recipe';
import { breathe } from '../../src/operations/kit/context';
import { writeJpegFolder } from '../support/jpeg-folder';
import { nativeBackend } from '../support/native';
import { NetworkBuilder } from '../support/networks';
import { median } from './contender';
import { networkOf, type Kind } from './our-steps';

const BATCH = 128;
const STEPS = 16;
/** Steps before the measured ones, on both sides: TensorFlow prepares a new graph while it first runs. */
const WARM_UP = 3;
const ROUNDS = 5;
const LEAST = 0.9;
/** Above this many running programs the numbers are shown, but not kept. */
const QUIET = 1;

interface Case {
  readonly title: string;
  readonly kind: Kind;
  readonly statistics: Statistics;
}

const CASES: readonly Case[] = [
  { title: 'ResNet-20, ACNet', kind: 'acnet', statistics: 'batch' },
  { title: 'ResNet-20, ACNet, frozen statistics', kind: 'acnet', statistics: 'frozen' },
];

/** Seconds for all steps. */
interface Round {
  readonly bare: Epoch;
  readonly first: Epoch;
  readonly later: Epoch;
}

interface Epoch {
  readonly seconds: number;
  /** Of these inside the steps' own calls: the others are spent waiting for images and handing them over. */
  readonly inside: number;
}

const RECIPE: Recipe = {
  epochs: 2,
  batch: BATCH,
  // Without the batch's statistics nothing holds random weights in check: a rate that moves them hardly at all.
  learningRate: 1e-6,
  schedule: { kind: 'constant' },
  warmup: 0,
  optimiser: { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 },
  labelSmoothing: 0,
  augmentation: { padCrop: 4, flip: true },
  seed: 1,
};

/** A function that takes all steps on batches that are at hand. */
function bareSteps(backend: Backend, { kind, statistics }: Case): { run(): number; dispose(): void } {
  const options: TrainingOptions = { ...RECIPE, loss: 'categorical', statistics };
  const session = backend.training(networkOf('resnet20', kind), options);
  const random = new NetworkBuilder(2);
  const images = Array.from({ length: 4 }, () => random.values(BATCH, 32, 32, 3));
  const labels = Float32Array.from({ length: BATCH * 10 }, (_, i) => Number((i / 10) % 10 === i % 10));
  const steps = (count: number): number => {
    const start = performance.now();
    for (let i = 0; i < count; i++) session.step(images[i % 4], labels, RECIPE.learningRate);
    return (performance.now() - start) / 1000;
  };
  steps(WARM_UP);
  return { run: () => steps(STEPS), dispose: () => session.dispose() };
}

/** The backend, and the seconds that its training steps have taken so far. */
function timed(backend: Backend): { readonly backend: Backend; readonly inside: () => number } {
  let inside = 0;
  const training: Backend['training'] = (network, options) => {
    const session = backend.training(network, options);
    const step = (...batch: Parameters<TrainingSession['step']>): number => {
      const start = performance.now();
      const loss = session.step(...batch);
      inside += (performance.now() - start) / 1000;
      return loss;
    };
    return {
      step,
      read: () => session.read(),
      capture: () => session.capture(),
      restore: (state) => session.restore(state),
      calls: 0,
      dispose: () => session.dispose(),
    };
  };
  return { backend: { ...backend, training }, inside: () => inside };
}

/** Two epochs of a training on the folder, opened anew: nothing is decoded yet. */
async function epochs(native: Backend, folder: string, { kind, statistics }: Case): Promise<Epoch[]> {
  const { backend, inside } = timed(native);
  const network = networkOf('resnet20', kind);
  const head = headOf(network.graph);
  const preprocessing = preprocessingFor(network, {});
  const data = { images: new Images(openDataset(folder).training, preprocessing), preprocessing };
  const done: Epoch[] = [];
  let start = 0;
  let before = 0;
  const hooks: TrainingHooks = {
    pause: () => breathe({ signal: new AbortController().signal }),
    onStep: ({ step }) => {
      const inEpoch = ((step - 1) % (WARM_UP + STEPS)) + 1;
      if (inEpoch === WARM_UP) [start, before] = [performance.now(), inside()];
    },
    onEpoch: () => {
      done.push({ seconds: (performance.now() - start) / 1000, inside: inside() - before });
      return Promise.resolve();
    },
  };
  await trainNetwork(backend, { network, head, data, recipe: { ...RECIPE, statistics } }, hooks);
  return done;
}

async function measure(backend: Backend, folder: string, of: Case): Promise<Round[]> {
  const bare = bareSteps(backend, of);
  const rounds: Round[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    // The bare steps before and after, so that a machine that slows down or speeds up meets both.
    const before = bare.run();
    const [first, later] = await epochs(backend, folder, of);
    const seconds = (before + bare.run()) / 2;
    rounds.push({ bare: { seconds, inside: seconds }, first, later });
    console.log(`${of.title}: round ${i + 1} of ${ROUNDS}`);
  }
  bare.dispose();
  return rounds;
}

function linesOf({ title }: Case, rounds: readonly Round[]): string[] {
  const rate = (part: keyof Round): string => {
    const rates = rounds.map((round) => ((BATCH * STEPS) / round[part].seconds).toFixed(0));
    return `${median(rates.map(Number)).toFixed(0)} (${rates.join(', ')})`;
  };
  const line = (name: string, part: keyof Round): string => {
    const share = median(rounds.map((round) => round.bare.seconds / round[part].seconds));
    const inside = median(rounds.map((round) => round[part].inside / round[part].seconds));
    const verdict = share >= LEAST ? 'met' : 'missed';
    return `| ${name} | ${rate(part)} | ${(100 * inside).toFixed(1)} % | ${share.toFixed(3)} | ≥ ${LEAST} | ${verdict} |`;
  };
  return [
    `## ${title}\n`,
    '|  | images per second (rounds) | time inside the steps | of the bare rate | wanted |  |',
    '| --- | --- | --- | --- | --- | --- |',
    `| bare step | ${rate('bare')} |  |  |  |  |`,
    line('first epoch', 'first'),
    line('later epoch', 'later'),
  ];
}

async function main(): Promise<void> {
  const load = loadavg()[0];
  setThreads({ intraOp: 2, interOp: 2 });
  const backend = await nativeBackend();
  const folder = mkdtempSync(path.join(tmpdir(), 'acnet-jpeg-'));
  try {
    await writeJpegFolder(folder, { count: BATCH * (WARM_UP + STEPS), classes: 10, side: 32 });
    const parts: string[] = [];
    for (const of of CASES) parts.push(linesOf(of, await measure(backend, folder, of)).join('\n'));
    const [cpu] = cpus();
    const text = [
      '# Epoch over JPEG folders',
      `${new Date().toISOString().slice(0, 10)}, ${cpu.model.trim()}, ${cpus().length} processors, Node ${process.versions.node}, ${backend.description}, load ${load.toFixed(1)} before the start. ${BATCH * (WARM_UP + STEPS)} colour JPEGs of 32 × 32 in class folders, batch ${BATCH}, pad-crop and flip; ${STEPS} steps after ${WARM_UP} for warming up. Median of ${ROUNDS} rounds taken in turns; in brackets each round's.`,
      ...parts,
      '',
    ].join('\n\n');
    console.log(`\n${text}`);
    if (load > QUIET) console.log(`nothing is written: the load was ${load.toFixed(1)}, above ${QUIET}`);
    else writeFileSync(path.resolve('test/bench/RESULTS-epoch-jpeg.md'), text);
    if (text.includes('| missed |')) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
