/**
 * One training step here and in what a user would take instead: PyTorch, Keras, a hand-written TensorFlow function.
 * Five rounds of each, taken in turns, so that what else the machine does meets all; two threads each; a fresh batch
 * from host memory each step, the loss returned. Writes `RESULTS.md` beside this file, unless the machine is busy.
 */
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { median, startContender, type Contender } from './contender';
import { operationsOf, runOurs, type Kind, type Setting } from './our-steps';

const BATCH = 128;
const ROUNDS = 5;
/** Above this many running programs the numbers are shown, but not kept. */
const QUIET = 1;

type Peer = 'torch' | 'keras' | 'function' | 'ours';

interface Comparison {
  readonly title: string;
  readonly ours: Partial<Setting>;
  /** The largest share of a peer's time that is good enough; null where it is reported alone. */
  readonly peers: Partial<Record<Peer, number | null>>;
  /** Branches of the hand-written function, or of our own step as a peer. */
  readonly peerKind?: Kind | 'collapsed';
  readonly steps: number;
}

const COMPARISONS: readonly Comparison[] = [
  {
    title: 'ResNet-20, ACNet, float32',
    ours: {},
    peers: { torch: 0.95, keras: 0.75, function: 1 },
    steps: 6,
  },
  {
    title: 'ResNet-20, ACNet, bfloat16',
    ours: { precision: 'bfloat16' },
    peers: { torch: 0.95 },
    steps: 6,
  },
  {
    title: 'ResNet-20, ACNet, frozen statistics, beside our plain step and a collapsed function',
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
];

interface Row {
  readonly name: string;
  readonly rounds: readonly number[];
  readonly memory: number;
  readonly ceiling?: number;
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
  const { network, kind, precision, steps } = setting;
  const script = (name: string): string => path.resolve('test/bench', name);
  const size = [String(BATCH), String(steps)];
  const peers = process.env.ACNET_PEERS_PYTHON ?? 'python3';
  const torch = process.env.ACNET_TORCH_PYTHON ?? 'python3';
  const starts: Readonly<Record<Peer, () => Promise<Contender>>> = {
    torch: () => startContender(torch, [script('train_step_torch.py'), network, kind, precision, ...size]),
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
  const contenders = [{ contender: await startOurs(setting), limit: undefined as number | null | undefined }];
  for (const [peer, limit] of peers) {
    contenders.push({ contender: await start(peer, setting, comparison.peerKind), limit });
  }
  const rounds = contenders.map((): number[] => []);
  for (let i = 0; i < ROUNDS; i++) {
    for (const [j, { contender }] of contenders.entries()) rounds[j].push(median(await contender.round()));
  }
  return contenders.map(({ contender, limit }, i) => {
    contender.stop();
    const { name, memory, ceiling } = contender;
    return { name, memory, ceiling, limit, rounds: rounds[i] };
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
    return [row.name, seconds(row), mega(row), ratio.toFixed(3), limit, verdict];
  });
  const head = ['', 'ms per step (rounds)', 'memory, MB', 'ours / theirs', 'wanted', ''];
  const rows = [head, head.map(() => '---'), [ours.name, seconds(ours), mega(ours), '', '', ''], ...lines];
  return [
    `## ${comparison.title}\n`,
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    // With frozen statistics the branches' convolutions are not carried out.
    ...(comparison.ours.statistics === 'frozen'
      ? []
      : [`\nConvolutions at ${(100 * share).toFixed(0)} % of the largest matrix product's rate.`]),
  ].join('\n');
}

function mega({ memory }: Row): string {
  return (memory / 1e6).toFixed(0);
}

async function main(): Promise<void> {
  const load = loadavg()[0];
  const wanted = process.argv.slice(2).join(' ');
  const results: { comparison: Comparison; rows: Row[] }[] = [];
  for (const comparison of COMPARISONS.filter(({ title }) => title.includes(wanted))) {
    results.push({ comparison, rows: await compare(comparison) });
    console.log(`${comparison.title}: done`);
  }
  const ceiling = Math.max(...results.flatMap(({ rows }) => rows.map((row) => row.ceiling ?? 0)));
  const [cpu] = cpus();
  const text = [
    '# Training step',
    `${new Date().toISOString().slice(0, 10)}, ${cpu.model.trim()}, ${cpus().length} processors, Node ${process.versions.node}, load ${load.toFixed(1)} before the start. Batch ${BATCH}, 32 × 32 images, two threads. Median of ${ROUNDS} rounds taken in turns; in brackets each round's median. Largest rate of a float32 matrix product: ${(ceiling / 1e9).toFixed(0)} GFLOP/s.`,
    ...results.map(({ comparison, rows }) => tableOf(comparison, rows, ceiling)),
    '',
  ].join('\n\n');
  console.log(`\n${text}`);
  if (load > QUIET) console.log(`RESULTS.md is not written: the load was ${load.toFixed(1)}, above ${QUIET}`);
  else if (wanted === '') writeFileSync(path.resolve('test/bench/RESULTS.md'), text);
  if (text.includes('| missed |')) process.exitCode = 1;
}

const [flag, setting] = process.argv.slice(2);
void (flag === '--ours' ? runOurs(JSON.parse(setting) as Setting) : main());
