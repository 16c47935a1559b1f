import path from 'node:path';
import type * as vscode from 'vscode';
import type { Notice } from '../../contract/wire';
import { diskPath } from '../checkpoints/choose';
import { toErrorState } from '../errors';
import type { Job } from '../jobs/job';
import { preprocessingSaid } from '../preprocessing/choose';
import type { CheckRun } from './check-run';
import { counted } from '../ui/words';
import type { CallOptions } from '../workers/client';
import { announce, inspectAction, type CommandServices } from '../services';
import { notify } from '../ui/window';

/** What every check answers, whatever else. */
interface Measured {
  readonly measure?: 'accuracy' | 'agreement';
  readonly images: number;
}

/** A check of one file on images: what differs between them. */
export interface Check<Result extends Measured> {
  /** As in `Pruning check`. */
  readonly name: string;
  readonly kind: 'prune' | 'robustness';
  /** Which measurement of the file it is. */
  readonly measurement: 'pruning' | 'robustness';
  /** Every file that it reads weights from. */
  readonly files: readonly string[];
  readonly run: CheckRun<Result>;
  /** Shows pages what `run` has by now. */
  readonly show: () => void;
  /** Keeps what the trainer tells on the way. */
  readonly note: (notice: Notice) => void;
  /** @param said how pixels become numbers */
  readonly measure: (said: Said, options: CallOptions) => Promise<Result>;
  /** What is measured where there are no labels. */
  readonly agreement: string;
}

type Said = Awaited<ReturnType<typeof preprocessingSaid>>;

/**
 * Runs a check as a job: pages show it from the queue to its end.
 * @returns undefined when it was stopped; what was measured stays on the page
 */
export async function runCheck<Result extends Measured>(
  services: CommandServices,
  uri: vscode.Uri,
  check: Check<Result>,
): Promise<Result | undefined> {
  const { run, show } = check;
  const file = uri.toString();
  const title = `${check.name} of ${path.basename(uri.fsPath)}`;
  show();
  try {
    const work = async (job: Job): Promise<Result> => {
      await services.measurements.begin(file, check.measurement, [...check.files]);
      const said = await preprocessingSaid(services, uri);
      return follow(job, check, said);
    };
    const plan = { title, kind: check.kind, file, pausable: true };
    const result = await services.jobs.run(plan, work, () => tellStopped(title));
    run.end(result ? { phase: 'done', result } : { phase: 'stopped' });
    show();
    await services.measurements.look(file);
    if (result)
      tell(services, uri, title, result.measure === 'agreement' ? check.agreement : 'accuracy', result);
    return result;
  } catch (error) {
    run.end({ phase: 'failed', error: toErrorState(error, diskPath(uri)) });
    show();
    throw error;
  }
}

/** Measures, and shows each piece as it comes. */
async function follow<Result extends Measured>(job: Job, check: Check<Result>, said: Said): Promise<Result> {
  const { run, show, note, measure } = check;
  run.begin();
  show();
  const changes = job.onChange(() => {
    if (job.state.progress) run.setProgress(job.state.progress);
    show();
  });
  const onNotice = (notice: Notice): void => {
    note(notice);
    show();
  };
  try {
    return await measure(said, job.callOptions(onNotice));
  } finally {
    changes.dispose();
  }
}

function tellStopped(title: string): void {
  void notify('info', `${title} was stopped; what was measured is kept.`);
}

function tell(
  services: CommandServices,
  uri: vscode.Uri,
  title: string,
  what: string,
  { images }: Measured,
): void {
  const message = `${title}: ${what} measured on ${counted(images, 'image')}.`;
  services.log.info(message);
  announce(message, [inspectAction(services, 'Open Inspector', uri.fsPath)]);
}
