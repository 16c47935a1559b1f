import { randomBytes } from 'node:crypto';
import { lstatSync, rmSync, type BigIntStats } from 'node:fs';
import { basename } from 'node:path';
import {
  identityFromName,
  identityToName,
  isInUse,
  thisProcess,
  type ProcessIdentity,
} from './process-identity';

/**
 * What a file that is there only while something is written is for: `tmp` is a new file, not in place yet; `old` the only
 * copy of a file that is being replaced; `journal` says how far the replacing is.
 */
export type TemporaryKind = 'tmp' | 'old' | 'journal';

/** What the name of such a file says. */
export interface TemporaryName {
  readonly writer: ProcessIdentity;
  readonly kind: TemporaryKind;
}

/** Bytes of a name that a temporary one repeats: file systems take 255 in all. */
const REPEATED_BYTES = 160;

const NAME = /^\..+\.([^.]+\.\d+\.[^.]+)\.[0-9a-f]{8}\.(tmp|old|journal)$/s;
/** As versions until 0.1 named new files and old copies alike. */
const OLD_NAME = /^\..+\.([1-9]\d{0,9})\.[0-9a-f]{8}\.tmp$/s;

/**
 * A name that nobody has, for a file beside `path`. The process is part of it, so that what a dead one left is known from
 * what a living one writes.
 */
export function temporaryName(path: string, kind: TemporaryKind): string {
  let name = basename(path);
  while (Buffer.byteLength(name) > REPEATED_BYTES) name = [...name].slice(0, -1).join('');
  return `.${name}.${identityToName(thisProcess())}.${randomBytes(4).toString('hex')}.${kind}`;
}

/** What the name of a temporary file says; undefined for any other name. */
export function parseTemporaryName(name: string): TemporaryName | undefined {
  const [, writer = '', kind] = NAME.exec(name) ?? [];
  const identity = identityFromName(writer);
  return identity && { writer: identity, kind: kind as TemporaryKind };
}

/** True for what a version that did not yet name host and start time left, if its process runs no more. */
export function isOldLeftover(name: string): boolean {
  const [, pid] = OLD_NAME.exec(name) ?? [];
  return pid !== undefined && parseTemporaryName(name) === undefined && !isInUse(Number(pid));
}

/** What is under a name, a link being itself; undefined if nothing is. */
export function lstat(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined; // a part of the path is not a folder, or is closed to us
  }
}

/** Removes a file, or a link itself. One that cannot be removed must not hide why it is to go. */
export function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What should be its folder is not one, or it is a folder, so it was never made here.
  }
}
