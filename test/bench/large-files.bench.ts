/**
 * How long and with how much memory weights without a network are inspected when there are 5 GB of them, and how fast the
 * magnitude matrix of 500 MB is summed beside NumPy. Each round is a process of its own, as a command is; files are in the
 * system's cache for both.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { torchPython } from '../../scripts/setup/peers.mjs';
import { peakBytes } from '../../src/files/process-memory';
import { inspectFile } from '../../src/operations/inspect';
import { kernelsOfFile } from '../../src/operations/kernels';
import { convolutionShapes, makeSparseSafetensors, makeSparseTorch } from '../support/sparse-weights';
import { median } from './contender';

const ROUNDS = 5;
/** A machine that is busy with something else measures that. */
const QUIET = 1;
const SUMS = path.resolve('test/bench/kernel_sums.py');
const INSPECT = { seconds: 0.5, megabytes: 200 };
const KERNELS = { speed: 0.5, megabytes: 300 };
/** Each value is summed in single precision by NumPy. */
const AGREEMENT = 1e-3;

interface Round {
  readonly seconds: number;
  readonly megabytes: number;
}

interface KernelRound extends Round {
  /** The raw 3×3 matrix. */
  readonly matrix: readonly (readonly number[])[];
}

/** What one process of ours prints. */
async function runOnce(work: string, file: string): Promise<void> {
  const start = performance.now();
  const matrix = work === 'kernels' ? (await kernelsOfFile(file)).sizes['3x3'].raw : undefined;
  const sites = work === 'inspect' ? (await inspectFile(file)).sites.length : undefined;
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ seconds, megabytes: peakBytes() / 2 ** 20, matrix, sites }));
}

function ours<T extends Round>(work: string, file: string): T {
  const self = [...process.execArgv, process.argv[1], work, file];
  return JSON.parse(execFileSync(process.execPath, self, { encoding: 'utf8' })) as T;
}

function python<T>(...args: readonly string[]): T | undefined {
  // Settings of NumPy's own threads that a machine may have would slow it.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('OPENBLAS_')),
  );
  const printed = execFileSync(torchPython(), [SUMS, ...args], { encoding: 'utf8', env });
  return printed === '' ? undefined : (JSON.parse(printed) as T);
}

const verdict = (met: boolean): string => (met ? 'met' : 'missed');
const peak = (rounds: readonly Round[]): number => Math.max(...rounds.map(({ megabytes }) => megabytes));
const seconds = (rounds: readonly Round[]): number => median(rounds.map((round) => round.seconds));
const listed = (rounds: readonly Round[], digits: number): string =>
  `${seconds(rounds).toFixed(digits)} (${rounds.map((round) => round.seconds.toFixed(digits)).join(', ')})`;

function inspecting(folder: string): string[] {
  const shapes = convolutionShapes(133, 1024);
  const files = [
    ['safetensors', 'large.safetensors', makeSparseSafetensors],
    ['PyTorch', 'large.pt', makeSparseTorch],
  ] as const;
  const lines = files.map(([name, base, make]) => {
    const file = path.join(folder, base);
    make(file, shapes);
    const { size } = statSync(file);
    const rounds = Array.from({ length: ROUNDS }, () => ours<Round & { sites: number }>('inspect', file));
    if (rounds.some(({ sites }) => sites !== 133)) throw new Error(`${base}: not all sites were found`);
    const met = seconds(rounds) <= INSPECT.seconds && peak(rounds) <= INSPECT.megabytes;
    rmSync(file);
    return `| ${name}, ${(size / 1e9).toFixed(2)} GB, 133 convolutions | ${listed(rounds, 3)} | ${peak(rounds).toFixed(0)} | ≤ ${INSPECT.seconds} s, ≤ ${INSPECT.megabytes} MB | ${verdict(met)} |`;
  });
  return [
    '## Inspecting\n',
    '| file | seconds (rounds) | peak MB | wanted |  |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
  ];
}

function summing(folder: string): string[] {
  const lines = ['F32', 'F16', 'BF16'].map((type) => {
    const file = path.join(folder, `${type}.safetensors`);
    python('write', file, type);
    const { size } = statSync(file);
    const rounds = Array.from({ length: ROUNDS }, () => ({
      mine: ours<KernelRound>('kernels', file),
      numpy: python<KernelRound>('sum', file) ?? { seconds: NaN, megabytes: NaN, matrix: [] },
    }));
    rmSync(file);
    const mine = rounds.map((round) => round.mine);
    const numpy = rounds.map((round) => round.numpy);
    requireAgreement(type, mine[0], numpy[0]);
    const speed = median(rounds.map((round) => round.numpy.seconds / round.mine.seconds));
    const met = speed >= KERNELS.speed && peak(mine) <= KERNELS.megabytes;
    return `| ${type}, ${(size / 1e6).toFixed(0)} MB | ${listed(mine, 2)} | ${listed(numpy, 2)} | ${speed.toFixed(2)} | ${peak(mine).toFixed(0)} | ${peak(numpy).toFixed(0)} | ≥ ${KERNELS.speed} of its speed, ≤ ${KERNELS.megabytes} MB | ${verdict(met)} |`;
  });
  return [
    '## Magnitude matrix of 3 × 3 kernels of 1,024 channels\n',
    '| weights | seconds (rounds) | NumPy (rounds) | speed | peak MB | NumPy | wanted |  |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ];
}

/** Who sums something else is not compared. */
function requireAgreement(type: string, mine: KernelRound, numpy: KernelRound): void {
  mine.matrix.forEach((row, i) => {
    row.forEach((value, j) => {
      if (!(Math.abs(value - numpy.matrix[i][j]) < AGREEMENT))
        throw new Error(`${type}: the matrices differ`);
    });
  });
}

function main(): void {
  const load = loadavg()[0];
  const folder = mkdtempSync(path.join(tmpdir(), 'acnet-large-files-'));
  try {
    const parts = [inspecting(folder), summing(folder)].map((lines) => lines.join('\n'));
    const [cpu] = cpus();
    const text = [
      '# Large files',
      `${new Date().toISOString().slice(0, 10)}, ${cpu.model.trim()}, ${cpus().length} processors, Node ${process.versions.node}, load ${load.toFixed(1)} before the start. Each of ${ROUNDS} rounds is a process of its own; time is that of the operation, without the start of Node or Python, memory that of the whole process. Median; in brackets each round's.`,
      ...parts,
      '',
    ].join('\n\n');
    console.log(`\n${text}`);
    if (load > QUIET) console.log(`nothing is written: the load was ${load.toFixed(1)}, above ${QUIET}`);
    else writeFileSync(path.resolve('test/bench/RESULTS-large-files.md'), text);
    if (text.includes('| missed |')) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [, , work, file] = process.argv;
if (work && file) void runOnce(work, file);
else main();
