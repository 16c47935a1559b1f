/**
 * Examines mutated checkpoints and data: `--count N`, `--first N` (to repeat one: with `--count 1`), `--only SEED`. One process
 * with one thread for each processor; exit code 1 if anything was found.
 */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { STATE, type Counts, type Finding, type ThreadMessage, type Work } from './work';

/** The thread's bundle, beside this one. */
const THREAD = path.join(__dirname, 'fuzz-thread.cjs');
/** Longest that one file may take of the processor's time: on a busy machine the clock says nothing. */
const HANG_MILLISECONDS = 2000;
/** By the clock, for what waits instead. */
const WAIT_MILLISECONDS = 60_000;
/** The HDF5 library may take 512 MiB; the rest is Node, the corpus and what was read. */
const MEMORY_LIMIT = 1024 * 1024 * 1024;
/** More of them say nothing new. */
const MOST_FINDINGS = 25;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    first: { type: 'string', default: '0' },
    only: { type: 'string' },
    shard: { type: 'string' },
    shards: { type: 'string', default: String(availableParallelism()) },
  },
});
const first = Number(values.first);
const end = first + Number(values.count);
const shards = Number(values.shards);

type Report = { readonly findings: readonly Finding[]; readonly counts: Counts };

async function main(): Promise<void> {
  const start = performance.now();
  const reports = await Promise.all(Array.from({ length: shards }, (_, i) => inProcess(i)));
  const findings = reports.flatMap((report) => report.findings).sort((a, b) => a.number - b.number);
  for (const { number, seed, kind, text } of findings.slice(0, MOST_FINDINGS)) {
    console.log(`\n${kind} at ${number}, ${seed}:\n${text}`);
  }
  const sum = (key: keyof Counts): number => reports.reduce((total, { counts }) => total + counts[key], 0);
  const all = sum('refused') + sum('opened') + sum('rewritten');
  console.log(
    `${all} inputs from number ${first} on: ${sum('refused')} refused, ${sum('opened')} opened, ` +
      `${sum('rewritten')} opened and written anew; ${findings.length} findings; ` +
      `${((performance.now() - start) / 1000).toFixed(0)} s`,
  );
  if (all + findings.filter(({ kind }) => kind !== 'memory').length < end - first) {
    console.log('some inputs were not examined');
    process.exitCode = 1;
  }
  if (findings.length > 0) process.exitCode = 1;
}

/** A process of its own for each share, so that memory is measured by share. */
function inProcess(shard: number): Promise<Report> {
  return new Promise((resolve, reject) => {
    const child = fork(__filename, [...process.argv.slice(2), '--shard', String(shard)]);
    let report: Report | undefined;
    child.on('message', (message) => {
      report = message as Report;
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (report) resolve(report);
      else reject(new Error(`the process of share ${shard} ended: ${signal ?? code}`));
    });
  });
}

/**
 * Runs a share in a thread, which is ended and begun anew behind an input that hangs or crashes it. What seemed to hang is
 * examined again by itself: collecting the garbage of those before may have taken the time.
 */
async function runShard(shard: number): Promise<Report> {
  const findings: Finding[] = [];
  const counts = { refused: 0, opened: 0, rewritten: 0 };
  const add = (part: Report): void => {
    findings.push(...part.findings);
    for (const key of ['refused', 'opened', 'rewritten'] as const) counts[key] += part.counts[key];
  };
  let next = first + shard;
  while (next < end) {
    const part = await inThread(next, end);
    const hung = part.findings.filter(({ kind }) => kind === 'hang');
    add({ ...part, findings: part.findings.filter(({ kind }) => kind !== 'hang') });
    for (const { number } of hung) add(await inThread(number, number + 1));
    next = part.next;
  }
  return { findings, counts };
}

function inThread(from: number, until: number): Promise<Report & { readonly next: number }> {
  const state = new Int32Array(new SharedArrayBuffer(STATE.size * 4));
  const work: Work = {
    first: from,
    end: until,
    step: shards,
    only: values.only,
    memoryLimit: MEMORY_LIMIT,
    state,
  };
  const worker = new Worker(THREAD, { workerData: work });
  const findings: Finding[] = [];
  return new Promise((resolve) => {
    let beat = 0;
    let since = performance.now();
    let used = process.cpuUsage();
    const done = (next: number): void => {
      clearInterval(timer);
      const { refused, opened, rewritten } = STATE;
      const counts = { refused: state[refused], opened: state[opened], rewritten: state[rewritten] };
      void worker.terminate().then(() => resolve({ findings, counts, next }));
    };
    const stopped = (kind: Finding['kind'], text: string): void => {
      const number = Atomics.load(state, STATE.begun) === 0 ? from : Atomics.load(state, STATE.number);
      findings.push({ number, seed: values.only ?? 'see its number', kind, text });
      done(number + shards);
    };
    const timer = setInterval(() => {
      const now = Atomics.load(state, STATE.begun);
      if (now !== beat || now === 0) {
        beat = now;
        since = performance.now();
        used = process.cpuUsage();
        return;
      }
      // The process has no other work than this thread's.
      const { user, system } = process.cpuUsage(used);
      if ((user + system) / 1000 > HANG_MILLISECONDS) stopped('hang', `longer than ${HANG_MILLISECONDS} ms`);
      else if (performance.now() - since > WAIT_MILLISECONDS) stopped('hang', 'it waits');
    }, 100);
    worker.on('message', (message: ThreadMessage) => {
      if (message.type === 'finding') findings.push(message.finding);
      else done(message.next);
    });
    worker.once('error', (error) => stopped('crash', error.stack ?? error.message));
  });
}

if (values.shard === undefined) void main();
else void runShard(Number(values.shard)).then((report) => process.send?.(report, () => process.exit(0)));
