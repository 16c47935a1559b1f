/**
 * One training step of ACNet ResNet-20 (32 × 32, three branches with a batch norm each) here and in Keras:
 * five rounds of each, taken in turns, so that what else the machine does meets both. A fresh batch from host memory
 * each step, the loss returned. Fails above 0.8 × Keras's `train_on_batch`.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { convertToAcnet } from '../../src/core/acnet/convert';
import { chooseSites, findSites } from '../../src/core/acnet/sites';
import type { Checkpoint } from '../../src/core/checkpoint';
import type { Network, TrainingSession } from '../../src/engine/backend';
import { setThreads } from '../../src/engine/native/load';
import { nativeBackend } from '../support/native';
import { NetworkBuilder, resnet20 } from '../support/networks';

const BATCH = 128;
const ROUNDS = 5;
const STEPS = 10;
const LIMIT = 0.8;
const THREADS = { intraOp: 2, interOp: 2 };
const KINDS = ['acnet', 'plain'] as const;
type Kind = (typeof KINDS)[number];

function acnet(network: Network): Network {
  const checkpoint: Checkpoint = {
    ...network,
    format: 'keras',
    path: 'resnet20',
    size: 0,
    metadata: { facts: [] },
    warnings: [],
    payload: undefined,
    close: () => undefined,
  };
  const sites = chooseSites(findSites(checkpoint)).chosen;
  const { checkpoint: converted } = convertToAcnet(checkpoint, {
    sites,
    variant: 'skeleton',
    initialisation: 'random',
    seed: 1,
  });
  if (!converted.graph) throw new Error('no graph');
  return { graph: converted.graph, tensors: converted.tensors };
}

/** Keras in a process of its own that does one round when asked. */
async function startKeras(kind: Kind): Promise<{ round(): Promise<number[]>; stop(): void; note: string }> {
  const script = path.resolve('test/bench/train_step_keras.py');
  const child = spawn(
    process.env.ACNET_PEERS_PYTHON ?? 'python3',
    [script, kind, String(BATCH), String(STEPS)],
    {
      env: {
        ...process.env,
        KERAS_BACKEND: 'tensorflow',
        TF_CPP_MIN_LOG_LEVEL: '3',
        CUDA_VISIBLE_DEVICES: '',
        PYTHONDONTWRITEBYTECODE: '1',
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  );
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const read = async (): Promise<Record<string, unknown>> => {
    const line = await lines.next();
    if (line.done) throw new Error('Keras ended before its time');
    return JSON.parse(line.value) as Record<string, unknown>;
  };
  const ready = await read();
  return {
    note: `Keras ${String(ready.keras)}`,
    async round() {
      child.stdin.write('go\n');
      return (await read()).seconds as number[];
    },
    stop: () => child.stdin.end(),
  };
}

function ourRound(session: TrainingSession, images: Float32Array[], labels: Float32Array[]): number[] {
  return Array.from({ length: STEPS }, (_, i) => {
    const start = performance.now();
    session.step(images[i % images.length], labels[i % labels.length], 0.01);
    return (performance.now() - start) / 1000;
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}

async function compare(kind: Kind): Promise<number> {
  const backend = await nativeBackend();
  const network = kind === 'acnet' ? acnet(resnet20()) : resnet20();
  const start = performance.now();
  const session = backend.training(network, {
    batch: BATCH,
    loss: 'categorical',
    labelSmoothing: 0,
    seed: 1,
    optimiser: { kind: 'sgd', momentum: 0.9, weightDecay: 0 },
  });
  const random = new NetworkBuilder(2);
  const images = Array.from({ length: 8 }, () => random.values(BATCH, 32, 32, 3));
  const labels = images.map((_, k) =>
    Float32Array.from({ length: BATCH * 10 }, (_, i) =>
      (Math.floor(i / 10) * 7 + k) % 10 === i % 10 ? 1 : 0,
    ),
  );
  session.step(images[0], labels[0], 0.01);
  const compiled = (performance.now() - start) / 1000;
  ourRound(session, images, labels);
  const keras = await startKeras(kind);
  const rounds = { ours: [] as number[], keras: [] as number[] };
  for (let i = 0; i < ROUNDS; i++) {
    rounds.ours.push(median(ourRound(session, images, labels)));
    rounds.keras.push(median(await keras.round()));
  }
  keras.stop();
  session.dispose();
  const [a, b] = [median(rounds.ours), median(rounds.keras)];
  console.log(
    `\n${kind} ResNet-20, batch ${BATCH}; ${backend.description}; first step after ${compiled.toFixed(1)} s`,
  );
  console.log(
    'seconds per step'.padEnd(24),
    ...rounds.ours.map((_, i) => `round ${i + 1}`.padStart(9)),
    '   median',
  );
  const row = (name: string, values: number[]): void =>
    console.log(
      name.padEnd(24),
      ...values.map((v) => v.toFixed(3).padStart(9)),
      median(values).toFixed(3).padStart(9),
    );
  row('ACNet for VS Code', rounds.ours);
  row(keras.note, rounds.keras);
  console.log(`ratio ${(a / b).toFixed(3)}, memory ${Math.round(process.memoryUsage().rss / 1e6)} MB`);
  return a / b;
}

async function main(): Promise<void> {
  setThreads(THREADS);
  const wanted = process.argv.slice(2);
  const ratios = new Map<Kind, number>();
  for (const kind of KINDS) {
    if (wanted.length === 0 || wanted.includes(kind)) ratios.set(kind, await compare(kind));
  }
  if ((ratios.get('acnet') ?? 0) > LIMIT) {
    console.error(`the ACNet step takes more than ${LIMIT} × Keras's`);
    process.exitCode = 1;
  }
}

void main();
