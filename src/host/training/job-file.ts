import path from 'node:path';
import { z } from 'zod';
import { writeSmallText } from '../../files/text';
import type { Reading } from '../../contract/calls';
import { NO_ARCHITECTURE } from '../checkpoints/no-architecture';
import { HostError, messageOf } from '../errors';
import type { Said } from '../preprocessing/words';
import { FROZEN, STATISTICS } from '../../shared/choices';

/** What is chosen for a job; all else keeps the job file's defaults. */
export const jobChoices = z.strictObject({
  /** Images: a folder, or a file. */
  data: z.string().min(1),
  epochs: z.int().min(1).optional(),
  /** One that the images are enough for when absent. */
  batch: z.int().min(1).optional(),
  learningRate: z.number().positive().optional(),
  statistics: z.enum(STATISTICS).optional(),
  frozen: z.enum(FROZEN).optional(),
  baseline: z.boolean().optional(),
  /** Names with `*` and `?`, separated by commas, or exact names; each convolution's own default when absent. */
  layers: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).readonly()]).optional(),
  /** Training images at most. */
  limit: z.int().min(1).optional(),
  seed: z.int().min(0).optional(),
  deterministic: z.boolean().optional(),
});

/** What a job says of a training, as a caller or the questions give it. */
export type JobChoices = z.output<typeof jobChoices>;

const EXTENSION = '.acnet.json';

/** True for the name of a job file, `….acnet.json`; case is ignored. */
export const isJobFile = (file: string): boolean => file.toLowerCase().endsWith(EXTENSION);

/** Names for the job file of a checkpoint, beside it: `mnist.keras` → `mnist.acnet.json`, `mnist-2.acnet.json` … */
export function suggestJobFile(
  checkpoint: string,
  exists: (file: string) => boolean,
): { readonly free: string; readonly taken?: string } {
  const [taken, ...others] = jobFilesOf(checkpoint, exists);
  const free = named(checkpoint, taken === undefined ? 1 : others.length + 2);
  return { free, ...(taken !== undefined && { taken }) };
}

/** The job files that have such names, the oldest name first. */
export function jobFilesOf(checkpoint: string, exists: (file: string) => boolean): string[] {
  const found: string[] = [];
  for (let number = 1; exists(named(checkpoint, number)); number++) found.push(named(checkpoint, number));
  return found;
}

function named(checkpoint: string, number: number): string {
  const stem = path
    .basename(checkpoint, path.extname(checkpoint))
    .replace(/[.-](acnet|fused|baseline)(-\d+)?$/, '');
  const name = `${stem}${number > 1 ? `-${number}` : ''}${EXTENSION}`;
  return path.join(path.dirname(checkpoint), name);
}

/** What a job takes over from what is known of its checkpoint. */
interface JobSurroundings {
  readonly architecture?: string | undefined;
  readonly reading?: Reading;
  readonly preprocessing?: Said;
}

/** The text of a job file; paths in it are relative to it, so that the folder can be moved and committed. */
export function jobText(
  file: string,
  checkpoint: string,
  { data, limit, architecture, reading, preprocessing, ...choices }: JobChoices & JobSurroundings,
): string {
  const relative = (target: string): string => {
    const found = path.relative(path.dirname(file), target);
    return path.isAbsolute(found) ? found : found.split(path.sep).join('/') || '.';
  };
  const job = {
    checkpoint: relative(checkpoint),
    ...(architecture !== undefined && {
      architecture: architecture === NO_ARCHITECTURE ? architecture : relative(architecture),
    }),
    ...reading,
    data: { folder: relative(data), ...preprocessing, ...(limit !== undefined && { limit }) },
    ...choices,
  };
  return `${JSON.stringify(job, undefined, 2)}\n`;
}

/**
 * Writes a job file, whole or not at all.
 * @throws HostError when it exists and may not be replaced, or cannot be written
 */
export function writeJobFile(file: string, text: string, overwrite: boolean): void {
  try {
    writeSmallText(file, text, { overwrite });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new HostError(`${file} exists already and is not overwritten`, file);
    }
    throw new HostError(`the job file cannot be written: ${messageOf(error)}`, file);
  }
}
