import type { Notice } from '../../contract/wire';
import type { Target } from '../checkpoints/target';
import { dataFor, imagesStep, type OnImages } from '../data/choose';
import { askUnclear } from '../reading/ask';
import { toErrorState } from '../errors';
import type { Measured } from '../../contract/page';
import type { FileFacts } from '../facts/facts';
import type { Job, JobPlan } from '../jobs/job';
import { announce, inspectAction } from '../kit/announce';
import type { Command } from '../kit/command';
import { onCheckpoint } from '../kit/on-checkpoint';
import type { OptionsSchema } from '../kit/options';
import { preprocessingSaid, readyForImages } from '../preprocessing/choose';
import type { CommandServices } from '../services';
import { runSteps, type Step } from '../ui/steps';
import { counted } from '../../shared/numbers';
import { notify } from '../ui/window';
import type { CallOptions } from '../workers/client';
import { CheckRun, type CheckState, type Gathering } from './check-run';

/** What every check answers, whatever else. */
interface CheckResult {
  readonly measure?: 'accuracy' | 'agreement';
  readonly images: number;
}

/** What only one check shows. */
type Own<F extends Measured> = Omit<NonNullable<FileFacts[F]>, keyof CheckState<unknown>>;

type Said = Awaited<ReturnType<typeof preprocessingSaid>>;

/** A check of one file on images: what differs between them. All that it is asked for but the images is its options. */
export interface Check<Options, Result extends CheckResult, F extends Measured> extends Pick<
  Command,
  'id' | 'title' | 'icon' | 'menus' | 'fromPage'
> {
  /** As in `Pruning check`. */
  readonly name: string;
  readonly kind: JobPlan['kind'];
  /** Which fact of the file it is. */
  readonly fact: F;
  /** For callers by name, the inspector's page among them: what is absent is asked or has its default. */
  readonly options: OptionsSchema<Options>;
  /** What is asked after the images. */
  steps(target: Target): ReadonlyArray<Step<Options>>;
  /** Every further file that it reads weights from. */
  others?(options: Options): readonly string[];
  /** Keeps what the next check begins with. */
  remember?(services: CommandServices, target: Target, options: Options): void;
  gather(data: string, options: Options): Gathering<Result, Own<F>>;
  /** @param request the file, the images and how pixels become numbers */
  measure(
    services: CommandServices,
    request: { readonly path: string; readonly data: string } & Said,
    options: Options,
    call: CallOptions,
  ): Promise<Result>;
  /** What is measured where there are no labels. */
  readonly agreement: string;
}

/** The command that makes a check: it asks for images and options, and runs as a job. */
export function checkCommand<Options extends OnImages, Result extends CheckResult, F extends Measured>(
  check: Check<Options, Result, F>,
): Command<Result> {
  const { id, title, icon, menus, fromPage, name } = check;
  const asks = titleOf(check);
  return {
    ...{ id, title, icon, menus, fromPage, needsTrust: `The ${name.toLowerCase()}` },
    run: onCheckpoint<Options, Result>({
      asks,
      options: check.options,
      ask: (services, target) => ask(services, target, check),
      run: async (services, target, options) => {
        const data = options.data ?? (await dataFor(services, target));
        if (data === undefined || !(await readyForImages(services, target))) return undefined;
        services.memory.data.remember(target.path, data);
        check.remember?.(services, target, options);
        return runCheck(services, target, check, data, options);
      },
    }),
  };
}

/** Of its questions: a menu's mark that there are some is left out. */
function titleOf({ title }: Pick<Command, 'title'>): string {
  return title.replace('…', '');
}

async function ask<Options extends OnImages, Result extends CheckResult, F extends Measured>(
  services: CommandServices,
  target: Target,
  check: Check<Options, Result, F>,
): Promise<Options | undefined> {
  const images = imagesStep<Options>(services, target, titleOf(check));
  const answers = await runSteps<Options>([images, ...check.steps(target)], check.options.parse({}));
  if (answers) await askUnclear(services, [target.path, ...(check.others?.(answers) ?? [])]);
  return answers;
}

/**
 * Runs a check as a job: pages show it from the queue to its end.
 * @returns undefined when it was stopped; what was measured stays on the page
 */
async function runCheck<Options, Result extends CheckResult, F extends Measured>(
  services: CommandServices,
  target: Target,
  check: Check<Options, Result, F>,
  data: string,
  options: Options,
): Promise<Result | undefined> {
  const { key: file, path: source } = target;
  const run = new CheckRun(check.gather(data, options));
  const show = (): void => services.states.update(file, { [check.fact]: run.state });
  const title = `${check.name} of ${target.name}`;
  show();
  try {
    const work = async (job: Job): Promise<Result> => {
      await services.measurements.begin(target, check.fact);
      const said = await preprocessingSaid(services, target);
      return follow(job, run, show, (call) =>
        check.measure(services, { path: source, data, ...said }, options, call),
      );
    };
    const plan = { title, kind: check.kind, file, pausable: true };
    const result = await services.jobs.run(plan, work, () => tellStopped(title));
    run.end(result ? { phase: 'done', result } : { phase: 'stopped' });
    show();
    await services.measurements.look(file);
    if (result) tell(services, target, title, check.agreement, result);
    return result;
  } catch (error) {
    run.end({ phase: 'failed', error: toErrorState(error, source) });
    show();
    throw error;
  }
}

/** Measures, and shows each piece as it comes. */
async function follow<Result>(
  job: Job,
  run: CheckRun<Result, unknown>,
  show: () => void,
  measure: (call: CallOptions) => Promise<Result>,
): Promise<Result> {
  run.begin();
  show();
  const changes = job.onChange(() => {
    if (job.state.progress) run.setProgress(job.state.progress);
    show();
  });
  const onNotice = (notice: Notice): void => {
    run.note(notice);
    show();
  };
  try {
    return await measure(job.callOptions(onNotice));
  } finally {
    changes.dispose();
  }
}

function tellStopped(title: string): void {
  void notify('info', `${title} was stopped; what was measured is kept.`);
}

function tell(
  services: CommandServices,
  target: Target,
  title: string,
  agreement: string,
  { images, measure }: CheckResult,
): void {
  const what = measure === 'agreement' ? agreement : 'accuracy';
  const message = `${title}: ${what} measured on ${counted(images, 'image')}.`;
  services.log.info(message);
  announce(services, message, [inspectAction(services, 'Open Inspector', target.path)]);
}
