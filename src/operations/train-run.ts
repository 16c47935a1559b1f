import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { UserError } from '../core/errors';
import { removeLeftovers } from '../files/leftovers';
import type { Job } from './job';
import type { Arm } from './results';
import { makeWritable, unwritable } from './train-outputs';
import { readState, type ArmState, type RunIdentity } from './train-state';

const ARMS: readonly Arm[] = ['baseline', 'acnet'];

/** What an earlier process left of a job in its folder. */
export type EarlierStates = Partial<Record<Arm, ArmState>>;

/** Where an arm's state lies. */
export function statePath(folder: string, arm: Arm): string {
  return path.join(folder, `${arm}.state`);
}

/** @throws UserError in one line when there is no unfinished run to go on with. */
export function requireBegun(folder: string): void {
  if (existsSync(path.join(folder, 'result.json'))) {
    throw new UserError('the run is finished: there is nothing to resume', { path: folder });
  }
  if (!existsSync(path.join(folder, 'job.json'))) {
    throw new UserError('no run of this job was begun here: there is nothing to resume', { path: folder });
  }
}

/**
 * The states to go on from; empty when the run was left before its first one.
 * @throws UserError in one line when they are damaged, or of something else.
 */
export function statesToResume(folder: string, identity: RunIdentity): EarlierStates {
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

/**
 * Takes the folder for this process: two runs at once would write each other's states. What a process that died here left
 * unfinished is removed.
 * @param outputs where the checkpoints go
 * @returns what gives it back
 * @throws UserError while another process of this machine has it; one that has died does not count.
 */
export function lockFolder(folder: string, outputs: string): () => void {
  const lock = path.join(folder, 'run.lock');
  const holder = existsSync(lock) ? holderOf(readFileSync(lock, 'utf8')) : undefined;
  if (holder && holder.pid !== process.pid && isAlive(holder)) {
    throw new UserError('another process runs this job; if it does not, remove run.lock', {
      path: folder,
      found: `process ${holder.pid} on ${holder.host}`,
    });
  }
  for (const place of [folder, outputs]) removeLeftovers(place);
  makeWritable(folder);
  try {
    writeFileSync(lock, `${process.pid} ${hostname()}\n`);
  } catch (error) {
    rmSync(lock, { force: true });
    throw unwritable(folder, error);
  }
  return () => rmSync(lock, { force: true });
}

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/** A process that died while it wrote the lock had not begun anything: half a line is nobody's. */
function holderOf(text: string): Holder | undefined {
  const [, pid, host] = /^(\d+) (\S+)\n$/.exec(text) ?? [];
  return host === undefined ? undefined : { pid: Number(pid), host };
}

/** A process of another machine, which may share the folder, is believed to be alive. */
function isAlive({ pid, host }: Holder): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
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
