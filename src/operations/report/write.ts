import { FIGURE_6 } from '../../shared/paper';
import type { Reading } from '../../core/checkpoint';
import { writeAtomically } from '../../files/atomic';
import { inspectFile } from '../inspect';
import type { Job } from '../job/job';
import { kernelsOfFile } from '../kernels';
import type { TrainEvent, TrainResult } from '../../contract/results';
import type { KernelsPart, ReportData } from './data';
import { environmentFacts } from './environment';
import { renderReport } from './report';
import { counted } from '../../shared/numbers';

/**
 * Writes a report as one HTML page.
 * @throws UserError if the file cannot be written; then nothing is left of it.
 */
export function writeReport(file: string, data: ReportData, options: { overwrite?: boolean }): Promise<void> {
  const page = new TextEncoder().encode(renderReport(data));
  return writeAtomically(
    file,
    (sink) => {
      sink.write(page);
      return Promise.resolve();
    },
    options,
  );
}

/**
 * Magnitude matrices of the files of a training, with the paper's.
 * @param result of the training: it has what the networks began as
 * @param reading what the job says of all three
 */
export async function kernelsPart(
  before: string,
  { baseline, acnet }: { readonly baseline: string; readonly acnet: string },
  result: Pick<TrainResult, 'baseline' | 'acnet'>,
  reading: Reading = {},
): Promise<KernelsPart> {
  return {
    before: await kernelsOfFile(before, reading),
    baseline: await kernelsOfFile(baseline, reading),
    acnet: await kernelsOfFile(acnet, reading),
    starts: { baseline: result.baseline.kernels, acnet: result.acnet.kernels },
    paper: { normal: FIGURE_6.normal, acnet: FIGURE_6.acnet },
  };
}

/** What a report says of one training job. */
export async function trainingReport(
  job: Job,
  jobFile: string,
  result: TrainResult,
  events: readonly TrainEvent[],
): Promise<ReportData> {
  const { baseline, fused } = result.outputs;
  const { equalWeights, bnEpsilon } = job;
  const reading = { equalWeights, bnEpsilon };
  return {
    title: 'ACNet beside its baseline',
    subtitle: `${job.checkpoint}, ${counted(job.epochs, 'epoch')} on ${job.data.folder}`,
    finished: new Date().toISOString(),
    backend: result.backend,
    checks: [],
    network: await inspectFile(job.checkpoint, reading),
    train: { result, events },
    evaluations: [],
    kernels: await kernelsPart(job.checkpoint, { baseline, acnet: fused }, result, reading),
    pruning: [],
    environment: environmentFacts(result.backend),
    commands: [`npx acnet train ${jobFile}`],
  };
}
