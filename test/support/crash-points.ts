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
 * The points to try of `count`: all of them, or the first, the last ten, where files are put in place, and some between.
 */
export function chosenPoints(count: number, between = 4): number[] {
  const all = Array.from({ length: count }, (_, point) => point);
  if (EVERY_POINT || count <= between + 11) return all;
  const spread = Array.from({ length: between }, (_, i) =>
    Math.round(((i + 1) * (count - 11)) / (between + 1)),
  );
  return [...new Set([0, ...spread, ...all.slice(-10)])];
}

/** How many changes of the disk an action makes, when nothing goes wrong. */
export async function countChanges(fault: Fault, action: () => Promise<unknown>): Promise<number> {
  const { passed, error, changes } = await withFault(fault, Infinity, action);
  if (!passed) throw error;
  return changes;
}

/** Thrown by every change from the crash on, so that nothing is tidied up, as in a process that is gone. */
class Dead extends Error {}

/**
 * Runs an action whose change of the disk number `point` (from 0) goes wrong.
 * @returns `passed` if there are not as many changes; else `failed` with what the action threw
 */
export async function withFault(
  fault: Fault,
  point: number,
  action: () => Promise<unknown>,
): Promise<{ readonly passed: boolean; readonly changes: number; readonly error?: unknown }> {
  let count = 0;
  let dead = false;
  const written = new Set<unknown>();
  const real = new Map<Change, AnyFunction>();
  for (const name of CHANGES) {
    const original = fs[name] as AnyFunction;
    real.set(name, original);
    Object.assign(fs, {
      [name]: (...args: unknown[]) => {
        if (dead) throw new Dead();
        if (isReading(name, args, written) || isHarmless(fault, name)) return original(...args);
        count += 1;
        if (count !== point + 1) {
          const result = original(...args);
          if (name === 'openSync') written.add(result);
          return result;
        }
        if (fault === 'ENOSPC' || fault === 'EACCES') throw systemError(fault);
        if (fault === 'killed half-way') half(name, args, original);
        dead = true;
        throw new Dead();
      },
    });
  }
  syncBuiltinESMExports();
  try {
    await action();
    return { passed: count <= point, changes: count };
  } catch (error) {
    return { passed: false, changes: count, error };
  } finally {
    Object.assign(fs, Object.fromEntries(real));
    syncBuiltinESMExports();
  }
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

/** A write that got half of its bytes out. */
function half(name: Change, args: readonly unknown[], original: AnyFunction): void {
  if (name === 'writeSync') {
    const [fd, bytes, offset = 0, length = (bytes as Uint8Array).length] = args;
    original(fd, bytes, offset, Math.floor(Number(length) / 2));
  } else if (name === 'writeFileSync' || name === 'appendFileSync') {
    const [file, data, options] = args;
    const content = data as string | Uint8Array;
    original(file, content.slice(0, Math.floor(content.length / 2)), options);
  }
}

function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected`), { code });
}
