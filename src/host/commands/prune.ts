import path from 'node:path';
import * as vscode from 'vscode';
import { z } from 'zod';
import type { PositionGroup, PruneResult } from '../../operations/results';
import type { PruningOptions } from '../../protocol/inspector';
import type { Notice } from '../../protocol/worker';
import { chooseCheckpoint, diskPath } from '../checkpoints';
import { askData } from '../data/ask';
import { dataFor, knownData } from '../data/choose';
import { toErrorState } from '../errors';
import type { Job } from '../jobs/job';
import { PruningRun } from '../runs/pruning-run';
import { preprocessingAside, preprocessingSaid, readyForImages } from '../preprocessing/choose';
import { showPick } from '../ui/quick-pick';
import { runSteps, type StepPosition } from '../ui/steps';
import { announce, givenOptions, inspectAction, isTrusted, type CommandServices } from './context';
import { counted } from '../ui/words';

const TITLE = 'Pruning Check';

const group = z.enum(['corner', 'skeleton', 'global', 'square', 'border']);

/** For callers by name, the inspector's page among them: what is absent is asked or has the paper's value. */
const pruneOptions = z.strictObject({
  /** Images, a folder or a file; asked for when absent and none was used on the file before. */
  data: z.string().min(1).optional(),
  groups: z.array(group).min(1).default(['corner', 'skeleton', 'global']),
  ratios: z.array(z.number().min(0).max(1)).min(1).optional(),
  seeds: z.int().min(1).default(5),
  limit: z.int().min(1).optional(),
});
type PruneOptions = z.output<typeof pruneOptions>;

/** `acnet.prune`; arguments as of `acnet.convert`. */
export async function prune(
  services: CommandServices,
  given: unknown,
  options: unknown,
): Promise<PruneResult | undefined> {
  if (!isTrusted('The pruning check')) return undefined;
  const uri = await chooseCheckpoint(given, TITLE);
  if (!uri) return undefined;
  const chosen = givenOptions(pruneOptions, options) ?? (await ask(services, uri));
  if (!chosen) return undefined;
  const { data = await dataFor(services, uri), ...rest } = chosen;
  if (data === undefined || !(await readyForImages(services, uri))) return undefined;
  return run(services, uri, data, rest);
}

async function run(
  services: CommandServices,
  uri: vscode.Uri,
  data: string,
  options: PruningOptions,
): Promise<PruneResult | undefined> {
  const source = diskPath(uri);
  const file = uri.toString();
  services.data.remember(file, data);
  const check = new PruningRun(data, options);
  const show = (): void => services.states.update(file, { pruning: check.state });
  show();
  const plan = {
    title: `Pruning check of ${path.basename(source)}`,
    kind: 'prune',
    file,
    pausable: true,
  } as const;
  try {
    const work = async (job: Job): Promise<PruneResult> => {
      await services.measurements.begin(file, 'pruning', [source]);
      const said = await preprocessingSaid(services, uri);
      const request = { path: source, data, ...said, ...options };
      return measure(services, job, request, check, show);
    };
    const result = await services.jobs.run(plan, work, () => tellStopped(source));
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
  request: Parameters<typeof trainer.call<'prune'>>[1],
  check: PruningRun,
  show: () => void,
): Promise<PruneResult> {
  check.begin();
  show();
  const changes = job.onChange(() => {
    if (job.state.progress) check.setProgress(job.state.progress);
    show();
  });
  const onNotice = (notice: Notice): void => {
    if (notice.kind !== 'point') return;
    check.add(notice.group, notice.point);
    show();
  };
  try {
    return await trainer.call('prune', request, job.callOptions(onNotice));
  } finally {
    changes.dispose();
  }
}

function tellStopped(source: string): void {
  const message = `The pruning check of ${path.basename(source)} was stopped; what was measured is kept.`;
  void vscode.window.showInformationMessage(message);
}

function tell(services: CommandServices, uri: vscode.Uri, result: PruneResult): void {
  const name = path.basename(uri.fsPath);
  const what = result.measure === 'agreement' ? 'agreement with the unpruned network' : 'accuracy';
  const message = `Pruning check of ${name}: ${what} measured on ${counted(result.images, 'image')}.`;
  services.log.info(message);
  announce(message, [inspectAction(services, 'Open Inspector', uri.fsPath)]);
}

interface Answers {
  readonly data?: string;
  readonly groups: readonly PositionGroup[];
  readonly seeds: number;
}

async function ask(services: CommandServices, uri: vscode.Uri): Promise<PruneOptions | undefined> {
  const answers = await runSteps<Answers>(
    [
      async (state, position) => {
        const known = [...(state.data === undefined ? [] : [state.data]), ...knownData(services, uri)];
        const answer = await askData(TITLE, known, position, preprocessingAside(services, uri));
        return answer === undefined || answer === 'back' ? answer : { ...state, ...answer };
      },
      askGroups,
      askSeeds,
    ],
    { groups: ['corner', 'skeleton', 'global'], seeds: 5 },
  );
  return answers && { ...answers, groups: [...answers.groups] };
}

const GROUPS: ReadonlyArray<vscode.QuickPickItem & { readonly group: PositionGroup }> = [
  { label: 'Corners', detail: 'All but the centre row and column', group: 'corner' },
  { label: 'Skeleton', detail: 'The centre row and column', group: 'skeleton' },
  { label: 'Global', detail: 'Every position', group: 'global' },
  { label: 'Square', detail: 'Border variant: all but the last row and column', group: 'square' },
  { label: 'Border', detail: 'Border variant: the last row and column', group: 'border' },
];

async function askGroups(state: Answers, position: StepPosition): Promise<Answers | 'back' | undefined> {
  const selected = GROUPS.filter((item) => state.groups.includes(item.group));
  const placeholder = 'Which positions of the kernels are zeroed?';
  const options = { title: TITLE, placeholder, items: GROUPS, selected, many: true, position };
  const picked = await showPick(options);
  if (picked === undefined || picked === 'back') return picked;
  return picked.length > 0 ? { ...state, groups: picked.map((item) => item.group) } : undefined;
}

async function askSeeds(state: Answers, position: StepPosition): Promise<Answers | 'back' | undefined> {
  const items = [
    { label: '5 random masks', description: 'as in the paper', seeds: 5 },
    { label: '1 random mask', description: 'five times as fast; no spread', seeds: 1 },
    { label: '10 random masks', description: 'a steadier mean', seeds: 10 },
  ];
  const selected = items.filter(({ seeds }) => seeds === state.seeds);
  const placeholder = 'How many masks for each point?';
  const picked = await showPick({ title: TITLE, placeholder, items, selected, many: false, position });
  if (picked === undefined || picked === 'back') return picked;
  return picked[0] && { ...state, seeds: picked[0].seeds };
}
