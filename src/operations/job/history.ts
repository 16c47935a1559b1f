import path from 'node:path';
import { parsePlainJson } from '../../core/encodings/json';
import { readSmallText } from '../../files/text';
import { LOG, RESULT, seedFolder } from './folder';

/** A log of more is not read: what it shows would be no more than its end. */
const MOST_BYTES = 32 * 2 ** 20;

/** What the present run in a job's folder has written: the lines of its log, and its result when it is finished. */
export interface JobHistory {
  readonly lines: readonly unknown[];
  readonly result: unknown;
}

/** Reads what a run left in its folder; damaged lines, as of a killed process, are left out. */
export function jobHistory(folder: string): JobHistory {
  const lines = linesOf(folder);
  const seed = lines.map(seedOf).findLast((each) => each !== undefined);
  return {
    // Of several seeds the last one that was begun has the curves.
    lines: seed === undefined ? lines : [...lines, ...linesOf(path.join(folder, seedFolder(seed)))],
    result: parsed(textOf(path.join(folder, RESULT))),
  };
}

function linesOf(folder: string): unknown[] {
  return textOf(path.join(folder, LOG))
    .split('\n')
    .map(parsed)
    .filter((line) => line !== undefined);
}

function seedOf(line: unknown): number | undefined {
  const { event, seed } = (line ?? {}) as { readonly event?: unknown; readonly seed?: unknown };
  return event === 'seed' && Number.isSafeInteger(seed) ? Number(seed) : undefined;
}

/** Empty if there is no such file, or something that running the job refuses. */
function textOf(file: string): string {
  try {
    return readSmallText(file, { what: 'the file', limit: MOST_BYTES, links: 'refused' });
  } catch {
    return '';
  }
}

function parsed(text: string): unknown {
  try {
    return parsePlainJson(text, {});
  } catch {
    return undefined;
  }
}
