import path from 'node:path';
import type * as vscode from 'vscode';
import { z } from 'zod';
import type { RobustnessResult } from '../../contract/results';
import { askCheckpoint } from '../checkpoints/ask-second';
import { chooseCheckpoint, diskPath } from '../checkpoints/choose';
import { askData } from '../data/ask';
import { dataFor, knownData } from '../data/choose';
import { askUnclear } from '../equal-weights/ask';
import { RobustnessRun } from '../checks/robustness-run';
import { preprocessingAside, readyForImages } from '../preprocessing/choose';
import { runSteps } from '../ui/steps';
import { runCheck } from '../checks/run-check';
import { givenOptions, isTrusted, type CommandServices } from '../services';

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

function run(
  services: CommandServices,
  uri: vscode.Uri,
  { data, against, limit }: Asked,
): Promise<RobustnessResult | undefined> {
  const source = diskPath(uri);
  const file = uri.toString();
  const asked = { data, ...(against !== undefined && { against }), ...(limit !== undefined && { limit }) };
  services.data.remember(file, data);
  services.states.update(file, { lastAgainst: against });
  const check = new RobustnessRun(asked);
  return runCheck(services, uri, {
    name: 'Robustness check',
    kind: 'robustness',
    measurement: 'robustness',
    files: against === undefined ? [source] : [source, against],
    run: check,
    show: () => services.states.update(file, { robustness: check.state }),
    note: (notice) => {
      if (notice.kind === 'row') check.add(notice.row);
    },
    measure: (said, callOptions) =>
      services.trainer.call('robustness', { path: source, ...said, ...asked }, callOptions),
    agreement: "agreement with the network's own answers",
  });
}

interface Answers {
  readonly data?: string;
  readonly against?: string | undefined;
}

async function ask(services: CommandServices, uri: vscode.Uri): Promise<RobustnessOptions | undefined> {
  const answers = await runSteps<Answers>(
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
  const { against } = answers ?? {};
  if (answers) await askUnclear(services, [diskPath(uri), ...(against === undefined ? [] : [against])]);
  return answers;
}

function askAgainst(uri: vscode.Uri, position: Parameters<typeof askCheckpoint>[0]['position']) {
  const source = diskPath(uri);
  const placeholder = `Which checkpoint is ${path.basename(source)} held against, on the same images?`;
  return askCheckpoint({ title: TITLE, placeholder, source, position, none: NONE });
}
