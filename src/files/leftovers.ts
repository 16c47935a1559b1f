import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readJournal, settle, temporaryOf } from './journal';
import { isAlive, type ProcessIdentity } from './process-identity';
import { isOldLeftover, lstat, parseTemporaryName, removeIfThere } from './temporary';

/**
 * Ends what processes that died while they wrote into a folder left there: files that were being replaced are put back, or
 * the replacing is completed, and what is temporary is removed. What a living process writes, or one of another host, stays.
 * @param isDead for tests, which end no process
 * @returns how many files were removed; 0 for a folder that is none
 */
export function removeLeftovers(
  folder: string,
  isDead: (writer: ProcessIdentity) => boolean = (writer) => !isAlive(writer),
): number {
  const names = listed(folder).filter((name) => name.startsWith('.'));
  let removed = 0;
  const kept = new Set<string>();
  for (const name of names) {
    const parsed = parseTemporaryName(name);
    if (parsed?.kind !== 'journal' || !isDead(parsed.writer)) continue;
    const journal = readJournal(join(folder, name));
    const settled = journal ? attempted(() => settle(folder, name, journal)) : remove(folder, name);
    removed += settled ?? 0;
    if (journal && settled === undefined) temporaryOf(journal).forEach((each) => kept.add(each));
  }
  for (const name of names) {
    const parsed = parseTemporaryName(name);
    // Old copies are there only while a journal speaks of them.
    const isLeft = parsed ? parsed.kind === 'tmp' && isDead(parsed.writer) : isOldLeftover(name);
    if (isLeft && !kept.has(name)) removed += remove(folder, name);
  }
  return removed;
}

function remove(folder: string, name: string): number {
  if (lstat(join(folder, name))?.isFile() !== true) return 0;
  removeIfThere(join(folder, name));
  return 1;
}

/** What cannot be ended now must not keep others from writing: its journal stays, for the next one. */
function attempted(step: () => number): number | undefined {
  try {
    return step();
  } catch {
    return undefined;
  }
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
