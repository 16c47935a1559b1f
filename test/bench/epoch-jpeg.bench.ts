/**
 * An epoch over folders of 32 × 32 JPEGs beside the bare step: how much of the step's rate is left when images are
 * read, decoded, augmented and handed over. The first epoch decodes, the later ones find what was decoded. Each round
 * takes the bare steps and both epochs in turns, so that what else the machine does meets all. Allowed: 0.9 of the
 * bare rate. Writes `RESULTS-epoch-jpeg.md` beside this file, unless the machine is busy.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import type { Backend, Statistics, TrainingOptions } from '../../src/engine/backend';
import { openDataset } from '../../src/engine/data';
import { Images } from '../../src/engine/data/images';
import { preprocessingFor } from '../../src/engine/data/preprocessing';
import { setThreads } from '../../src/engine/native/load';
import { headOf } from '../../src/engine/training/head';
import { trainNetwork, type Recipe, type TrainingHooks } from '../../src/engine/training/loop';
import { breathe } from '../../src/operations/context';
import { writeJpegFolder } from '../support/jpeg-folder';
import { nativeBackend } from '../support/native';
import { NetworkBuilder } from '../support/networks';
import { median } from './contender';
import { networkOf, type Kind } from './our-steps';

const BATCH = 128;
const STEPS = 16;
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
  readonly bare: number;
  readonly first: number;
  readonly later: number;
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
  steps(3);
  return { run: () => steps(STEPS), dispose: () => session.dispose() };
}

/** Two epochs of a training on the folder, opened anew: nothing is decoded yet. */
async function epochs(backend: Backend, folder: string, { kind, statistics }: Case): Promise<number[]> {
  const network = networkOf('resnet20', kind);
  const head = headOf(network.graph);
  const preprocessing = preprocessingFor(network.graph, {});
  const data = { images: new Images(openDataset(folder).training, preprocessing), preprocessing };
  const seconds: number[] = [];
  let start = 0;
  const hooks: TrainingHooks = {
    pause: () => breathe({ signal: new AbortController().signal }),
    onStep: () => undefined,
    onEpoch: () => {
      seconds.push((performance.now() - start) / 1000);
      return Promise.resolve();
    },
    onMoment: (moment) => {
      if (moment !== 'step') start = performance.now();
      return Promise.resolve();
    },
  };
  await trainNetwork(backend, { network, head, data, recipe: { ...RECIPE, statistics } }, hooks);
  return seconds;
}

async function measure(backend: Backend, folder: string, of: Case): Promise<Round[]> {
  const bare = bareSteps(backend, of);
  const rounds: Round[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    // The bare steps before and after, so that a machine that slows down or speeds up meets both.
    const before = bare.run();
    const [first, later] = await epochs(backend, folder, of);
    rounds.push({ bare: (before + bare.run()) / 2, first, later });
    console.log(`${of.title}: round ${i + 1} of ${ROUNDS}`, rounds[i]);
  }
  bare.dispose();
  return rounds;
}

function linesOf({ title }: Case, rounds: readonly Round[]): string[] {
  const rate = (of: (round: Round) => number): string => {
    const rates = rounds.map((round) => ((BATCH * STEPS) / of(round)).toFixed(0));
    return `${median(rates.map(Number)).toFixed(0)} (${rates.join(', ')})`;
  };
  const ratio = (of: (round: Round) => number): number =>
    median(rounds.map((round) => round.bare / of(round)));
  const line = (name: string, of: (round: Round) => number): string => {
    const share = ratio(of);
    return `| ${name} | ${rate(of)} | ${share.toFixed(3)} | ≥ ${LEAST} | ${share >= LEAST ? 'met' : 'missed'} |`;
  };
  return [
    `## ${title}\n`,
    '|  | images per second (rounds) | of the bare step | wanted |  |',
    '| --- | --- | --- | --- | --- |',
    `| bare step | ${rate(({ bare }) => bare)} |  |  |  |`,
    line('first epoch', ({ first }) => first),
    line('later epoch', ({ later }) => later),
  ];
}

async function main(): Promise<void> {
  const load = loadavg()[0];
  setThreads({ intraOp: 2, interOp: 2 });
  const backend = await nativeBackend();
  const folder = mkdtempSync(path.join(tmpdir(), 'acnet-jpeg-'));
  try {
    await writeJpegFolder(folder, { count: BATCH * STEPS, classes: 10, side: 32 });
    const parts: string[] = [];
    for (const of of CASES) parts.push(linesOf(of, await measure(backend, folder, of)).join('\n'));
    const [cpu] = cpus();
    const text = [
      '# Epoch over JPEG folders',
      `${new Date().toISOString().slice(0, 10)}, ${cpu.model.trim()}, ${cpus().length} processors, Node ${process.versions.node}, ${backend.description}, load ${load.toFixed(1)} before the start. ${BATCH * STEPS} colour JPEGs of 32 × 32 in class folders, batch ${BATCH}, pad-crop and flip, ${STEPS} steps an epoch. Median of ${ROUNDS} rounds taken in turns; in brackets each round's.`,
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
