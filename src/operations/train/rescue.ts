import path from 'node:path';
import type { Checkpoint } from '../../core/checkpoint';
import { UserError } from '../../core/errors';
import type { DivergedError } from '../../engine/training/loop';
import { isTaken } from '../../files/atomic';
import type { OwnFolder } from '../../files/own-folder';
import type { Job } from '../job/job';
import { withWeights } from '../kit/network';
import type { Arm } from '../../contract/results';
import { writeOutput, type OutputPaths } from './outputs';
import { removeStates } from './run/folder';

/** What a rescue needs of the run. */
interface RescueContext {
  readonly job: Job;
  readonly outputs: OutputPaths;
  /** The job's own folder. */
  readonly own: OwnFolder;
}

/**
 * Writes what a diverged run has: the arm's weights after its last good epoch, and the trained baseline. The run's
 * states go: with the same settings it would diverge again.
 * @returns the error to end with: why, and what was kept where.
 */
export async function rescue(
  arm: Arm,
  checkpoint: Checkpoint,
  error: DivergedError,
  { job, outputs, own }: RescueContext,
  baseline?: Checkpoint,
): Promise<UserError> {
  const kept: string[] = [];
  const keep = async (of: Arm, what: Checkpoint, label: string): Promise<void> => {
    const file = freeName(outputs[of], label);
    await writeOutput(what, file, job);
    kept.push(`${of} after ${label.replace('-', ' ')} in ${file}`);
  };
  if (baseline) await keep('baseline', baseline, `epoch-${job.epochs}`);
  const { good } = error;
  if (good && good.step > 0) {
    const label = good.atEpochEnd ? `epoch-${good.epochs}` : `step-${good.step}`;
    await keep(arm, withWeights(checkpoint, good.weights), label);
  }
  removeStates(own);
  const told = kept.length > 0 ? `kept: ${kept.join(', ')}` : 'nothing was kept: no epoch was done';
  return new UserError(`${error.summary}; ${told}`, error.detail);
}

/** `net.acnet.keras` → `net.acnet.epoch-3.keras`, or with a number after it if that is taken. */
function freeName(output: string, label: string): string {
  const extension = path.extname(output);
  const stem = `${output.slice(0, output.length - extension.length)}.${label}`;
  let name = `${stem}${extension}`;
  for (let number = 2; isTaken(name); number++) name = `${stem}.${number}${extension}`;
  return name;
}
