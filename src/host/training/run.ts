import { existsSync } from 'node:fs';
import path from 'node:path';
import type { TrainResult } from '../../contract/results';
import type { Notice } from '../../contract/wire';
import type { Reading } from '../../contract/calls';
import { readingSaid, rememberReading, statedIn } from '../reading/said';
import type { JobFacts } from '../../contract/results';
import { announce, inspectAction, type Action } from '../kit/announce';
import { guarded } from '../kit/failure';
import { writing } from '../kit/writing';
import { targetAt } from '../checkpoints/target';
import type { CommandServices } from '../services';
import { HostError, isCancelled, messageOf, toErrorState } from '../errors';
import type { Job } from '../jobs/job';
import { showReport } from '../report/show';
import { saveIfOpen } from './choose-job';
import { askDoubt } from './ask-doubt';
import { TrainingRun } from './training-run';
import { allowedPlaces, workspacePlaces, type OutsideAnswer } from './outside';

/** The page that a finished run leaves in its folder. */
export const REPORT = 'report.html';

/** How a job file is run. */
export interface RunOptions {
  /** Continue the run that was left. */
  readonly resume?: boolean;
  /** Replace what an earlier run left. */
  readonly overwrite?: boolean;
  /** Started by a caller by name, with options: nothing is asked. */
  readonly byName?: boolean;
  /** Whether such a run may write outside of its folder and the workspace; of others this is asked. */
  readonly allowOutside?: boolean;
}

/**
 * Runs a job file as a job: in its turn, in a process of its own, shown on the pages of its checkpoint.
 * @returns undefined when it was stopped, or the user does not let it write where it would
 * @throws what stopped it otherwise
 */
export async function runTraining(
  services: CommandServices,
  file: string,
  options: RunOptions,
): Promise<TrainResult | undefined> {
  const facts = await services.reader.call('job', { path: file, allowed: workspacePlaces() });
  if (services.jobs.all.some(({ plan }) => plan.jobFile === file)) {
    throw new HostError(`${path.basename(file)} is running already, or waits for its turn`, file);
  }
  const allowed = await allowedPlaces(file, facts, outsideAnswer(options));
  if (!allowed) return undefined;
  const { key, name } = targetAt(facts.checkpoint);
  services.memory.data.remember(facts.checkpoint, facts.data);
  const reading = { ...readingSaid(services.memory, facts.checkpoint), ...statedIn(facts) };
  const run = new TrainingRun(file, facts.baseline, options.resume ? services.runs.get(file) : undefined);
  services.runs.set(file, run);
  const show = (): void => services.states.update(key, { training: run.state });
  // A run of another job on this checkpoint stays in view until it has ended.
  if (!services.jobs.all.some(({ plan: { kind, file: other } }) => kind === 'train' && other === key)) show();
  const plan = {
    title: `Fine-tuning ${name}`,
    kind: 'train',
    file: key,
    jobFile: file,
    pausable: true,
  } as const;
  const work = (job: Job): Promise<TrainResult> =>
    train(services, file, options, { run, facts, job, show, allowed, reading });
  let result: TrainResult | undefined;
  try {
    result = await services.jobs.run(plan, work, () => tellStopped(services, file));
  } catch (error) {
    const resumable = await canResume(services, file);
    run.end({ phase: 'failed', resumable, error: toErrorState(error, file) });
    show();
    throw error;
  }
  if (result) run.end({ phase: 'done', result });
  else run.end({ phase: 'stopped', resumable: await canResume(services, file) });
  show();
  if (result) {
    keepChoices(services, result, facts.checkpoint, reading);
    tellDone(services, result, facts);
  }
  return result;
}

/** Of what came of a checkpoint, what was chosen for it holds as well. */
function keepChoices(
  { memory }: CommandServices,
  { outputs }: TrainResult,
  checkpoint: string,
  reading: Reading,
): void {
  const chosen = memory.architecture.of(checkpoint);
  for (const output of Object.values(outputs)) {
    if (output === checkpoint) continue;
    if (chosen !== undefined) memory.architecture.remember(output, chosen);
    rememberReading(memory, output, reading);
  }
}

function outsideAnswer({ byName, allowOutside }: RunOptions): OutsideAnswer {
  if (!byName) return 'ask';
  return allowOutside ? 'allow' : 'refuse';
}

interface Running {
  readonly run: TrainingRun;
  readonly facts: JobFacts;
  readonly job: Job;
  readonly show: () => void;
  /** Folders into which it may write. */
  readonly allowed: readonly string[];
  /** What the job states of the checkpoint, else what the user has answered. */
  readonly reading: Reading;
}

async function train(
  services: CommandServices,
  file: string,
  { resume, overwrite, byName = false }: RunOptions,
  { run, facts, job, show, allowed, reading }: Running,
): Promise<TrainResult> {
  run.begin();
  show();
  const changes = job.onChange(() => {
    run.setPaused(job.state.paused ?? false);
    if (job.state.progress) run.setProgress(job.state.progress);
    show();
  });
  const onNotice = (notice: Notice): void => {
    if (notice.kind !== 'train') return;
    const line = run.tell(notice.event);
    if (line !== undefined) services.log.info(`${facts.checkpoint}: ${line}`);
    const { event } = notice;
    if (!byName && event.event === 'doubt') guarded(services, job.plan.title, () => askDoubt(job, event));
    if (run.overall !== undefined) job.setOverall(run.overall);
    else show();
  };
  try {
    return await writing(services, [facts.folder, facts.outputs], () =>
      services.trainer.call(
        'train',
        {
          path: file,
          allowed,
          restAtDoubt: !byName,
          ...reading,
          ...(resume !== undefined && { resume }),
          ...(overwrite !== undefined && { overwrite }),
        },
        job.callOptions(onNotice),
      ),
    );
  } finally {
    changes.dispose();
  }
}

/** A job file that can no longer be read cannot be resumed either. */
async function canResume({ reader, log }: CommandServices, file: string): Promise<boolean> {
  try {
    return (await reader.call('job', { path: file })).run === 'unfinished';
  } catch (error) {
    if (!isCancelled(error)) log.warn(messageOf(error));
    return false;
  }
}

function tellStopped(services: CommandServices, file: string): void {
  const resume = async (): Promise<void> => {
    await saveIfOpen(file);
    await runTraining(services, file, { resume: true });
  };
  announce(services, `The run of ${path.basename(file)} was stopped; what it has learned is kept.`, [
    { label: 'Resume', run: resume },
  ]);
}

function tellDone(services: CommandServices, result: TrainResult, { checkpoint, folder }: JobFacts): void {
  const { baseline, acnet, fused, outputs } = result;
  const percent = (value: number): string => `${value.toFixed(2)} %`;
  // Without training the baseline is the network as it was.
  const other = baseline.trained ? 'baseline' : 'before';
  const accuracies = `ACNet ${percent(acnet.top1)}, ${other} ${percent(baseline.top1)}`;
  const message = `Fine-tuned ${path.basename(checkpoint)}: ${accuracies}.`;
  services.log.info(`${message} Written: ${outputs.acnet}, ${outputs.fused}`);
  const report = path.join(folder, REPORT);
  const actions: readonly Action[] = [
    ...(existsSync(report) ? [{ label: 'Open Report', run: () => showReport(report) }] : []),
    inspectAction(services, 'Inspect Fused', outputs.fused),
  ];
  if (fused.passed) announce(services, message, actions);
  else
    announce(
      services,
      `${message} The fused network differs from the trained one; see the log.`,
      actions,
      'warning',
    );
}
