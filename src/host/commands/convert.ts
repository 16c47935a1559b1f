import path from 'node:path';
import * as vscode from 'vscode';
import { z } from 'zod';
import type { ConvertResult, InspectResult, SiteResult } from '../../contract/results';
import { chooseCheckpoint, diskPath } from '../checkpoints/choose';
import { inspectClearly } from '../equal-weights/ask';
import { HostError } from '../errors';
import { askOutput, type Output } from '../checkpoints/ask-output';
import { showPick } from '../ui/quick-pick';
import { runSteps, type Step, type StepPosition } from '../ui/steps';
import { announceFile, givenOptions, isTrusted, writing, type CommandServices } from '../services';
import { notify } from '../ui/window';

const TITLE = 'Convert to ACNet';

type Initialisation = 'preserve' | 'random';

/** For callers by name (tasks, key bindings, other extensions): nothing is asked. */
const convertOptions = z.strictObject({
  output: z.string().min(1),
  layers: z.array(z.string()).optional(),
  initialisation: z.enum(['preserve', 'random']).default('preserve'),
  variant: z.enum(['skeleton', 'border']).default('skeleton'),
  assumeNorms: z.boolean().optional(),
  overwrite: z.boolean().default(false),
});
type ConvertOptions = z.infer<typeof convertOptions>;

/** From the inspector, where sites may have been ticked already: the questions follow. */
const tickedOptions = z.strictObject({ ticked: z.array(z.string()) });

interface Answers {
  readonly sites: readonly string[];
  /** Asked where batch norms are known by their names alone. */
  readonly assumeNorms?: boolean;
  readonly initialisation: Initialisation;
  readonly output?: Output;
}

/**
 * `acnet.convert`.
 * @param given the file; asked for when it cannot be told
 * @param options what to do without asking; menus pass things of their own here, which are ignored
 */
export async function convert(
  services: CommandServices,
  given: unknown,
  options: unknown,
): Promise<ConvertResult | undefined> {
  if (!isTrusted('Converting')) return undefined;
  const uri = await chooseCheckpoint(given, TITLE);
  if (!uri) return undefined;
  const chosen =
    givenOptions(convertOptions, options) ??
    (await ask(services, uri, tickedOptions.safeParse(options).data?.ticked ?? namesTicked(services, uri)));
  return chosen && run(services, uri, chosen);
}

/** Names that were ticked by hand where the inspector shows the file. */
function namesTicked(services: CommandServices, uri: vscode.Uri): readonly string[] | undefined {
  const ticked = services.tickedIn(uri);
  return ticked === 'default' ? undefined : ticked;
}

async function run(
  services: CommandServices,
  uri: vscode.Uri,
  { output, ...options }: ConvertOptions,
): Promise<ConvertResult | undefined> {
  const source = diskPath(uri);
  const plan = {
    title: `Converting ${path.basename(source)}`,
    kind: 'convert',
    file: uri.toString(),
  } as const;
  const result = await services.jobs.run(plan, (job) =>
    writing(services, [path.dirname(output)], () =>
      services.reader.call('convert', { path: source, output, ...options }, job.callOptions()),
    ),
  );
  if (!result) return undefined;
  const { converted } = result;
  services.log.info(`${source}: converted ${converted.join(', ')} into ${output}`);
  const count = converted.length === 1 ? '1 convolution' : `${converted.length} convolutions`;
  announceFile(services, `Converted ${count} into ${path.basename(output)}.`, source, result);
  return result;
}

async function ask(
  services: CommandServices,
  uri: vscode.Uri,
  ticked?: readonly string[],
): Promise<ConvertOptions | undefined> {
  const source = diskPath(uri);
  const inspected = await inspectClearly(services, source);
  const eligible = eligibleSites(inspected, source);
  const why = {
    iconPath: new vscode.ThemeIcon('info'),
    tooltip: 'Show all convolutions in the inspector',
    onPress: () => void services.openInInspector(uri),
  };
  const steps: ReadonlyArray<Step<Answers>> = [
    (state, position) => askSites(state, position, inspected.sites, eligible, why),
    ...(eligible.some(({ normByName }) => normByName !== undefined) ? [askNorms(eligible)] : []),
    askInitialisation,
    async (state, position) => {
      const output = await askOutput(source, 'acnet', TITLE, position);
      return output === undefined || output === 'back' ? output : { ...state, output };
    },
  ];
  const before = ticked ?? eligible.filter(({ selected }) => selected).map(({ name }) => name);
  const answers = await runSteps(steps, { sites: before, initialisation: 'preserve' });
  if (!answers?.output) return undefined;
  const { sites, assumeNorms, initialisation, output } = answers;
  return {
    layers: [...sites],
    ...(assumeNorms !== undefined && { assumeNorms }),
    initialisation,
    variant: 'skeleton',
    output: output.path,
    overwrite: output.overwrite,
  };
}

/** @throws HostError that says why nothing can be converted */
function eligibleSites({ hasGraph, sites }: InspectResult, source: string): readonly SiteResult[] {
  const file = path.basename(source);
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
): Promise<Answers | 'back' | undefined> {
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
  if (picked.length > 0) return { ...state, sites: picked.map(({ label }) => label) };
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
  return async (state, position) => {
    const pairs = eligible.flatMap(({ name, normByName }) =>
      normByName !== undefined && state.sites.includes(name) ? [`${normByName} behind ${name}`] : [],
    );
    const more = pairs.length > SHOWN_PAIRS ? ` and ${pairs.length - SHOWN_PAIRS} more` : '';
    const items = [
      {
        label: 'Leave the batch norms as they are',
        description: 'right whatever the network is',
        detail: 'Each block stands in front of the batch norm, which stays where it was.',
        assumeNorms: false,
      },
      {
        label: 'Assume the batch norms by their names',
        description: pairs.length === 0 ? 'none is chosen' : pairs.slice(0, SHOWN_PAIRS).join(', ') + more,
        detail:
          'Each goes into the block, as in the paper. Right if your code runs it straight behind its convolution.',
        assumeNorms: true,
      },
    ];
    const picked = await showPick({
      title: TITLE,
      placeholder: 'The file holds no network that shows which batch norm is whose',
      items,
      selected: items.filter(({ assumeNorms }) => assumeNorms === (state.assumeNorms ?? false)),
      many: false,
      position,
    });
    if (picked === undefined || picked === 'back') return picked;
    const [item] = picked;
    return item && { ...state, assumeNorms: item.assumeNorms };
  };
}

async function askInitialisation(
  state: Answers,
  position: StepPosition,
): Promise<Answers | 'back' | undefined> {
  const items: ReadonlyArray<vscode.QuickPickItem & { readonly value: Initialisation }> = [
    {
      label: 'Preserve the output',
      description: 'for a trained checkpoint',
      detail: 'New branches start at γ = 0: the network answers as before.',
      value: 'preserve',
    },
    {
      label: 'Random',
      description: 'for training from scratch, as in the paper',
      detail: 'New branches start at γ = 1: the output changes.',
      value: 'random',
    },
  ];
  const picked = await showPick({
    title: TITLE,
    placeholder: 'How do the new branches start?',
    items,
    selected: items.filter(({ value }) => value === state.initialisation),
    many: false,
    position,
  });
  if (picked === undefined || picked === 'back') return picked;
  const [item] = picked;
  return item && { ...state, initialisation: item.value };
}
