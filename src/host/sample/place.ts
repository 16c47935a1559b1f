import { cp, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { readSmallFile } from '../../files/text';
import { HostError } from '../errors';

const FOLDER = 'acnet-sample';
/** The checkpoint among the sample's files. */
const CHECKPOINT = 'mnist.keras';
// Nobody makes this many; it ends a loop over a folder that cannot be read rightly.
const TRIES = 100;
const READING = { what: 'the sample', limit: 64 * 2 ** 20 };

/** Absolute paths of the sample's copy and of the checkpoint in it. */
export interface PlacedSample {
  readonly folder: string;
  readonly checkpoint: string;
}

/**
 * Copies the sample into a new folder `acnet-sample` of `parent`, or finds the one that an earlier call has put there and
 * that is still complete. Nothing is overwritten, and a copy that fails leaves nothing.
 * @param source the extension's own sample
 * @throws HostError when the folder cannot be written to
 */
export async function placeSample(source: string, parent: string): Promise<PlacedSample> {
  const names = await filesOf(source);
  for (let n = 1; n <= TRIES; n++) {
    const folder = path.join(parent, n === 1 ? FOLDER : `${FOLDER}-${n}`);
    if (holdsSample(source, folder, names)) return placed(folder);
    if (await copyWhole(source, parent, folder)) return placed(folder);
  }
  throw new HostError(`no free name for the sample in ${parent}`);
}

const placed = (folder: string): PlacedSample => ({ folder, checkpoint: path.join(folder, CHECKPOINT) });

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

function holdsSample(source: string, folder: string, names: readonly string[]): boolean {
  try {
    for (const name of names) {
      const [ours, theirs] = [source, folder].map((at) => readSmallFile(path.join(at, name), READING));
      if (!theirs.equals(ours)) return false;
    }
    return true;
  } catch {
    return false;
  }
}

/** @returns false when there is something of this name */
async function copyWhole(source: string, parent: string, folder: string): Promise<boolean> {
  let temporary: string | undefined;
  try {
    temporary = await mkdtemp(path.join(parent, `.${FOLDER}-`));
    const whole = path.join(temporary, FOLDER);
    await cp(source, whole, { recursive: true });
    // A rename onto an empty folder would succeed.
    if (await exists(folder)) return false;
    await rename(whole, folder);
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    const why = error instanceof Error ? error.message : String(error);
    throw new HostError(`the sample cannot be written into ${parent}: ${why}`, parent);
  } finally {
    if (temporary) await rm(temporary, { recursive: true, force: true });
  }
}

async function exists(folder: string): Promise<boolean> {
  return readdir(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
}

function isTaken(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'EEXIST' || code === 'ENOTEMPTY';
}
