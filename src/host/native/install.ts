import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { HostError } from '../errors';
import { CallCancelled } from '../workers/errors';
import { runInstaller, type InstallProgress } from './installer-process';
import { LIBRARIES, TENSORFLOW_PACKAGE, TENSORFLOW_VERSION, wheelFor, type Wheel } from './wheels';

/** Where a TensorFlow is installed from and to. */
export interface InstallRequest {
  /** A Python with pip. */
  readonly python: string;
  /** The program that downloads and unpacks. */
  readonly script: string;
  /** The extension's folder for native backends. */
  readonly storage: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: InstallProgress) => void;
  /** As in `linux-x64`; this system's when absent. */
  readonly platform?: string;
}

const PARTIAL = 'partial-';
const MEGABYTE = 1e6;
// Logs, pip's own temporary files.
const SPARE_MEGABYTES = 100;

/**
 * Puts TensorFlow's libraries into the extension's storage. The folder appears whole or not at all; what is under way is
 * ended, and removed, when the signal is aborted.
 * @returns the folder
 * @throws HostError in one sentence; CallCancelled when aborted
 */
export async function installTensorflow(request: InstallRequest): Promise<string> {
  const platform = request.platform ?? `${process.platform}-${process.arch}`;
  const wheel = wheelFor(platform);
  if (!wheel) throw new HostError(`there is no native backend for ${platform}; the portable one is used`);
  await mkdir(request.storage, { recursive: true });
  await removePartial(request.storage);
  await requireSpace(request.storage, wheel);
  const folder = await mkdtemp(path.join(request.storage, `${PARTIAL}${process.pid}-`));
  try {
    const made = path.join(folder, 'libraries');
    await mkdir(made);
    await runInstaller({ ...request, folder, job: jobFor(wheel, folder, made) });
    if (request.signal.aborted) throw new CallCancelled();
    return await moveInto(path.join(request.storage, `${TENSORFLOW_VERSION}-${platform}`), made, folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Removes all that was installed. @returns false when there was nothing */
export async function uninstallTensorflow(storage: string): Promise<boolean> {
  if (!existsSync(storage)) return false;
  await rm(storage, { recursive: true, force: true, maxRetries: 3 });
  return true;
}

function jobFor(wheel: Wheel, folder: string, made: string): unknown {
  return {
    requirement: `${TENSORFLOW_PACKAGE}==${TENSORFLOW_VERSION} --hash=sha256:${wheel.sha256}`,
    python: wheel.python,
    folder,
    members: Object.fromEntries(LIBRARIES.map((name) => [path.join(made, name), `tensorflow/${name}`])),
    bytes: wheel.megabytes * MEGABYTE,
  };
}

/** The old one, if any, goes aside first, and away with the folder that this was made in. */
async function moveInto(target: string, made: string, folder: string): Promise<string> {
  if (existsSync(target)) await rename(target, path.join(folder, 'old'));
  await rename(made, target);
  return target;
}

/** What the death of an earlier editor has left. */
async function removePartial(storage: string): Promise<void> {
  for (const name of await readdir(storage)) {
    const pid = Number(name.startsWith(PARTIAL) ? name.slice(PARTIAL.length).split('-')[0] : NaN);
    if (!pid || isAlive(pid)) continue;
    await rm(path.join(storage, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The package and what is unpacked of it lie side by side for a moment. */
async function requireSpace(storage: string, { megabytes, unpackedMegabytes }: Wheel): Promise<void> {
  const { bavail, bsize } = await statfs(storage);
  const free = (bavail * bsize) / MEGABYTE;
  const needed = megabytes + unpackedMegabytes + SPARE_MEGABYTES;
  if (free >= needed) return;
  const inGigabytes = (value: number): string => `${(value / 1000).toFixed(1)} GB`;
  throw new HostError(
    `the disk is too full: ${inGigabytes(needed)} are needed and ${inGigabytes(free)} are free in ${storage}`,
  );
}
