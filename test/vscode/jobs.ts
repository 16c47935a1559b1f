import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encode } from 'fast-png';
import * as vscode from 'vscode';
import type { TestAccess } from '../../src/extension';
import type { TrainResult } from '../../src/contract/results';
import type { TrainingState } from '../../src/contract/operations/train';
import { catchMessages, eventually } from './support';

/** Writes grey images of 28 × 28 in folders of ten classes. */
export function writeImages(folder: string, count: number): void {
  for (let i = 0; i < count; i++) {
    const inClass = path.join(folder, `class${i % 10}`);
    mkdirSync(inClass, { recursive: true });
    const data = Uint8Array.from({ length: 28 * 28 }, (_, at) => (i * 37 + at * (1 + (i % 10))) % 256);
    writeFileSync(path.join(inClass, `${i}.png`), encode({ width: 28, height: 28, channels: 1, data }));
  }
}

export const fineTune = (uri: vscode.Uri, options: object) =>
  vscode.commands.executeCommand<TrainResult | undefined>('acnet.fineTune', uri, options);

/** Removes what an earlier job left, so that names are free. */
export function forget(job: string): void {
  rmSync(job, { force: true });
  rmSync(job.replace(/\.json$/, ''), { recursive: true, force: true });
}

export const steps = (training: TrainingState | undefined): number =>
  (['baseline', 'acnet'] as const).reduce((sum, arm) => sum + (training?.arms[arm]?.steps.length ?? 0), 0);

/** Waits until a training of a file has done some steps. */
export function training(access: TestAccess, uri: vscode.Uri, least = 2): Promise<TrainingState> {
  return eventually('steps are trained', () => {
    const state = access.stateOf(uri)?.training;
    return state?.phase === 'running' && steps(state) >= least ? state : undefined;
  });
}

/** Files that a writer has not finished, in a folder and those below. */
export function unfinished(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(tmp|old|journal)$/.test(name),
  );
}

/** Whether a process runs; one that has ended and waits to be reaped does not. */
export function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Runs `work`, which sees them come, and tells which messages of one level it showed. */
export async function messagesOf(
  level: Parameters<typeof catchMessages>[0],
  work: (messages: readonly string[]) => Thenable<unknown>,
): Promise<string[]> {
  const caught = catchMessages(level);
  try {
    await work(caught.messages);
    return caught.messages;
  } finally {
    caught.restore();
  }
}
