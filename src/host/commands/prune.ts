import type * as vscode from 'vscode';
import { z } from 'zod';
import type { PruneResult } from '../../contract/results';
import type { PruningOptions } from '../../contract/page';
import { chooseCheckpoint, diskPath } from '../checkpoints/choose';
import { askData } from '../data/ask';
import { dataFor, knownData } from '../data/choose';
import { askUnclear } from '../equal-weights/ask';
import { PruningRun } from '../checks/pruning-run';
import { preprocessingAside, readyForImages } from '../preprocessing/choose';
import { showPick } from '../ui/quick-pick';
import { runSteps, type StepPosition } from '../ui/steps';
import { runCheck } from '../checks/run-check';
import { givenOptions, isTrusted, type CommandServices } from '../services';
import type { PositionGroup } from '../../shared/position-groups';

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

function run(
  services: CommandServices,
  uri: vscode.Uri,
  data: string,
  options: PruningOptions,
): Promise<PruneResult | undefined> {
  const source = diskPath(uri);
  const file = uri.toString();
  services.data.remember(file, data);
  const check = new PruningRun(data, options);
  return runCheck(services, uri, {
    name: 'Pruning check',
    kind: 'prune',
    measurement: 'pruning',
    files: [source],
    run: check,
    show: () => services.states.update(file, { pruning: check.state }),
    note: (notice) => {
      if (notice.kind === 'point') check.add(notice.group, notice.point);
    },
    measure: (said, callOptions) =>
      services.trainer.call('prune', { path: source, data, ...said, ...options }, callOptions),
    agreement: 'agreement with the unpruned network',
  });
}

interface Answers {
  readonly data?: string;
  readonly groups: readonly PositionGroup[];
  readonly seeds: number;
}

async function ask(services: CommandServices, uri: vscode.Uri): Promise<PruneOptions | undefined> {
  await askUnclear(services, [diskPath(uri)]);
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
