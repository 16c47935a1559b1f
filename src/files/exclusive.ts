import { createHash, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readdirSync, renameSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../core/errors';
import { parsePlainJson } from '../core/encodings/json';
import { entryAt } from './entry';
import {
  identityFromJson,
  identityToName,
  isAlive,
  isInUse,
  isOfThisHost,
  thisProcess,
} from './process-identity';
import { parseTemporaryName, removeIfThere, temporaryName } from './temporary';
import { readSmallFile } from './text';

/** A lock that this process has. */
export interface Lock {
  /** Gives it back. */
  release(): void;
}

/** The process that has a lock already. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
}

/** A lock is a line. */
const LIMIT = 4096;
/** How long a lock that cannot be read may still be in the middle of being written, where hard links are unknown. */
const SETTLE_MILLISECONDS = 500;
const PAUSE_MILLISECONDS = 50;

/** Tokens of the locks that this process has: one of its own that is not here was left by something that failed. */
const held = new Set<string>();

/**
 * Takes a lock: a file that names its holder. Exactly one process has it, whenever each of them is delayed:
 * - It is made complete under another name and then linked to its own, which fails if that is taken. So it is never
 *   half-written, and whoever links is the only one.
 * - The lock of a dead process is replaced by a rename, by the one process that has the lock `<name>.<digest>` for
 *   exactly this dead lock, and only if the dead one still lies there once that is taken. No two locks have the same
 *   digest, so what was judged dead is what is replaced. A process that dies meanwhile leaves a dead lock like any other.
 * - Nobody but its living holder makes a lock's name free.
 * @returns the lock, or who has it
 * @throws UserError if something else than a file has its name; the system's error if the folder cannot be written
 */
export function takeLock(folder: string, name: string): Lock | Holder {
  const lock = claim(folder, name);
  if (isLock(lock)) tidy(folder, name);
  return lock;
}

/** True if the lock was got, false if somebody else holds it. */
export function isLock(taken: Lock | Holder): taken is Lock {
  return 'release' in taken;
}

function claim(folder: string, name: string): Lock | Holder {
  const path = join(folder, name);
  const made = prepare(folder, name);
  try {
    for (;;) {
      if (place(made, path)) return hold(path, made.token);
      const found = look(path);
      // It was given back just now.
      if (!found) continue;
      if (found.holder && isRunning(found.holder)) return shown(found.holder);
      const turn = claim(folder, `${name}.${found.digest}`);
      if (!isLock(turn)) return turn;
      try {
        if (look(path)?.digest !== found.digest) continue;
        renameSync(made.temporary, path);
        return hold(path, made.token);
      } finally {
        turn.release();
      }
    }
  } finally {
    removeIfThere(made.temporary);
  }
}

/** A complete lock that is not in its place yet. */
interface Prepared {
  readonly temporary: string;
  readonly token: string;
  readonly text: string;
}

function prepare(folder: string, name: string): Prepared {
  const token = randomBytes(12).toString('hex');
  const text = `${JSON.stringify({ ...thisProcess(), token })}\n`;
  const temporary = join(folder, temporaryName(name, 'tmp'));
  write(temporary, text);
  return { temporary, token, text };
}

/** Writes a new file to the disk: after a loss of power it is there whole, or not at all. */
function write(path: string, text: string): void {
  const fd = openSync(path, 'wx');
  try {
    const bytes = new TextEncoder().encode(text);
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done);
    fsyncSync(fd);
  } catch (error) {
    removeIfThere(path);
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** @returns false if the name is taken */
function place({ temporary, text, token }: Prepared, path: string): boolean {
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (isTakenError(error)) return false;
  }
  // A file system without hard links: made in its place, and looked at again, since it was incomplete for a moment.
  try {
    write(path, text);
  } catch (error) {
    if (isTakenError(error)) return false;
    throw error;
  }
  return look(path)?.holder?.token === token;
}

function isTakenError(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST';
}

function hold(path: string, token: string): Lock {
  held.add(token);
  return {
    release() {
      held.delete(token);
      try {
        if (look(path)?.holder?.token === token) removeIfThere(path);
      } catch {
        // Somebody put something else in its place; it is no longer this process's.
      }
    },
  };
}

/** What a lock says of its holder; without a start time in locks of earlier versions. */
interface Held {
  readonly pid: number;
  readonly host: string;
  readonly started?: string;
  readonly token?: string;
}

interface Found {
  readonly digest: string;
  /** Absent if the file is not a lock: it belongs to nobody. */
  readonly holder?: Held | undefined;
}

/** The lock in its place. One that cannot be read may be being written: it is given a moment. */
function look(path: string): Found | undefined {
  let found = lookOnce(path);
  for (let waited = 0; found && !found.holder && waited < SETTLE_MILLISECONDS; waited += PAUSE_MILLISECONDS) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MILLISECONDS);
    found = lookOnce(path);
  }
  return found;
}

function lookOnce(path: string): Found | undefined {
  const entry = entryAt(path);
  if (!entry) return undefined;
  if (!entry.stats.isFile()) {
    throw new UserError('this is not a lock; remove it', { path, found: entry.what, expected: 'a file' });
  }
  let bytes: Buffer;
  try {
    bytes = readSmallFile(path, { what: 'the lock', limit: LIMIT, links: 'refused' });
  } catch (error) {
    if (!entryAt(path)) return undefined;
    throw error;
  }
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  return { digest, holder: holderOf(bytes.toString('utf8')) };
}

function holderOf(text: string): Held | undefined {
  const [, pid, host] = /^(\d{1,10}) (\S+)\n$/.exec(text) ?? [];
  if (host !== undefined) return { pid: Number(pid), host };
  try {
    const json = parsePlainJson(text, {}) as { readonly token?: unknown };
    const identity = identityFromJson(json);
    return identity && typeof json.token === 'string' ? { ...identity, token: json.token } : undefined;
  } catch {
    return undefined;
  }
}

function isRunning({ pid, host, started, token }: Held): boolean {
  if (started === undefined) return host !== hostname() || (pid !== process.pid && isInUse(pid));
  const me = thisProcess();
  const isMine = host === me.host && pid === me.pid && started === me.started;
  return isMine ? token !== undefined && held.has(token) : isAlive({ pid, host, started });
}

function shown({ pid, host, started }: Held): Holder {
  const isHere = started !== undefined && isOfThisHost({ pid, host, started });
  return { pid, host: isHere ? 'this machine' : host };
}

/**
 * Removes what dead processes left of their claims. Whoever has the lock may: no dead lock lies in its place any more, so
 * none of the locks for taking one over means anything.
 */
function tidy(folder: string, name: string): void {
  for (const other of readdirSync(folder)) {
    const isTurn = other.startsWith(`${name}.`) && /^(\.[0-9a-f]{16})+$/.test(other.slice(name.length));
    if (isTurn || isLeftover(other, name)) removeIfThere(join(folder, other));
  }
}

function isLeftover(other: string, name: string): boolean {
  const writer = other.startsWith(`.${name}.`) ? parseTemporaryName(other)?.writer : undefined;
  if (!writer) return false;
  // This process is making none now: all it does here it does in one go.
  return identityToName(writer) === identityToName(thisProcess()) || !isAlive(writer);
}
