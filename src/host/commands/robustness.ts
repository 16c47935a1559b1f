import path from 'node:path';
import * as vscode from 'vscode';
import { z } from 'zod';
import type { RobustnessResult } from '../../operations/results';
import type { Notice } from '../../protocol/worker';
import { askCheckpoint } from '../ask-checkpoint';
import { chooseCheckpoint, diskPath } from '../checkpoints';
import { askData } from '../data/ask';
import { dataFor, knownData } from '../data/choose';
import { toErrorState } from '../errors';
import type { Job } from '../jobs/job';
import { RobustnessRun } from '../runs/robustness-run';
import { preprocessingAside, preprocessingSaid, readyForImages } from '../preprocessing/choose';
import { runSteps } from '../ui/steps';
import { announce, givenOptions, inspectAction, isTrusted, type CommandServices } from './context';
import { counted } from '../ui/words';

const TITLE = 'Robustness Check';
const NONE = 'No second checkpoint';

/** For callers by name, the inspector's page among them: nothing but missing images is asked. */
const robustnessOptions = z.strictObject({
  /** Folder of images; asked for when absent and none was used on the file before. */
  data: z.string().min(1).optional(),
  /** Path of a second checkpoint. */
  against: z.string().min(1).optional(),
  limit: z.int().min(1).optional(),
});
type RobustnessOptions = z.output<typeof robustnessOptions>;

/** `acnet.robustness`: accuracy on rotated and mirrored images; arguments as of `acnet.convert`. */
export async function robustness(
  services: CommandServices,
  given: unknown,
  options: unknown,
): Promise<RobustnessResult | undefined> {
  if (!isTrusted('The robustness check')) return undefined;
  const uri = await chooseCheckpoint(given, TITLE);
  if (!uri) return undefined;
  const chosen = givenOptions(robustnessOptions, options) ?? (await ask(services, uri));
  if (!chosen) return undefined;
  const { data = await dataFor(services, uri), ...rest } = chosen;
  if (data === undefined || !(await readyForImages(services, uri))) return undefined;
  return run(services, uri, { data, ...rest });
}

/** Asks which checkpoint the next check of a file holds it against, or that there is none. */
export async function chooseAgainst({ states }: CommandServices, uri: vscode.Uri): Promise<void> {
  if (!isTrusted('The robustness check')) return;
  const position = { step: 1, totalSteps: 1, canGoBack: false };
  const answer = await askAgainst(uri, position);
  if (answer === undefined || answer === 'back') return;
  states.update(uri.toString(), { lastAgainst: answer.file });
}

type Asked = RobustnessOptions & { readonly data: string };

async function run(
  services: CommandServices,
  uri: vscode.Uri,
  { data, against, limit }: Asked,
): Promise<RobustnessResult | undefined> {
  const source = diskPath(uri);
  const file = uri.toString();
  const asked = { data, ...(against !== undefined && { against }), ...(limit !== undefined && { limit }) };
  services.data.remember(file, data);
  const check = new RobustnessRun(asked);
  const show = (): void => services.states.update(file, { robustness: check.state });
  services.states.update(file, { lastAgainst: against });
  show();
  const title = `Robustness check of ${path.basename(source)}`;
  try {
    const work = async (job: Job): Promise<RobustnessResult> => {
      const files = against === undefined ? [source] : [source, against];
      await services.measurements.begin(file, 'robustness', files);
      const said = await preprocessingSaid(services, uri);
      const request = { path: source, ...said, ...asked };
      return measure(services, job, request, check, show);
    };
    const plan = { title, kind: 'robustness', file, pausable: true } as const;
    const result = await services.jobs.run(plan, work, () => tellStopped(title));
    check.end(result ? { phase: 'done', result } : { phase: 'stopped' });
    show();
    await services.measurements.look(file);
    if (result) tell(services, uri, result);
    return result;
  } catch (error) {
    check.end({ phase: 'failed', error: toErrorState(error, source) });
    show();
    throw error;
  }
}

async function measure(
  { trainer }: CommandServices,
  job: Job,
  request: Parameters<typeof trainer.call<'robustness'>>[1],
  check: RobustnessRun,
  show: () => void,
): Promise<RobustnessResult> {
  check.begin();
  show();
  const changes = job.onChange(() => {
    if (job.state.progress) check.setProgress(job.state.progress);
    show();
  });
  const onNotice = (notice: Notice): void => {
    if (notice.kind !== 'row') return;
    check.add(notice.row);
    show();
  };
  try {
    return await trainer.call('robustness', request, job.callOptions(onNotice));
  } finally {
    changes.dispose();
  }
}

function tellStopped(title: string): void {
  void vscode.window.showInformationMessage(`${title} was stopped; what was measured is kept.`);
}

function tell(services: CommandServices, uri: vscode.Uri, result: RobustnessResult): void {
  const name = path.basename(uri.fsPath);
  const what = result.measure === 'agreement' ? "agreement with the network's own answers" : 'accuracy';
  const message = `Robustness check of ${name}: ${what} measured on ${counted(result.images, 'image')}.`;
  services.log.info(message);
  announce(message, [inspectAction(services, 'Open Inspector', uri.fsPath)]);
}

interface Answers {
  readonly data?: string;
  readonly against?: string | undefined;
}

function ask(services: CommandServices, uri: vscode.Uri): Promise<RobustnessOptions | undefined> {
  return runSteps<Answers>(
    [
      async (state, position) => {
        const known = [...(state.data === undefined ? [] : [state.data]), ...knownData(services, uri)];
        const answer = await askData(TITLE, known, position, preprocessingAside(services, uri));
        return answer === undefined || answer === 'back' ? answer : { ...state, ...answer };
      },
      async (state, position) => {
        const answer = await askAgainst(uri, position);
        return answer === undefined || answer === 'back' ? answer : { ...state, against: answer.file };
      },
    ],
    {},
  );
}

function askAgainst(uri: vscode.Uri, position: Parameters<typeof askCheckpoint>[0]['position']) {
  const source = diskPath(uri);
  const placeholder = `Which checkpoint is ${path.basename(source)} held against, on the same images?`;
  return askCheckpoint({ title: TITLE, placeholder, source, position, none: NONE });
}
