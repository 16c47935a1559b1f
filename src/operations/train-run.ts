import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/errors';
import type { Job } from './job';
import type { Arm } from './results';
import { readState, type ArmState, type RunIdentity } from './train-state';

const ARMS: readonly Arm[] = ['baseline', 'acnet'];

/** What an earlier process left of a job in its folder. */
export type EarlierStates = Partial<Record<Arm, ArmState>>;

/** Where an arm's state lies. */
export function statePath(folder: string, arm: Arm): string {
  return path.join(folder, `${arm}.state`);
}

/**
 * The states to go on from; empty when the run was left before its first one.
 * @throws UserError in one line when there is no unfinished run, or it is of something else.
 */
export function statesToResume(folder: string, identity: RunIdentity): EarlierStates {
  if (existsSync(path.join(folder, 'result.json'))) {
    throw new UserError('the run is finished: there is nothing to resume', { path: folder });
  }
  if (!existsSync(path.join(folder, 'job.json'))) {
    throw new UserError('no run of this job was begun here: there is nothing to resume', { path: folder });
  }
  removeTemporary(folder);
  const states: EarlierStates = {};
  for (const arm of ARMS) {
    const file = statePath(folder, arm);
    if (existsSync(file)) states[arm] = readState(file, identity);
  }
  return states;
}

/**
 * Makes sure that a new run takes nobody's work away.
 * @throws UserError when the folder holds an unfinished run and the job may not overwrite.
 */
export function requireNoUnfinished(folder: string, { output: { overwrite } }: Job): void {
  const states = ARMS.map((arm) => statePath(folder, arm)).filter((file) => existsSync(file));
  if (states.length === 0 || overwrite || existsSync(path.join(folder, 'result.json'))) return;
  throw new UserError('the folder holds an unfinished run: --resume continues it, --overwrite starts anew', {
    path: folder,
  });
}

/** Removes the states of a run that is finished, given up or begun anew. */
export function removeStates(folder: string): void {
  if (!existsSync(folder)) return;
  removeTemporary(folder);
  for (const arm of ARMS) rmSync(statePath(folder, arm), { force: true });
}

/** What a process left that was killed while it wrote a state. */
function removeTemporary(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (/^\.(baseline|acnet)\.state\..*\.tmp$/.test(name)) rmSync(path.join(folder, name), { force: true });
  }
}
