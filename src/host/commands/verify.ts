import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { z } from 'zod';
import type { VerifyResult } from '../../contract/results';
import type { VerifyState } from '../../contract/operations/verify';
import { askCheckpoint } from '../checkpoints/ask-second';
import type { Target } from '../checkpoints/target';
import { askUnclear } from '../reading/ask';
import { toErrorState } from '../errors';
import { preprocessingAside, preprocessingSaid, readyForImages, type Aside } from '../preprocessing/choose';
import { showPick } from '../ui/quick-pick';
import { runSteps, type Step, type StepPosition } from '../ui/steps';
import { announce, inspectAction, type Action } from '../kit/announce';
import { execute, type Command } from '../kit/command';
import { onCheckpoint } from '../kit/on-checkpoint';
import type { CommandServices } from '../services';
import { counted, scientific } from '../../shared/numbers';
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

/** Whether two files' networks give the same outputs. */
export const verify: Command<VerifyResult> = {
  id: 'verify',
  title: 'Verify Equivalence…',
  icon: 'check-all',
  needsTrust: 'Verifying',
  menus: { explorer: 'checkpoint', inspector: { group: '1_acnet', when: 'canRun' } },
  fromPage: { verify: ({ run }) => run() },
  run: onCheckpoint({
    asks: TITLE,
    options: verifyOptions,
    ask,
    run: async (services, target, options) =>
      options.data === undefined || (await readyForImages(services, target))
        ? run(services, target, options)
        : undefined,
  }),
};

/** The button that verifies what was written against its source; none where nothing can be run through it. */
export function verifyWritten(
  { uri }: Target,
  { output, hasGraph = true }: { readonly output: string; readonly hasGraph?: boolean },
): readonly Action[] {
  return hasGraph ? [{ label: 'Verify', run: () => execute(verify, uri, { other: output }) }] : [];
}

async function run(
  services: CommandServices,
  target: Target,
  options: VerifyOptions,
): Promise<VerifyResult | undefined> {
  const { other, ...rest } = options;
  const { path: source, key: file } = target;
  const names = `${target.name} and ${path.basename(other)}`;
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
        await services.measurements.begin(target, 'verify');
        const said = rest.data === undefined ? {} : await preprocessingSaid(services, target);
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
  announce(
    services,
    message,
    [inspectAction(services, `Open ${path.basename(other)}`, other)],
    passed ? 'info' : 'warning',
  );
}

async function ask(services: CommandServices, target: Target): Promise<VerifyOptions | undefined> {
  const known = services.memory.data.of(target.path);
  const aside = preprocessingAside(services, target);
  const used = known !== undefined && existsSync(known) ? known : undefined;
  const answers = await runSteps<Answers>(
    [
      (_state, position) => askOther(target, position),
      ...(used === undefined ? [] : [askInputs(used, aside)]),
    ],
    {},
  );
  if (!answers?.other) return undefined;
  const { other, data } = answers;
  await askUnclear(services, [target.path, other]);
  return { other, samples: SAMPLES, ...(data !== undefined && { data }) };
}

async function askOther(
  { path: source, name }: Target,
  position: StepPosition,
): Promise<Answers | 'back' | undefined> {
  const placeholder = `Which checkpoint is compared with ${name}?`;
  const answer = await askCheckpoint({ title: TITLE, placeholder, source, position });
  return answer === undefined || answer === 'back' ? answer : { other: answer.file };
}

type InputsItem = vscode.QuickPickItem & { readonly data?: string };

function askInputs(data: string, aside: Aside): Step<Answers> {
  const items: readonly InputsItem[] = [
    { label: 'Random numbers', detail: `${SAMPLES} inputs, the same every time` },
    { label: 'Images', description: vscode.workspace.asRelativePath(data), detail: 'used before', data },
  ];
  return async (_state, position) => {
    for (;;) {
      const more: InputsItem = { label: aside.label, detail: aside.detail() };
      const options = { title: TITLE, placeholder: 'On which inputs?', selected: items.slice(0, 1) };
      const picked = await showPick({ ...options, items: [...items, more], many: false, position });
      if (picked === undefined || picked === 'back') return picked;
      if (picked[0] !== more) return { data: picked[0]?.data };
      await aside.run();
    }
  };
}
