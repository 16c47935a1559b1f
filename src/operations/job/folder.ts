import path from 'node:path';
import { entryAt } from '../../files/entry';
import type { Arm } from '../../contract/results';

/** The files of a run in its job's folder. */
export const JOB_RECORD = 'job.json';
/** The events of the run, one JSON object a line. */
export const LOG = 'log.jsonl';
/** What came out of the run. */
export const RESULT = 'result.json';
/** The run for people. */
export const REPORT = 'report.html';
/** Held by the process that runs the job. */
export const LOCK = 'run.lock';
/** The images that the run began with, for as long as it can be resumed. */
export const IMAGES = 'images.json';
/** The networks that a job trains, in order. */
export const ARMS: readonly Arm[] = ['baseline', 'acnet'];

/** Where an arm's state lies in the folder. */
export const stateName = (arm: Arm): string => `${arm}.state`;

/** The folder of one seed's run, in that of a job with several. */
export const seedFolder = (seed: number): string => `seed-${seed}`;

/** What a run leaves beside its job's record, and no other program. */
export const RUN_FILES: readonly string[] = [LOG, RESULT, REPORT, IMAGES, ...ARMS.map(stateName)];

/** `runs/mnist.acnet.json` → `runs/mnist.acnet`: where a job keeps its settings, log, state and results. */
export function jobFolder(file: string): string {
  const name = path.basename(file).replace(/\.json$/, '');
  return path.join(path.dirname(file), name === path.basename(file) ? `${name}.run` : name);
}

/** How far the run in a job's folder has come; `unfinished` can be resumed. */
export function runIn(folder: string): 'none' | 'unfinished' | 'finished' {
  if (isFile(path.join(folder, RESULT))) return 'finished';
  return isFile(path.join(folder, JOB_RECORD)) ? 'unfinished' : 'none';
}

/** What is not a plain file does not belong to a run; running the job says what it is. */
function isFile(file: string): boolean {
  try {
    return entryAt(file)?.plain ?? false;
  } catch {
    return false;
  }
}
