import { existsSync } from 'node:fs';
import path from 'node:path';
import type { JobFacts } from '../../contract/results';
import type { CommandServices } from '../services';
import { jobFilesOf } from '../training/job-file';

type Preprocessing = JobFacts['preprocessing'];

/** What a job says of the images of its networks. */
interface JobPreprocessing {
  readonly jobFile: string;
  readonly preprocessing: Preprocessing;
}

/**
 * How images are made ready for a network, where a job file says so: one of the checkpoint itself, the newest first, or
 * the one whose run the file came out of. Nothing where no job says anything.
 */
export async function preprocessingFor(
  { reader }: Pick<CommandServices, 'reader'>,
  checkpoint: string,
  exists: (file: string) => boolean = existsSync,
): Promise<JobPreprocessing | undefined> {
  const folder = path.dirname(checkpoint);
  const own = `${folder}.json`;
  const jobs = [...jobFilesOf(checkpoint, exists).reverse(), ...(exists(own) ? [own] : [])];
  for (const jobFile of jobs) {
    // A job file that cannot be read says what is wrong when it is run.
    const facts = await reader.call('job', { path: jobFile }).catch(() => undefined);
    if (!facts || (facts.checkpoint !== checkpoint && ![facts.folder, facts.outputs].includes(folder)))
      continue;
    if (Object.values(facts.preprocessing).some((value) => value !== undefined))
      return { jobFile, preprocessing: facts.preprocessing };
  }
  return undefined;
}
