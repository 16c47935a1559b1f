import { accessSync, constants, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Checkpoint } from '../core/checkpoint';
import { UnsupportedError, UserError } from '../core/errors';
import { FORMATS, writeCheckpoint } from '../core/formats/registry';
import { checkTarget, isTaken, writeAtomically } from '../files/atomic';
import { refuseInput } from '../files/inputs';
import type { Job } from './job';

/** Where a job's checkpoints go. */
export interface OutputPaths {
  readonly baseline: string;
  readonly acnet: string;
  readonly fused: string;
}

/**
 * Names the outputs of a job and says before the work what writing them would say after it.
 * @param directory the job's own folder
 * @throws UserError when one exists, the folder cannot be written or the format cannot be.
 */
export function planOutputs(job: Job, checkpoint: Checkpoint, directory: string): OutputPaths {
  const format = FORMATS.find(({ id }) => id === checkpoint.format);
  if (!format?.write) {
    throw new UnsupportedError('this format can be read but not written, so it cannot be trained', {
      path: checkpoint.path,
      found: format?.label ?? checkpoint.format,
    });
  }
  const folder = job.output.folder ?? directory;
  const extension = path.extname(job.checkpoint);
  const name = job.output.name ?? path.basename(job.checkpoint, extension);
  // `model.acnet.json` would be the name of a job file.
  const mark = extension.toLowerCase() === '.json' ? '-' : '.';
  const at = (arm: string): string => path.join(folder, `${name}${mark}${arm}${extension}`);
  const outputs = { baseline: at('baseline'), acnet: at('acnet'), fused: at('fused') };
  makeWritable(folder);
  for (const output of Object.values(outputs)) requireFree(output, job, checkpoint);
  return outputs;
}

/** Makes a folder. @throws UserError if it cannot be made or written. */
export function makeWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/** What the system says of a folder that could not be written, in a sentence. */
export function unwritable(folder: string, error: unknown): UserError {
  return new UserError('the folder of the output cannot be written', {
    path: folder,
    found: (error as NodeJS.ErrnoException).code,
  });
}

function requireFree(output: string, job: Job, checkpoint: Checkpoint): void {
  checkTarget(output, true);
  if (!isTaken(output)) return;
  refuseInput(output, { paths: [job.checkpoint, job.architecture], checkpoint });
  const { overwrite } = job.output;
  if (!overwrite) {
    throw new UserError(
      'the output exists; --overwrite, or "output": {"overwrite": true} in the job, replaces it',
      {
        path: output,
      },
    );
  }
}

/** Writes one checkpoint; nothing is left of it on failure. */
export function writeOutput(
  checkpoint: Checkpoint,
  output: string,
  { output: { overwrite } }: Job,
): Promise<void> {
  return writeAtomically(output, (sink) => writeCheckpoint(checkpoint, sink), { overwrite });
}
