import {
  closeSync,
  copyFileSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeSync,
  type BigIntStats,
} from 'node:fs';
import { basename, join } from 'node:path';
import { isObject, parseJson, type Json, type JsonObject } from '../core/encodings/json';
import { removeUnnamed } from './parts';
import { lstat, parseTemporaryName, removeIfThere } from './temporary';

/** By what a file is known again under another name. */
interface Mark {
  readonly inode: string;
  readonly size: string;
  /** Nanoseconds since 1970. */
  readonly modified: string;
}

/** A new file: where it is written, and where it goes. All names are plain names in one folder. */
interface Step {
  readonly temporary: string;
  readonly target: string;
  readonly mark: Mark;
  /** The second name of the file that it replaces. */
  readonly old?: string;
}

/**
 * What is being done to a folder while several files of one checkpoint are put in place. The checkpoint's own file is the
 * last to be renamed: until then everything is taken back, from then on everything is completed, by whoever finds it so.
 */
export interface Journal {
  readonly main: Step;
  readonly others: readonly Step[];
  /** Files of the replaced checkpoint, which go if no other names them. */
  readonly superseded: readonly string[];
}

/** The entry for a new file that is whole. @param old name for a copy of what it replaces, if it replaces something */
export function stepOf(folder: string, temporary: string, target: string, old?: string): Step {
  const stat = lstat(join(folder, temporary));
  return { temporary, target, mark: markOf(stat), ...(old !== undefined && { old }) };
}

/** Writes it so that it is on the disk before anything it speaks of is done. */
export function writeJournal(path: string, journal: Journal): void {
  const fd = openSync(path, 'wx');
  try {
    const bytes = new TextEncoder().encode(JSON.stringify(journal));
    let done = 0;
    while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Gives what is to be replaced a second name, so that it can be put back. */
export function keepOld(folder: string, { target, old }: Step): void {
  if (old === undefined) return;
  try {
    linkSync(join(folder, target), join(folder, old));
  } catch {
    // A file system without hard links.
    copyFileSync(join(folder, target), join(folder, old));
  }
}

/** Reads a journal. @returns undefined for half of one: what it would speak of has not been begun */
export function readJournal(path: string): Journal | undefined {
  if (lstat(path)?.isFile() !== true) return undefined;
  try {
    return journalOf(parseJson(readFileSync(path, 'utf8'), { path }));
  } catch {
    return undefined;
  }
}

/**
 * Ends what a journal speaks of: takes it back, or completes it. It may be called again, also by two processes at once. A
 * file that is neither the old nor the new one is somebody's since, and stays.
 * @returns how many temporary files are gone
 */
export function settle(folder: string, name: string, journal: Journal): number {
  const { main, others, superseded } = journal;
  const state = stateOf(folder, main);
  for (const step of others) {
    if (state === 'open') takeBack(folder, step);
    else if (state === 'unknown' && step.old !== undefined && !lstat(join(folder, step.target))) {
      restore(folder, step.old, step.target);
    }
  }
  if (state === 'done') removeUnnamed(join(folder, main.target), superseded);
  const left = temporaryOf(journal).filter((each) => lstat(join(folder, each)));
  // Last, since all the others are known by it.
  for (const each of [...left, name]) removeIfThere(join(folder, each));
  return left.length + 1;
}

/** Names of the temporary files that a journal speaks of. */
export function temporaryOf({ main, others }: Journal): string[] {
  return [main, ...others].flatMap(({ temporary, old }) =>
    old === undefined ? [temporary] : [temporary, old],
  );
}

/** `done` if the checkpoint's own file is in place, `open` if it is still to be; `unknown` if it was taken away since. */
function stateOf(folder: string, { temporary, target, mark }: Step): 'open' | 'done' | 'unknown' {
  if (isMarked(lstat(join(folder, target)), mark)) return 'done';
  const waiting = lstat(join(folder, temporary));
  if (waiting?.nlink === 1n && isMarked(waiting, mark)) return 'open';
  // It may have got another name since, and still needs the files beside it.
  const others = readdirSync(folder).filter((name) => parseTemporaryName(name) === undefined);
  return others.some((name) => isMarked(lstat(join(folder, name)), mark)) ? 'done' : 'unknown';
}

function takeBack(folder: string, { target, old, mark }: Step): void {
  if (!isMarked(lstat(join(folder, target)), mark)) return;
  if (old === undefined) removeIfThere(join(folder, target));
  else restore(folder, old, target);
}

function restore(folder: string, old: string, target: string): void {
  if (lstat(join(folder, old))?.isFile() === true) renameSync(join(folder, old), join(folder, target));
}

function markOf(stat: BigIntStats | undefined): Mark {
  return { inode: `${stat?.ino ?? 0n}`, size: `${stat?.size ?? 0n}`, modified: `${stat?.mtimeNs ?? 0n}` };
}

function isMarked(stat: BigIntStats | undefined, { inode, size, modified }: Mark): boolean {
  if (stat?.isFile() !== true) return false;
  return `${stat.ino}` === inode && `${stat.size}` === size && `${stat.mtimeNs}` === modified;
}

/** Nothing is taken from a file but what this module can have written. */
function journalOf(json: Json): Journal | undefined {
  if (!isObject(json) || !Array.isArray(json.others) || !Array.isArray(json.superseded)) return undefined;
  const main = stepIn(json.main);
  const others = json.others.map(stepIn);
  if (!main || others.includes(undefined) || !json.superseded.every(isPlain)) return undefined;
  return { main, others: others.filter((step) => step !== undefined), superseded: json.superseded };
}

function stepIn(json: Json | undefined): Step | undefined {
  if (!isObject(json)) return undefined;
  const { temporary, target, mark, old } = json;
  if (!isOf('tmp', temporary) || !isPlain(target) || !isObject(mark)) return undefined;
  if (old !== undefined && !isOf('old', old)) return undefined;
  const marked = markIn(mark);
  return marked && { temporary, target, mark: marked, ...(old !== undefined && { old }) };
}

function markIn({ inode, size, modified }: JsonObject): Mark | undefined {
  const isText = [inode, size, modified].every((value) => typeof value === 'string');
  return isText ? ({ inode, size, modified } as Mark) : undefined;
}

function isOf(kind: string, name: Json | undefined): name is string {
  return isPlain(name) && parseTemporaryName(name)?.kind === kind;
}

function isPlain(name: Json | undefined): name is string {
  return typeof name === 'string' && name !== '' && basename(name) === name && !/^\.\.?$|[\\\0]/.test(name);
}
