import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** What changes a disk. */
const CHANGES = [
  ...['openSync', 'writeSync', 'fsyncSync', 'closeSync', 'renameSync', 'linkSync', 'copyFileSync'],
  ...['rmSync', 'unlinkSync', 'mkdirSync', 'writeFileSync', 'appendFileSync', 'truncateSync'],
] as const;
type Change = (typeof CHANGES)[number];
type AnyFunction = (...args: unknown[]) => unknown;

/** How a change goes wrong: the process ends before it, or in the middle of a write, or the system refuses it. */
export type Fault = 'killed' | 'killed half-way' | 'ENOSPC' | 'EACCES';

/** Every point is tried in the long runs, otherwise a sample. */
const EVERY_POINT = process.env.ACNET_DEEP !== undefined;

/**
 * The points to try of `count`: all of them, or the first, the `last`, where files are put in place, and some between.
 */
export function chosenPoints(count: number, between = 4, last = 10): number[] {
  const all = Array.from({ length: count }, (_, point) => point);
  if (EVERY_POINT || count <= between + last + 1) return all;
  const step = (count - last - 1) / (between + 1);
  const spread = Array.from({ length: between }, (_, i) => Math.round((i + 1) * step));
  return [...new Set([0, ...spread, ...all.slice(-last)])];
}

/** How many changes of the disk an action makes, when nothing goes wrong. */
export async function countChanges(
  fault: Fault,
  action: () => Promise<unknown>,
  within?: string,
): Promise<number> {
  const { passed, error, changes } = await withFault(fault, Infinity, action, within);
  if (!passed) throw error;
  return changes;
}

/** Thrown by every change from the crash on, so that nothing is tidied up, as in a process that is gone. */
class Dead extends Error {}

/** What a patched function is asked at a change of the disk. */
interface AtChange {
  readonly name: Change;
  readonly args: readonly unknown[];
  /** Makes the change. */
  readonly change: () => unknown;
}

/**
 * Runs an action whose change of the disk number `point` (from 0) goes wrong.
 * @param within only changes in this folder count; others are made as if nothing happened
 * @returns `passed` if there are not as many changes; else `failed` with what the action threw
 */
export async function withFault(
  fault: Fault,
  point: number,
  action: () => Promise<unknown>,
  within = '',
): Promise<{ readonly passed: boolean; readonly changes: number; readonly error?: unknown }> {
  let count = 0;
  let dead = false;
  const patched = patchChanges(within, ({ name, args, change }) => {
    if (dead) throw new Dead();
    if (isHarmless(fault, name)) return change();
    count += 1;
    if (count !== point + 1) return change();
    if (fault === 'ENOSPC' || fault === 'EACCES') throw systemError(fault);
    if (fault === 'killed half-way') half(name, args, patched.real(name));
    dead = true;
    throw new Dead();
  });
  try {
    await action();
    return { passed: count <= point, changes: count };
  } catch (error) {
    return { passed: false, changes: count, error };
  } finally {
    patched.undo();
  }
}

/**
 * Runs an action to its end, and stops the world at chosen changes of a folder: what lies there then is what a process that
 * was killed at that point leaves.
 * @param take makes a copy of it
 */
export async function atCrashPoints(
  fault: 'killed' | 'killed half-way',
  points: readonly number[],
  { within, action, take }: CrashPoints,
): Promise<void> {
  const wanted = new Set(points);
  let count = 0;
  let taking = false;
  const patched = patchChanges(within, ({ name, args, change }) => {
    if (taking) return change();
    const point = count++;
    if (!wanted.has(point)) return change();
    // Changes that are made of others count with these, once.
    taking = true;
    const rest = fault === 'killed half-way' ? half(name, args, patched.real(name)) : undefined;
    take(point);
    taking = false;
    return rest ? rest() : change();
  });
  try {
    await action();
  } finally {
    patched.undo();
  }
}

interface CrashPoints {
  /** Only changes in this folder count. */
  readonly within: string;
  readonly action: () => Promise<unknown>;
  readonly take: (point: number) => void;
}

/** Puts something in the way of every change of the disk under a folder, or everywhere. */
function patchChanges(
  within: string,
  decide: (at: AtChange) => unknown,
): { real(name: Change): AnyFunction; undo(): void } {
  const written = new Set<unknown>();
  const real = Object.fromEntries(CHANGES.map((name) => [name, fs[name]])) as Record<Change, AnyFunction>;
  for (const name of CHANGES) {
    Object.assign(fs, {
      [name]: (...args: unknown[]) => {
        const original = real[name];
        if (isElsewhere(args[0], written, within) || isReading(name, args, written)) return original(...args);
        const change = (): unknown => {
          const result = original(...args);
          if (name === 'openSync') written.add(result);
          // The number may be that of another file next.
          else if (name === 'closeSync') written.delete(args[0]);
          return result;
        };
        return decide({ name, args, change });
      },
    });
  }
  syncBuiltinESMExports();
  return {
    real: (name) => real[name],
    undo: () => {
      Object.assign(fs, real);
      syncBuiltinESMExports();
    },
  };
}

function isElsewhere(file: unknown, written: ReadonlySet<unknown>, folder: string): boolean {
  if (folder === '') return false;
  return typeof file === 'string' ? !file.startsWith(folder) : !written.has(file);
}

/** Removing needs no room; and what may not be removed stays, whoever wrote it. */
function isHarmless(fault: Fault, name: Change): boolean {
  return !fault.startsWith('killed') && (name === 'rmSync' || name === 'unlinkSync');
}

function isReading(name: Change, args: readonly unknown[], written: ReadonlySet<unknown>): boolean {
  if (name === 'closeSync') return !written.has(args[0]);
  if (name !== 'openSync') return false;
  const flags = args[1];
  return flags === undefined || flags === 'r' || (typeof flags === 'number' && (flags & 3) === 0);
}

/** A write that got half of its bytes out. @returns what writes the rest; undefined for what has no half */
function half(name: Change, args: readonly unknown[], original: AnyFunction): (() => unknown) | undefined {
  if (name === 'writeSync') {
    const [fd, bytes, offset = 0, length = (bytes as Uint8Array).length] = args;
    const first = Math.floor(Number(length) / 2);
    original(fd, bytes, offset, first);
    return () => first + Number(original(fd, bytes, Number(offset) + first, Number(length) - first));
  }
  if (name !== 'writeFileSync' && name !== 'appendFileSync') return undefined;
  const [file, data, options] = args;
  const content = data as string | Uint8Array;
  const first = Math.floor(content.length / 2);
  original(file, content.slice(0, first), options);
  return () => (name === 'writeFileSync' ? original(...args) : original(file, content.slice(first), options));
}

function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected`), { code });
}
