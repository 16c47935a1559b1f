/**
 * One training step here and in what a user would take instead: PyTorch, Keras, tfjs-node, a hand-written TensorFlow
 * function.
 * Five rounds of each, taken in turns, so that what else the machine does meets all; two threads each; a fresh batch
 * from host memory each step, the loss returned. Writes `RESULTS.md` beside this file, unless the machine is busy.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { findNative, type NativeLocation } from '../../src/engine/native/locate';
import { median, startContender, type Contender } from './contender';
import { operationsOf, runOurs, type Kind, type Setting } from './our-steps';

const BATCH = 128;
/** Of memory, beside PyTorch's. */
const MEMORY_LIMIT = 1.1;
const ROUNDS = 5;
/** Above this many running programs the numbers are shown, but not kept. */
const QUIET = 1;

type Peer = 'torch' | 'keras' | 'tfjs' | 'stockTfjs' | 'function' | 'ours';

/** Tells peers of one name apart. */
const LABELS: Readonly<Partial<Record<Peer, string>>> = {
  ours: 'plain, `batch` statistics',
  tfjs: 'oneDNN switched on, as for all others',
  stockTfjs: 'as it comes',
};

interface Comparison {
  readonly title: string;
  /** Names our own row, where another one of ours is beside it. */
  readonly label?: string;
  readonly ours: Partial<Setting>;
  /** The largest share of a peer's time that is good enough; null where it is only reported. */
  readonly peers: Partial<Record<Peer, number | null>>;
  /** Branches of the hand-written function, or of our own step as a peer. */
  readonly peerKind?: Kind | 'collapsed';
  readonly steps: number;
  /** What a reader must know to compare. */
  readonly note?: string;
}

const COMPARISONS: readonly Comparison[] = [
  {
    title: 'ResNet-20, ACNet, float32',
    ours: {},
    peers: { torch: 0.95, keras: 0.75, stockTfjs: 0.2, tfjs: null, function: 1 },
    steps: 6,
    note: 'The function takes TensorFlow’s “same” for strided branches, which leaves them out of line with the square; ours are cut to be in line, which costs padding and slices.',
  },
  {
    title: 'ResNet-20, ACNet, bfloat16',
    ours: { precision: 'bfloat16' },
    peers: { torch: 0.95 },
    steps: 2,
    note: 'The ceiling is that of float32. A processor without bfloat16 arithmetic is no faster in it: ours then computes in float32 between bfloat16 images.',
  },
  {
    title: 'ResNet-20, ACNet, frozen statistics, beside our plain step and a collapsed function',
    label: 'frozen, collapsed',
    ours: { statistics: 'frozen' },
    peers: { ours: 1, function: 1 },
    peerKind: 'collapsed',
    steps: 8,
  },
  {
    title: 'ResNet-20, plain, float32',
    ours: { kind: 'plain' },
    peers: { torch: null, function: null },
    peerKind: 'plain',
    steps: 8,
  },
  {
    title: 'VGG-like 64-64-128-128-256-256, ACNet',
    ours: { network: 'vgg' },
    peers: { torch: null },
    steps: 2,
  },
  { title: 'Cifar-quick-like 5×5, ACNet', ours: { network: 'quick' }, peers: { torch: null }, steps: 4 },
  {
    title: 'MobileNetV2, 96 × 96 images, batch 32, ACNet',
    ours: { network: 'mobilenet', batch: 32 },
    peers: { torch: null },
    steps: 2,
  },
  {
    title: 'MobileNetV2, 96 × 96 images, batch 32, plain',
    ours: { network: 'mobilenet', batch: 32, kind: 'plain' },
    peers: { torch: null },
    steps: 3,
  },
];

interface Row {
  readonly name: string;
  readonly rounds: readonly number[];
  readonly memory: number;
  readonly ceiling?: number;
  /** Whether its memory is what ours is measured by. */
  readonly isTorch: boolean;
  /** The largest share that is good enough; undefined for ours. */
  readonly limit?: number | null;
}

function settingOf({ ours, steps }: Comparison): Setting {
  return {
    network: 'resnet20',
    kind: 'acnet',
    statistics: 'batch',
    precision: 'float32',
    batch: BATCH,
    steps,
    ...ours,
  };
}

function start(peer: Peer, setting: Setting, peerKind: Comparison['peerKind']): Promise<Contender> {
  const { network, kind, precision, batch, steps } = setting;
  const script = (name: string): string => path.resolve('test/bench', name);
  const size = [String(batch), String(steps)];
  const peers = process.env.ACNET_PEERS_PYTHON ?? 'python3';
  const torch = process.env.ACNET_TORCH_PYTHON ?? 'python3';
  const { addon } = nativeLocation();
  const tfjs = [script('train_step_tfjs.mjs'), addon, kind, String(batch), '1'];
  const starts: Readonly<Record<Peer, () => Promise<Contender>>> = {
    torch: () => startContender(torch, [script('train_step_torch.py'), network, kind, precision, ...size]),
    tfjs: () => startContender(process.execPath, tfjs),
    stockTfjs: () => startContender(process.execPath, tfjs, true),
    keras: () => startContender(peers, [script('train_step_keras.py'), kind, ...size]),
    function: () => startContender(peers, [script('train_step_tensorflow.py'), peerKind ?? kind, ...size]),
    ours: () => startOurs({ ...setting, kind: 'plain', statistics: 'batch' }),
  };
  return starts[peer]();
}

function startOurs(setting: Setting): Promise<Contender> {
  return startContender(process.execPath, [path.resolve(process.argv[1]), '--ours', JSON.stringify(setting)]);
}

async function compare(comparison: Comparison): Promise<Row[]> {
  const setting = settingOf(comparison);
  const peers = Object.entries(comparison.peers) as [Peer, number | null][];
  interface Entry {
    readonly contender: Contender;
    readonly label?: string;
    readonly peer?: Peer;
    readonly limit?: number | null;
  }
  const contenders: Entry[] = [{ contender: await startOurs(setting), label: comparison.label }];
  for (const [peer, limit] of peers) {
    const label = peer === 'function' ? comparison.peerKind : LABELS[peer];
    contenders.push({ contender: await start(peer, setting, comparison.peerKind), label, peer, limit });
  }
  const rounds = contenders.map((): number[] => []);
  for (let i = 0; i < ROUNDS; i++) {
    for (const [j, { contender }] of contenders.entries()) rounds[j].push(median(await contender.round()));
  }
  return contenders.map(({ contender, label, peer, limit }, i) => {
    contender.stop();
    const { memory, ceiling } = contender;
    const name = label ? `${contender.name}: ${label}` : contender.name;
    return { name, memory, ceiling, isTorch: peer === 'torch', limit, rounds: rounds[i] };
  });
}

function tableOf(comparison: Comparison, [ours, ...peers]: readonly Row[], ceiling: number): string {
  const own = median(ours.rounds);
  const seconds = (row: Row): string =>
    `${(1000 * median(row.rounds)).toFixed(0)} (${row.rounds.map((s) => (1000 * s).toFixed(0)).join(', ')})`;
  const share = operationsOf(settingOf(comparison)) / own / ceiling;
  const lines = peers.map((row) => {
    const ratio = own / median(row.rounds);
    const verdict =
      row.limit === null || row.limit === undefined ? '' : ratio <= row.limit ? 'met' : 'missed';
    const limit = row.limit ? `≤ ${row.limit}` : '';
    return [row.name, seconds(row), ratio.toFixed(3), limit, verdict, mega(row), ...memoryOf(ours, row)];
  });
  const head = ['', 'ms per step (rounds)', 'ours / theirs', 'wanted', '', 'memory, MB', 'ours / theirs', ''];
  const rows = [
    head,
    head.map(() => '---'),
    [ours.name, seconds(ours), '', '', '', mega(ours), '', ''],
    ...lines,
  ];
  return [
    `## ${comparison.title}\n`,
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    // With frozen statistics the branches' convolutions are not carried out.
    ...(comparison.ours.statistics === 'frozen'
      ? []
      : [`\nConvolutions at ${(100 * share).toFixed(0)} % of the ceiling.`]),
    ...(comparison.note ? [`\n${comparison.note}`] : []),
  ].join('\n');
}

/** Our memory as a share of a peer's; only PyTorch's is a bar. */
function memoryOf(ours: Row, peer: Row): [string, string] {
  const ratio = ours.memory / peer.memory;
  const verdict = ratio <= MEMORY_LIMIT ? 'met' : 'missed';
  const isBar = peer.isTorch && peer.limit;
  return [ratio.toFixed(2), isBar ? `≤ ${MEMORY_LIMIT} ${verdict}` : ''];
}

/**
 * Rate of float32 multiply–adds on values in registers with two threads, in operations per second.
 * @throws Error when the C++ compiler, which the set-up needs as well, is missing
 */
function measureCeiling(): number {
  const folder = mkdtempSync(path.join(tmpdir(), 'acnet-ceiling-'));
  try {
    const program = path.join(folder, 'ceiling');
    const options = ['-O3', '-march=native', '-pthread', '-o', program];
    execFileSync(process.env.CXX ?? 'g++', [...options, path.resolve('test/bench/ceiling.cc')]);
    return Number(execFileSync(program, ['2'], { encoding: 'utf8' }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function nativeLocation(): NativeLocation {
  const { found } = findNative();
  if (!found) throw new Error('no native backend; run npm run setup');
  return found;
}

function mega({ memory }: Row): string {
  return (memory / 1e6).toFixed(0);
}

async function main(): Promise<void> {
  const load = loadavg()[0];
  const ceiling = measureCeiling();
  const wanted = process.argv.slice(2).join(' ');
  const results: { comparison: Comparison; rows: Row[] }[] = [];
  for (const comparison of COMPARISONS.filter(({ title }) => title.includes(wanted))) {
    const rows = await compare(comparison);
    results.push({ comparison, rows });
    console.log(`${tableOf(comparison, rows, ceiling)}\n`);
  }
  const product = Math.max(...results.flatMap(({ rows }) => rows.map((row) => row.ceiling ?? 0)));
  const [cpu] = cpus();
  const text = [
    '# Training step',
    `${new Date().toISOString().slice(0, 10)}, ${cpu.model.trim()}, ${cpus().length} processors, Node ${process.versions.node}, load ${load.toFixed(1)} before the start. Batch ${BATCH} and 32 × 32 images unless said otherwise, two threads. Median of ${ROUNDS} rounds taken in turns; in brackets each round's median. Ceiling: ${giga(ceiling)} GFLOP/s, the rate of float32 multiply–adds that stay in registers; the largest float32 matrix product of PyTorch reaches ${giga(product)}. Of the tables' bars, those of memory are beside PyTorch.`,
    ...results.map(({ comparison, rows }) => tableOf(comparison, rows, ceiling)),
    '',
  ].join('\n\n');
  console.log(`\n${text}`);
  if (load > QUIET) console.log(`RESULTS.md is not written: the load was ${load.toFixed(1)}, above ${QUIET}`);
  else if (wanted === '') writeFileSync(path.resolve('test/bench/RESULTS.md'), text);
  if (text.includes('missed |')) process.exitCode = 1;
}

function giga(rate: number): string {
  return (rate / 1e9).toFixed(0);
}

const [flag, setting] = process.argv.slice(2);
void (flag === '--ours' ? runOurs(JSON.parse(setting) as Setting) : main());
