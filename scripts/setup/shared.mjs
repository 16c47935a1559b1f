import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const root = path.resolve(import.meta.dirname, '../..');

/** Shared by all checkouts of this user; the same rule as in src/engine/native/locate.ts. */
export const cache = process.env.ACNET_CACHE
  ? path.resolve(process.env.ACNET_CACHE)
  : path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'acnet-vscode');

/** A failure that a person can act on; its message is one line. */
export class SetupError extends Error {}

/** What a program's output says of its failure, in one line: the first error, else its last words. */
function complaint(output) {
  const lines = output.split('\n').map((line) => line.replace(/^npm error/, 'error: npm').trim());
  const error = lines.find((line) => /\berror\b/i.test(line) && !/^error: npm( code .*)?$/.test(line));
  return (error ?? lines.filter(Boolean).at(-1) ?? 'no output').slice(0, 400);
}

/**
 * Runs a program with its output kept back, shown only when it fails.
 * @throws SetupError with what it complained of
 */
export async function run(what, command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  const keep = (chunk) => {
    output = (output + chunk).slice(-20_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(new SetupError(`${what}: cannot start ${command} (${error.message})`)),
    );
    child.once('close', resolve);
  });
  if (code !== 0) throw new SetupError(`${what}: ${complaint(output)}`);
  return output;
}

export function works(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

let python;
/** The command for Python 3. @throws SetupError when there is none */
export function findPython() {
  python ??= ['python3', 'python'].find((name) =>
    works(name, ['-c', 'import sys; assert sys.version_info >= (3, 8)']),
  );
  if (!python)
    throw new SetupError('Python 3.8 or later is missing (Debian: apt-get install python3 python3-pip)');
  return python;
}

/** @throws SetupError when Python has no pip */
export function findPip() {
  const found = findPython();
  if (!works(found, ['-m', 'pip', '--version'])) {
    throw new SetupError(`pip is missing: "${found} -m pip" fails (Debian: apt-get install python3-pip)`);
  }
  return found;
}

/**
 * Fills a folder once, however many checkouts ask for it: `fill` gets a temporary folder beside the target, which
 * is renamed when it is done. What was half done by a killed run is thrown away by the next one.
 */
export async function fillOnce(target, fill) {
  if (existsSync(target)) return false;
  return withLock(`${target}.lock`, async () => {
    if (existsSync(target)) return false;
    const temporary = `${target}.partial`;
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    try {
      await fill(temporary);
      renameSync(temporary, target);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
    return true;
  });
}

/** Runs `work` while no other process runs work under the same lock file. A dead owner's lock is taken over. */
export async function withLock(lock, work) {
  mkdirSync(path.dirname(lock), { recursive: true });
  for (let said = false; !take(lock);) {
    if (!isAlive(lock)) {
      rmSync(lock, { force: true });
      continue;
    }
    if (!said) console.log(`setup: waiting for another set-up to finish (${lock})`);
    said = true;
    await sleep(500);
  }
  const release = () => rmSync(lock, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    release();
    process.off('exit', release);
  }
}

function take(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw new SetupError(`cannot write ${lock} (${error.message})`);
  }
  return false;
}

function isAlive(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    if (pid > 0) process.kill(pid, 0);
    return true; // an empty file is a lock being written
  } catch (error) {
    return error.code !== 'ESRCH'; // gone from the disk: free to take on the next round
  }
}
