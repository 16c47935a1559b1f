import path from 'node:path';
import type { Reading } from '../../core/checkpoint';
import { readJobFile } from '../job/file';
import { jobFolder, REPORT } from '../job/folder';
import type { TrainEvent, TrainResult } from '../../contract/results';
import type { Job } from '../job/job';
import type { Allowed } from '../job/places';
import { firstSeed, runJob } from './run-job';
import type { TrainContext } from './train';

/** How a job file is run, and what is stated of its checkpoint where the job does not say it. */
export interface TrainFileOptions extends Reading {
  readonly resume?: boolean;
  /** Replace what an earlier run left, whatever the job says. */
  readonly overwrite?: boolean;
  /** Where the job may write beside the folder of its file. Default: nowhere. */
  readonly allowed?: Allowed;
}

/**
 * Runs a job file in its own folder and writes its report, `report.html`, there.
 * @throws UserError in one line; CancelledError when stopped.
 */
export async function trainFile(
  file: string,
  { resume, overwrite, allowed, equalWeights, bnEpsilon }: TrainFileOptions,
  context: TrainContext,
): Promise<TrainResult> {
  const read = await readJobFile(file);
  const job: Job = {
    ...read,
    equalWeights: read.equalWeights ?? equalWeights,
    bnEpsilon: read.bnEpsilon ?? bnEpsilon,
    ...(overwrite && { output: { ...read.output, overwrite } }),
  };
  const directory = jobFolder(file);
  const events: TrainEvent[] = [];
  const ofFirstSeed = firstSeed();
  const onEvent = (event: TrainEvent): void => {
    if (ofFirstSeed(event) && event.event !== 'step') events.push(event);
    context.onEvent(event);
  };
  const result = await runJob(job, { directory, resume, overwrite, allowed }, { ...context, onEvent });
  await report(job, file, result, events, path.join(directory, REPORT)).catch((error: unknown) => {
    // The training is done and written: a report that cannot be made takes nothing of it away.
    const why = error instanceof Error ? error.message : String(error);
    context.onEvent({ event: 'message', text: `the report could not be written: ${why}` });
  });
  return result;
}

async function report(
  job: Job,
  jobFile: string,
  result: TrainResult,
  events: readonly TrainEvent[],
  target: string,
): Promise<void> {
  const { trainingReport, writeReport } = await import('../report/write');
  await writeReport(target, await trainingReport(job, jobFile, result, events), { overwrite: true });
}
