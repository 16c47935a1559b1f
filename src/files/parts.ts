import { readdirSync, readSync, openSync, closeSync, fstatSync, constants } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { formatForPath } from '../core/formats/registry';
import { plainSibling } from '../core/sibling-name';
import { openFile } from './source';
import { lstat, parseTemporaryName, removeIfThere } from './temporary';

/** Largest JSON that is taken apart: `model.json` of the largest networks have some megabytes. */
const MAX_JSON = 256 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;

/**
 * Files beside a checkpoint that it names as its own and whose name says that they are nothing else; links and what lies
 * in other folders are left out. Empty if there is no such checkpoint.
 */
export function partsOf(path: string): string[] {
  const { parts } = formatForPath(path) ?? {};
  if (!parts || lstat(path)?.isFile() !== true) return [];
  try {
    const source = openFile(path);
    try {
      const names = parts.names(source).flatMap((name) => plainSibling(name) ?? []);
      return [...new Set(names)].filter((name) => parts.isPart(name) && isRegular(beside(path, name)));
    } finally {
      source.close();
    }
  } catch {
    return []; // what cannot be read says nothing
  }
}

/** Removes those of the files beside a checkpoint that no checkpoint of its format names any more, itself included. */
export function removeUnnamed(path: string, names: readonly string[]): void {
  const { parts } = formatForPath(path) ?? {};
  const candidates = names.filter((name) => parts?.isPart(name) === true && isRegular(beside(path, name)));
  if (candidates.length === 0) return;
  for (const name of candidates) if (!isNamed(path, name)) removeIfThere(beside(path, name));
}

/**
 * True if a checkpoint of the same format in the folder of `path` names a file as its own.
 * @param except the name of a checkpoint that is not asked, since it is being replaced
 */
export function isNamed(path: string, name: string, except?: string): boolean {
  if (!formatForPath(path)?.parts) return false;
  const extension = extname(path).toLowerCase();
  return readdirSync(dirname(path)).some(
    (other) =>
      other !== except &&
      other.toLowerCase().endsWith(extension) &&
      parseTemporaryName(other) === undefined &&
      mentions(beside(path, other), name),
  );
}

/**
 * Whether a name stands in a file, in any case. Said too often rather than too seldom: a file that says it in some other
 * place, or that cannot be read, keeps what it may need.
 */
function mentions(file: string, name: string): boolean {
  if (lstat(file)?.isDirectory() === true) return false;
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return false;
    return file.toLowerCase().endsWith('.json') ? jsonSays(fd, stat.size, name) : bytesSay(fd, name);
  } catch {
    return true;
  } finally {
    closeSync(fd);
  }
}

/** JSON may spell a letter as `\u0061`. */
function jsonSays(fd: number, size: number, name: string): boolean {
  if (size > MAX_JSON) return true;
  const bytes = Buffer.alloc(size);
  const read = readSync(fd, bytes, 0, size, 0);
  const text = bytes.subarray(0, read).toString('utf8');
  const wanted = JSON.stringify(name).slice(1, -1).toLowerCase();
  return text.toLowerCase().includes(wanted) || plainJson(text).toLowerCase().includes(wanted);
}

function plainJson(text: string): string {
  if (!text.includes('\\u')) return '';
  return text.replace(/\\u([0-9a-f]{4})/gi, (_all, code: string) => String.fromCharCode(parseInt(code, 16)));
}

function bytesSay(fd: number, name: string): boolean {
  const wanted = Buffer.from(name, 'utf8').toString('latin1').toLowerCase();
  const bytes = Buffer.alloc(CHUNK_BYTES);
  let before = '';
  for (;;) {
    const read = readSync(fd, bytes, 0, CHUNK_BYTES, null);
    if (read === 0) return false;
    const text = before + bytes.toString('latin1', 0, read).toLowerCase();
    if (text.includes(wanted)) return true;
    before = text.slice(-wanted.length);
  }
}

function isRegular(file: string): boolean {
  return lstat(file)?.isFile() === true;
}

function beside(path: string, name: string): string {
  return join(dirname(path), basename(name));
}
