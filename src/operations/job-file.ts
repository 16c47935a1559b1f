import type { PreprocessingOptions } from '../engine/data/preprocessing';
import { readFile } from 'node:fs/promises';
import { UserError } from '../core/errors';
import { readJob, type Job } from './job';

/** Reads a job file from a disk. @throws UserError in one line when it cannot be read or used. */
export async function readJobFile(file: string): Promise<Job> {
  // Some editors begin a file with a mark of its encoding, which is no JSON.
  return readJob((await jobText(file)).replace(/^\uFEFF/, ''), file);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'a folder',
  EACCES: 'permission denied',
};

async function jobText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const found = REASONS[code ?? ''] ?? (error as Error).message;
    throw new UserError('the job file cannot be read', { path: file, found });
  }
}

/** A job's words on how pixels become numbers. */
export function preprocessingOf({ size, scale, mean, std }: Job['data']): PreprocessingOptions {
  const list = (value: number | readonly number[] | undefined): readonly number[] | undefined =>
    typeof value === 'number' ? [value] : value;
  return { size, scale, mean: list(mean), std: list(std) };
}
