import type * as vscode from 'vscode';
import { z } from 'zod';
import type { PruneResult, PruningPoint } from '../../contract/results';
import { checkCommand } from '../checks/check-command';
import type { Gathering } from '../checks/check-run';
import { showPick } from '../ui/quick-pick';
import type { StepPosition } from '../ui/steps';
import type { PruningOptions, PruningState } from '../../contract/operations/prune';
import { positionGroup } from '../../contract/schema';
import type { PositionGroup } from '../../shared/position-groups';

const TITLE = 'Pruning Check';

/** What is absent is asked or has the paper's value. */
const pruneOptions = z.strictObject({
  /** Images, a folder or a file; asked for when absent and none was used on the file before. */
  data: z.string().min(1).optional(),
  groups: z.array(positionGroup).min(1).default(['corner', 'skeleton', 'global']),
  ratios: z.array(z.number().min(0).max(1)).min(1).optional(),
  seeds: z.int().min(1).default(5),
  limit: z.int().min(1).optional(),
});
type Answers = z.output<typeof pruneOptions>;

/** Accuracy with the weights at some positions of the kernels zeroed. */
export const prune = checkCommand({
  id: 'prune',
  title: 'Pruning Check…',
  icon: 'graph-line',
  menus: { explorer: 'checkpoint', inspector: { group: '1_acnet', when: 'canTrain' } },
  fromPage: { prune: ({ run }, options) => run(options) },
  name: 'Pruning check',
  kind: 'prune',
  fact: 'pruning',
  options: pruneOptions,
  steps: () => [askGroups, askSeeds],
  gather: (data, { data: _data, ...options }) => curvesOf(data, options),
  measure: ({ trainer }, request, { data: _data, ...options }, call) =>
    trainer.call('prune', { ...request, ...options }, call),
  agreement: 'agreement with the unpruned network',
});

/** Gathers the points of a pruning check. */
export function curvesOf(
  data: string,
  options: PruningOptions,
): Gathering<PruneResult, Pick<PruningState, 'data' | 'options' | 'curves'>> {
  const told = new Map<PositionGroup, readonly PruningPoint[]>();
  return {
    note: (notice) => {
      if (notice.kind !== 'point') return;
      const { point } = notice;
      const others = (told.get(notice.group) ?? []).filter(({ ratio }) => ratio !== point.ratio);
      told.set(
        notice.group,
        [...others, point].sort((a, b) => a.ratio - b.ratio),
      );
    },
    shown: (result) => ({ data, options, curves: result?.curves ?? Object.fromEntries(told) }),
  };
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
