import path from 'node:path';
import * as vscode from 'vscode';
import { z } from 'zod';
import type { ConvertResult, InspectResult, SiteResult } from '../../contract/results';
import type { Target } from '../checkpoints/target';
import { inspectClearly } from '../reading/ask';
import { HostError } from '../errors';
import { outputStep, type Output } from '../checkpoints/ask-output';
import { choiceStep, showPick } from '../ui/quick-pick';
import { runSteps, type Step, type StepPosition } from '../ui/steps';
import { announceWritten } from '../kit/announce';
import type { Command } from '../kit/command';
import { onCheckpoint } from '../kit/on-checkpoint';
import { writing } from '../kit/writing';
import type { CommandServices } from '../services';
import { counted } from '../../shared/numbers';
import { notify } from '../ui/window';
import { verifyWritten } from './verify';
import { BRANCHES, STARTS, VARIANTS, type Origin } from '../../shared/choices';

const TITLE = 'Convert to ACNet';

/** For callers by name (tasks, key bindings, other extensions): nothing is asked. */
const convertOptions = z.strictObject({
  output: z.string().min(1),
  layers: z.array(z.string()).optional(),
  start: z.enum(STARTS).default('checkpoint'),
  branches: z.enum(BRANCHES).optional(),
  share: z.number().positive().max(1).optional(),
  variant: z.enum(VARIANTS).default('skeleton'),
  assumeNorms: z.boolean().optional(),
  overwrite: z.boolean().default(false),
});
type ConvertOptions = z.infer<typeof convertOptions>;

/** From the inspector, where sites may have been ticked already: the questions follow. */
const tickedOptions = z.strictObject({ ticked: z.array(z.string()) });

interface Answers {
  readonly sites: readonly string[];
  /** Asked where batch norms are known only by their names. */
  readonly assumeNorms?: boolean;
  readonly start: Origin;
  readonly output?: Output;
}

/** Writes a checkpoint with asymmetric convolution blocks beside its source. */
export const convert: Command<ConvertResult> = {
  id: 'convert',
  title: 'Convert to ACNet…',
  icon: 'git-branch',
  needsTrust: 'Converting',
  menus: {
    explorer: 'checkpoint',
    inspector: { group: 'navigation', when: 'canConvert' },
    row: { group: 'inline', of: 'convertible' },
  },
  fromPage: { convert: ({ run }, { layers }) => run(layers && { ticked: layers }) },
  run: onCheckpoint({
    asks: TITLE,
    options: convertOptions,
    ask: (services, target, passed) =>
      ask(services, target, tickedOptions.safeParse(passed).data?.ticked ?? namesTicked(services, target)),
    run,
  }),
};

/** Names that were ticked by hand where the inspector shows the file. */
function namesTicked(services: CommandServices, { key }: Target): readonly string[] | undefined {
  const ticked = services.tickedIn(key);
  return ticked === 'default' ? undefined : ticked;
}

async function run(
  services: CommandServices,
  target: Target,
  { output, ...options }: ConvertOptions,
): Promise<ConvertResult | undefined> {
  const plan = { title: `Converting ${target.name}`, kind: 'convert', file: target.key } as const;
  const result = await services.jobs.run(plan, (job) =>
    writing(services, [path.dirname(output)], () =>
      services.reader.call('convert', { path: target.path, output, ...options }, job.callOptions()),
    ),
  );
  if (!result) return undefined;
  const { converted } = result;
  services.log.info(`${target.path}: converted ${converted.join(', ')} into ${output}`);
  const message = `Converted ${counted(converted.length, 'convolution')} into ${path.basename(output)}.`;
  announceWritten(services, message, result, verifyWritten(target, result));
  return result;
}

async function ask(
  services: CommandServices,
  target: Target,
  ticked?: readonly string[],
): Promise<ConvertOptions | undefined> {
  const inspected = await inspectClearly(services, target.path);
  const eligible = eligibleSites(inspected, target.name);
  const why = {
    iconPath: new vscode.ThemeIcon('info'),
    tooltip: 'Show all convolutions in the inspector',
    onPress: () => void services.openInInspector(target.uri),
  };
  const asksNorms = eligible.some(({ normByName }) => normByName !== undefined);
  const steps: ReadonlyArray<Step<Answers>> = [
    (state, position) => askSites(state, position, inspected.sites, eligible, why),
    ...(asksNorms ? [askNorms(eligible)] : []),
    askStart,
    outputStep(target.path, 'acnet', TITLE),
  ];
  const before = ticked ?? eligible.filter(({ selected }) => selected).map(({ name }) => name);
  const first: Answers = {
    ...{ sites: before, start: 'checkpoint' },
    ...(asksNorms && { assumeNorms: false }),
  };
  const answers = await runSteps(steps, first);
  if (!answers?.output) return undefined;
  const { sites, assumeNorms, start, output } = answers;
  return {
    layers: [...sites],
    ...(assumeNorms !== undefined && { assumeNorms }),
    start,
    variant: 'skeleton',
    output: output.path,
    overwrite: output.overwrite,
  };
}

/** @throws HostError that says why nothing can be converted */
function eligibleSites({ hasGraph, sites }: InspectResult, file: string): readonly SiteResult[] {
  const eligible = sites.filter((site) => site.eligible);
  if (eligible.length > 0) return eligible;
  if (!hasGraph && sites.length === 0) {
    throw new HostError(`${file} has weights but no network; save the whole model to convert it`);
  }
  const first = sites.find(({ reason }) => reason);
  const reason = first ? ` (${first.name}: ${first.reason})` : '';
  throw new HostError(`${file} has no convolution that could become an ACB${reason}`);
}

async function askSites(
  state: Answers,
  position: StepPosition,
  all: readonly SiteResult[],
  eligible: readonly SiteResult[],
  button: vscode.QuickInputButton & { readonly onPress: () => void },
): Promise<Pick<Answers, 'sites'> | 'back' | undefined> {
  const items = eligible.map((site) => ({
    label: site.name,
    description: describe(site),
    ...(site.reason && { detail: site.reason }),
  }));
  const rest = all.length - eligible.length;
  const placeholder =
    rest === 0
      ? 'Which convolutions become blocks?'
      : `Which become blocks? ${rest} of ${all.length} cannot: see ⓘ`;
  const selected = items.filter(({ label }) => state.sites.includes(label));
  const picked = await showPick({ title: TITLE, placeholder, items, selected, many: true, position, button });
  if (picked === undefined || picked === 'back') return picked;
  if (picked.length > 0) return { sites: picked.map(({ label }) => label) };
  void notify('info', 'No convolution was chosen; nothing was converted.');
  return undefined;
}

function describe(site: SiteResult): string {
  const { kernel, inChannels, outChannels, stride, batchNorm, normByName } = site;
  const norm = {
    absorbed: 'batch norm absorbed',
    separate: normByName === undefined ? 'batch norm stays' : `batch norm ${normByName}?`,
    none: 'no batch norm',
  };
  const steps = stride[0] === stride[1] ? `${stride[0]}` : stride.join('×');
  return `${kernel.join('×')}, ${inChannels} → ${outChannels}, stride ${steps}, ${norm[batchNorm]}`;
}

// More would not fit into the pick; each convolution's own is in the list of the step before.
const SHOWN_PAIRS = 3;

/** The step for weights without a network: a name is all that says which batch norm is whose. */
function askNorms(eligible: readonly SiteResult[]): Step<Answers> {
  const placeholder = 'The file holds no network that shows which batch norm is whose';
  return (state, position) => {
    const pairs = eligible.flatMap(({ name, normByName }) =>
      normByName !== undefined && state.sites.includes(name) ? [`${normByName} behind ${name}`] : [],
    );
    const more = pairs.length > SHOWN_PAIRS ? ` and ${pairs.length - SHOWN_PAIRS} more` : '';
    const ask = choiceStep<Answers>(TITLE, placeholder, [
      {
        label: 'Leave the batch norms as they are',
        description: 'right whatever the network is',
        detail: 'Each block stands in front of the batch norm, which stays where it was.',
        answer: { assumeNorms: false },
      },
      {
        label: 'Assume the batch norms by their names',
        description: pairs.length === 0 ? 'none is chosen' : pairs.slice(0, SHOWN_PAIRS).join(', ') + more,
        detail:
          'Each goes into the block, as in the paper. Right if your code runs it straight behind its convolution.',
        answer: { assumeNorms: true },
      },
    ]);
    return ask(state, position);
  };
}

const askStart = choiceStep<Answers>(TITLE, 'How does the converted network start?', [
  {
    label: 'Preserve the output',
    description: 'for a trained checkpoint',
    detail: 'New branches start at γ = 0: the network gives the same outputs.',
    answer: { start: 'checkpoint' },
  },
  {
    label: 'Start from scratch',
    description: 'to train a new network, as in the paper',
    detail: 'Every weight of the new file is drawn anew, and new branches start at γ = 1.',
    answer: { start: 'scratch' },
  },
]);
