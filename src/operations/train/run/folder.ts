import { UserError } from '../../../core/errors';
import { isLock, takeLock } from '../../../files/exclusive';
import { removeLeftovers } from '../../../files/leftovers';
import { unwritable, type OwnFolder } from '../../../files/own-folder';
import { ARMS, IMAGES, JOB_RECORD, LOCK, RESULT, stateName } from '../../job/folder';
import type { Arm } from '../../../contract/results';
import { readState, type ArmState, type RunIdentity } from './state';

/** What an earlier process left of a job in its folder. */
export type EarlierStates = Partial<Record<Arm, ArmState>>;

/** @throws UserError in one line when there is no unfinished run to continue. */
export function requireBegun(folder: OwnFolder): void {
  if (folder.has(RESULT)) {
    throw new UserError('the run is finished: there is nothing to resume', { path: folder.path });
  }
  if (!folder.has(JOB_RECORD)) {
    throw new UserError('no run of this job was begun here: there is nothing to resume', {
      path: folder.path,
    });
  }
}

/** Whether the folder has a state to go on from. */
export function hasStates(folder: OwnFolder): boolean {
  return ARMS.some((arm) => folder.has(stateName(arm)));
}

/**
 * The states to go on from; empty when the run was left before its first one.
 * @throws UserError in one line when they are damaged, or of something else.
 */
export function statesToResume(folder: OwnFolder, identity: RunIdentity): EarlierStates {
  removeTemporary(folder);
  const states: EarlierStates = {};
  for (const arm of ARMS) {
    const name = stateName(arm);
    if (folder.has(name)) states[arm] = readState(folder.at(name), identity);
  }
  return states;
}

/**
 * Makes sure that a new run takes nobody's work away.
 * @throws UserError when the folder holds an unfinished run that nobody asked to give up.
 */
export function requireNoUnfinished(folder: OwnFolder): void {
  if (folder.has(RESULT) || !hasStates(folder)) return;
  throw new UserError('the folder holds an unfinished run: --resume continues it, --overwrite starts anew', {
    path: folder.path,
  });
}

/**
 * Takes the folder for this process: two runs at once would write each other's states. What a process that died here left
 * unfinished is removed.
 * @param outputs where the checkpoints go
 * @returns what gives it back
 * @throws UserError while another process has it; one of this machine that has died does not count.
 */
export function lockFolder(folder: OwnFolder, outputs: string): () => void {
  folder.make();
  const lock = taken(folder);
  if (!isLock(lock)) {
    throw new UserError('another process runs this job; if it does not, remove run.lock', {
      path: folder.path,
      found: `process ${lock.pid} on ${lock.host}`,
    });
  }
  for (const place of [folder.path, outputs]) removeLeftovers(place);
  return () => lock.release();
}

function taken(folder: OwnFolder): ReturnType<typeof takeLock> {
  try {
    return takeLock(folder.path, LOCK);
  } catch (error) {
    throw error instanceof UserError ? error : unwritable(folder.path, error);
  }
}

/** Removes the states of a run that is finished, given up or begun anew. */
export function removeStates(folder: OwnFolder): void {
  removeTemporary(folder);
  for (const arm of ARMS) folder.remove(stateName(arm));
  folder.remove(IMAGES);
}

/** What a process left that was killed while it wrote a state. */
function removeTemporary(folder: OwnFolder): void {
  for (const name of folder.names()) {
    if (/^\.(baseline|acnet)\.state\..*\.tmp$/.test(name)) folder.remove(name);
  }
}
