import type { PreprocessingOptions } from '../../engine/data/preprocessing';
import { readSmallText } from '../../files/text';
import { readJob, type Job } from './job';

/** Nobody writes this much into a job. */
const LIMIT = 2 ** 20;

/** Reads a job file from a disk. @throws UserError in one line when it cannot be read or used. */
export async function readJobFile(file: string): Promise<Job> {
  const text = readSmallText(file, { what: 'the job file', limit: LIMIT });
  // Some editors begin a file with a mark of its encoding, which is not JSON.
  return Promise.resolve(readJob(text.replace(/^\uFEFF/, ''), file));
}

/** A job's words on how images become the network's input. */
export function preprocessingOf({ size, resize, scale, mean, std }: Job['data']): PreprocessingOptions {
  const list = (value: number | readonly number[] | undefined): readonly number[] | undefined =>
    typeof value === 'number' ? [value] : value;
  return { size, resize, scale, mean: list(mean), std: list(std) };
}
