import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { z } from 'zod';
import type { VerifyResult } from '../../contract/results';
import type { VerifyState } from '../../contract/page';
import { askCheckpoint } from '../checkpoints/ask-second';
import { chooseCheckpoint, diskPath } from '../checkpoints/choose';
import { askUnclear } from '../equal-weights/ask';
import { toErrorState } from '../errors';
import { preprocessingAside, preprocessingSaid, readyForImages, type Aside } from '../preprocessing/choose';
import { showPick } from '../ui/quick-pick';
import { runSteps, type StepPosition } from '../ui/steps';
import { announce, givenOptions, inspectAction, isTrusted, type CommandServices } from '../services';
import { counted, scientific } from '../ui/words';
import { notify } from '../ui/window';

const TITLE = 'Verify Equivalence';
/** Enough that a difference shows, few enough for a moment's work. */
const SAMPLES = 64;

/** For callers by name: nothing is asked. */
const verifyOptions = z.strictObject({
  other: z.string().min(1),
  samples: z.int().min(1).default(SAMPLES),
  /** Images, a folder or a file; random numbers when absent. */
  data: z.string().min(1).optional(),
  tolerance: z.number().positive().optional(),
  seed: z.int().optional(),
});
type VerifyOptions = z.output<typeof verifyOptions>;

interface Answers {
  readonly other?: string;
  readonly data?: string;
}

/** `acnet.verify`: whether two files' networks answer the same; arguments as of `acnet.convert`. */
export async function verify(
  services: CommandServices,
  given: unknown,
  options: unknown,
): Promise<VerifyResult | undefined> {
  if (!isTrusted('Verifying')) return undefined;
  const uri = await chooseCheckpoint(given, TITLE);
  if (!uri) return undefined;
  const chosen = givenOptions(verifyOptions, options) ?? (await ask(services, uri));
  if (!chosen || (chosen.data !== undefined && !(await readyForImages(services, uri)))) return undefined;
  return run(services, uri, chosen);
}

async function run(
  services: CommandServices,
  uri: vscode.Uri,
  options: VerifyOptions,
): Promise<VerifyResult | undefined> {
  const { other, ...rest } = options;
  const source = diskPath(uri);
  const file = uri.toString();
  const names = `${path.basename(source)} and ${path.basename(other)}`;
  const show = (state: Omit<VerifyState, 'other'>): void =>
    services.states.update(file, { verify: { other, ...state } });
  show({ phase: 'queued' });
  const stopped = (): void => void notify('info', `Comparing ${names}: stopped.`);
  const plan = { title: `Comparing ${names}`, kind: 'verify', file } as const;
  try {
    const result = await services.jobs.run(
      plan,
      async (job) => {
        show({ phase: 'running' });
        await services.measurements.begin(file, 'verify', [source, other]);
        const said = rest.data === undefined ? {} : await preprocessingSaid(services, uri);
        const request = { a: source, b: other, ...said, ...rest };
        return services.trainer.call('verify', request, job.callOptions());
      },
      stopped,
    );
    show(result ? { phase: 'done', result } : { phase: 'stopped' });
    await services.measurements.look(file);
    if (result) tell(services, names, other, result);
    return result;
  } catch (error) {
    show({ phase: 'failed', error: toErrorState(error, source) });
    throw error;
  }
}

function tell(services: CommandServices, names: string, other: string, result: VerifyResult): void {
  const { passed, maxRel, tolerance, samples, problem, blocks } = result;
  const worst = blocks?.worst === undefined ? '' : ` (${blocks.worst})`;
  const where = blocks ? 'of a block' : 'of the outputs';
  const numbers = `largest relative difference ${where} ${scientific(blocks?.maxRel ?? maxRel)}${worst} on ${counted(samples, 'input')}`;
  const allowed = `${scientific(tolerance, 0)} is allowed`;
  const why = problem === undefined ? '' : `: ${problem}`;
  const message = passed
    ? `${names} give the same outputs: ${numbers}; ${allowed}.`
    : `${names} differ${why}: ${numbers}; ${allowed}.`;
  services.log.info(message);
  announce(message, [inspectAction(services, 'Inspect the Other', other)], passed ? 'info' : 'warning');
}

async function ask(services: CommandServices, uri: vscode.Uri): Promise<VerifyOptions | undefined> {
  const known = services.data.of(uri.toString());
  const aside = preprocessingAside(services, uri);
  const used = known !== undefined && existsSync(known) ? known : undefined;
  const answers = await runSteps<Answers>(
    [
      (state, position) => askOther(diskPath(uri), state, position),
      ...(used === undefined
        ? []
        : [(state: Answers, position: StepPosition) => askInputs(used, state, position, aside)]),
    ],
    {},
  );
  if (!answers?.other) return undefined;
  const { other, data } = answers;
  await askUnclear(services, [diskPath(uri), other]);
  return { other, samples: SAMPLES, ...(data !== undefined && { data }) };
}

async function askOther(
  source: string,
  state: Answers,
  position: StepPosition,
): Promise<Answers | 'back' | undefined> {
  const placeholder = `Which checkpoint is held against ${path.basename(source)}?`;
  const answer = await askCheckpoint({ title: TITLE, placeholder, source, position });
  return answer === undefined || answer === 'back' ? answer : { ...state, other: answer.file };
}

type InputsItem = vscode.QuickPickItem & { readonly data?: string };

async function askInputs(
  data: string,
  state: Answers,
  position: StepPosition,
  aside: Aside,
): Promise<Answers | 'back' | undefined> {
  const items: readonly InputsItem[] = [
    { label: 'Random numbers', detail: `${SAMPLES} inputs, the same every time` },
    { label: 'Images', description: vscode.workspace.asRelativePath(data), detail: 'used before', data },
  ];
  for (;;) {
    const more: InputsItem = { label: aside.label, detail: aside.detail() };
    const options = { title: TITLE, placeholder: 'On which inputs?', selected: items.slice(0, 1) };
    const picked = await showPick({ ...options, items: [...items, more], many: false, position });
    if (picked === undefined || picked === 'back') return picked;
    if (picked[0]?.label !== aside.label) return { ...state, data: picked[0]?.data };
    await aside.run();
  }
}
