import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { HostError } from '../errors';
import { CallCancelled } from '../workers/errors';
import { workerEnvironment } from '../workers/environment';

const progressLine = z.object({
  phase: z.enum(['downloading', 'unpacking']),
  done: z.number().nonnegative(),
  total: z.number().positive(),
});

/** How far it has come, in bytes. */
export type InstallProgress = z.infer<typeof progressLine>;

/** One run of the program that installs TensorFlow. */
export interface InstallerRun {
  readonly python: string;
  readonly script: string;
  /** What the program gets as input. */
  readonly job: unknown;
  /** Where it works; its temporary files too. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: InstallProgress) => void;
}

const MARK = '@acnet ';
const KEPT_CHARACTERS = 20_000;

/**
 * Runs the program that downloads and unpacks. It ends with this process, since it reads a pipe from it, and at once, with
 * what it may have started, when the signal is aborted.
 * @throws HostError with what it complained of; CallCancelled when aborted
 */
export async function runInstaller(run: InstallerRun): Promise<void> {
  if (run.signal.aborted) throw new CallCancelled();
  const temporary = path.join(run.folder, 'tmp');
  await mkdir(temporary);
  const child = spawn(run.python, [run.script, JSON.stringify(run.job)], {
    cwd: run.folder,
    env: { ...workerEnvironment(process.env), TMPDIR: temporary, PYTHONUNBUFFERED: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true, // leads a group, which can be ended whole
  });
  const kill = (): void => killGroup(child);
  run.signal.addEventListener('abort', kill, { once: true });
  try {
    const { code, output } = await ended(child, run.onProgress);
    if (run.signal.aborted) throw new CallCancelled();
    if (code !== 0) throw new HostError(complaint(output));
  } finally {
    run.signal.removeEventListener('abort', kill);
  }
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid) process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL'); // no group of its own on this system, or gone already
  }
}

function ended(
  child: ChildProcess,
  onProgress: (progress: InstallProgress) => void,
): Promise<{ code: number | null; output: string }> {
  let output = '';
  const keep = (text: string): void => {
    output = (output + text).slice(-KEPT_CHARACTERS);
  };
  let rest = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const progress = readProgress(line);
      if (progress) onProgress(progress);
      else keep(`${line}\n`);
    }
  });
  child.stderr?.setEncoding('utf8').on('data', keep);
  // Its end shows as an error of the pipe, too.
  child.stdin?.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new HostError(`Python does not run: ${error.message}`)));
    child.once('close', (code) => resolve({ code, output: output + rest }));
  });
}

function readProgress(line: string): InstallProgress | undefined {
  if (!line.startsWith(MARK)) return undefined;
  try {
    return progressLine.safeParse(JSON.parse(line.slice(MARK.length))).data;
  } catch {
    return undefined;
  }
}

/** What pip, or Python, said of a failure, in one sentence. */
function complaint(output: string): string {
  if (/DO NOT MATCH THE HASHES/i.test(output)) {
    return 'the package that the index gave is not the one whose hash is pinned, so it was thrown away';
  }
  if (/No module named '?pip/.test(output)) return 'this Python has no pip';
  if (/No space left/i.test(output)) return 'the disk is full';
  const lines = output.split('\n').map((line) => line.trim());
  const network = lines.find((line) => /Retrying|Connection|Name or service|Temporary failure/i.test(line));
  const error = lines.findLast((line) => /^ERROR:|^\w*(Error|Exception):/.test(line));
  const words = (error ?? lines.findLast((line) => line !== '') ?? 'no word of why').replace(/^ERROR: /, '');
  const said = `TensorFlow could not be installed: ${words.slice(0, 300)}`;
  return network ? `${said} (the package index could not be reached)` : said;
}
