import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readJournal, settle, temporaryOf } from './journal';
import { isAlive, type ProcessIdentity } from './process-identity';
import { isOldLeftover, lstat, parseTemporaryName, removeIfThere, type TemporaryKind } from './temporary';

/**
 * Ends what processes that died while they wrote into a folder left there: files that were being replaced are put back, or
 * the replacing is completed, and what is temporary is removed. What a living process writes, or one of another host, stays.
 * @param isDead for tests, which end no process
 * @returns how many files were removed; 0 for what is not a folder
 */
export function removeLeftovers(
  folder: string,
  isDead: (writer: ProcessIdentity) => boolean = (writer) => !isAlive(writer),
): number {
  const names = listed(folder).filter((name) => name.startsWith('.'));
  const isLeft = (name: string, kind: TemporaryKind): boolean => {
    const parsed = parseTemporaryName(name);
    return parsed?.kind === kind && isDead(parsed.writer);
  };
  let removed = 0;
  const kept = new Set<string>();
  for (const name of names.filter((each) => isLeft(each, 'journal'))) {
    const { gone, waiting } = endJournal(folder, name);
    removed += gone;
    for (const each of waiting) kept.add(each);
  }
  // Old copies are there only while a journal speaks of them.
  const left = names.filter((name) => (isLeft(name, 'tmp') || isOldLeftover(name)) && !kept.has(name));
  return left.reduce((sum, name) => sum + remove(folder, name), removed);
}

/**
 * @returns how many files are gone, and names of those that wait for whoever can end what the journal speaks of: what cannot
 *   be ended now must not keep others from writing
 */
function endJournal(folder: string, name: string): { gone: number; waiting: readonly string[] } {
  const journal = readJournal(join(folder, name));
  if (!journal) return { gone: remove(folder, name), waiting: [] };
  // In a folder that several users write into, another one's journal is not to say what becomes of this one's files.
  if (!isOfThisUser(join(folder, name))) return { gone: 0, waiting: temporaryOf(journal) };
  try {
    return { gone: settle(folder, name, journal), waiting: [] };
  } catch {
    return { gone: 0, waiting: temporaryOf(journal) };
  }
}

function isOfThisUser(file: string): boolean {
  const user = process.getuid?.();
  return user === undefined || lstat(file)?.uid === BigInt(user);
}

function remove(folder: string, name: string): number {
  if (lstat(join(folder, name))?.isFile() !== true) return 0;
  removeIfThere(join(folder, name));
  return 1;
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
