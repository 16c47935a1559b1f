import path from 'node:path';
import type { Checkpoint } from '../../core/checkpoint';
import { UserError } from '../../core/errors';
import { writeCheckpoint, writtenFormat } from '../../core/formats/registry';
import { checkTarget, isTaken, writeAtomically } from '../../files/atomic';
import { refuseInput } from '../../files/inputs';
import type { CheckpointFile } from '../../files/open';
import { makeWritable } from '../../files/own-folder';
import { recordBeside, recordIn, type UsedModel } from '../../files/recorded-network';
import type { Job } from '../job/job';

/** Where a job's checkpoints go. */
export interface OutputPaths {
  readonly baseline: string;
  readonly acnet: string;
  readonly fused: string;
}

/** What file systems take. */
const LONGEST_NAME = 255;

/** The names of a job's outputs. @param directory the job's own folder */
export function outputPaths(job: Pick<Job, 'checkpoint' | 'output'>, directory: string): OutputPaths {
  const folder = job.output.folder ?? directory;
  const extension = path.extname(job.checkpoint);
  const name = job.output.name ?? path.basename(job.checkpoint, extension);
  // `model.acnet.json` would be the name of a job file.
  const mark = extension.toLowerCase() === '.json' ? '-' : '.';
  const at = (arm: string): string => path.join(folder, `${name}${mark}${arm}${extension}`);
  return { baseline: at('baseline'), acnet: at('acnet'), fused: at('fused') };
}

/** All of them. */
export function listed({ baseline, acnet, fused }: OutputPaths): readonly string[] {
  return [baseline, acnet, fused];
}

/**
 * Names the outputs of a job and says before the work what writing them would say after it.
 * @param directory the job's own folder
 * @throws UserError when one exists, the folder cannot be written or the format cannot be.
 */
export function planOutputs(job: Job, checkpoint: CheckpointFile, directory: string): OutputPaths {
  writtenFormat(checkpoint, ', so it cannot be trained');
  const outputs = outputPaths(job, directory);
  makeWritable(path.dirname(outputs.acnet));
  for (const output of listed(outputs)) requireFree(output, job, checkpoint);
  const record = checkpoint.model === undefined ? undefined : recordFor(outputs, directory);
  if (record !== undefined) requireFree(record, job, checkpoint);
  return outputs;
}

/** Where outputs that leave the job's own folder keep their network; those that stay have it in the job's result. */
export function recordFor({ acnet }: OutputPaths, directory: string): string | undefined {
  const folder = path.dirname(acnet);
  const name = path.basename(acnet, path.extname(acnet)).replace(/\.acnet$/, '');
  return path.resolve(folder) === path.resolve(directory) ? undefined : recordBeside(folder, name);
}

/** Records beside outputs, where the job's result lies elsewhere, which model says how their network is built. */
export async function writeRecord(
  outputs: OutputPaths,
  model: UsedModel,
  { output: { overwrite } }: Job,
  directory: string,
): Promise<void> {
  const file = recordFor(outputs, directory);
  if (file === undefined) return;
  const names = Object.entries(outputs).map(([arm, output]) => [arm, path.basename(output as string)]);
  const record = {
    outputs: Object.fromEntries(names) as Record<string, string>,
    architecture: recordIn(path.dirname(file), model),
  };
  const text = `${JSON.stringify(record, null, 2)}\n`;
  await writeAtomically(file, (sink) => Promise.resolve(sink.write(new TextEncoder().encode(text))), {
    overwrite,
  });
}

function requireFree(output: string, job: Job, { files }: CheckpointFile): void {
  if (Buffer.byteLength(path.basename(output)) > LONGEST_NAME) {
    throw new UserError(
      'the name of the output is too long; "output": {"name": …} in the job gives another',
      { path: output },
    );
  }
  checkTarget(output, true);
  if (!isTaken(output)) return;
  refuseInput(output, {
    paths: [job.checkpoint, job.architecture, job.file, job.data.folder],
    files,
  });
  if (job.output.overwrite) return;
  throw new UserError(
    'the output exists; --overwrite, or "output": {"overwrite": true} in the job, replaces it',
    { path: output },
  );
}

/** Writes one checkpoint; nothing is left of it on failure. */
export function writeOutput(
  checkpoint: Checkpoint,
  output: string,
  { output: { overwrite } }: Job,
): Promise<void> {
  return writeAtomically(output, (sink) => writeCheckpoint(checkpoint, sink), { overwrite });
}
