/** What a pruning check is asked for, how far it has come, Run and Stop. */
import type { VNode } from 'preact';
import type { InspectorState } from '../../../src/contract/page';
import { Chosen, CheckRow, ImagesSelect, limitOf } from '../../ui/check';
import { Select } from '../../ui/controls';
import { blocked } from '../../ui/reasons';
import { tail } from '../../ui/paths';
import { send } from '../../host';
import type { PruningChoices } from './choices';
import { PRUNING, type PruningProps } from './context';
import { plannedRatios } from './model';
import type { PruningView } from './model';
import type { Format } from '../../../src/shared/format';
import type { PositionGroup } from '../../../src/shared/position-groups';

const GROUP_SETS: Readonly<Record<PruningChoices['groups'], readonly PositionGroup[]>> = {
  three: ['corner', 'skeleton', 'global'],
  two: ['corner', 'skeleton'],
  all: ['corner', 'skeleton', 'global', 'square', 'border'],
};

/** Folder or file of images that the next check will use. */
function chosenData({ lastData, pruning }: InspectorState): string | undefined {
  return lastData ?? pruning?.data;
}

/** Images and choices; what the check is asked for cannot be changed while it runs. */
export function PruningControls({ state, choices, choose }: PruningProps): VNode {
  const running = state.job?.kind === PRUNING.kind;
  return (
    <div class="choices" role="group" aria-label="What is measured">
      <Chosen
        label="Data"
        path={chosenData(state)}
        shown={(path) => tail(path, 2)}
        ask="Choose Images…"
        change="Change…"
        reason={blocked(state, PRUNING.kind)}
        message="chooseData"
      />
      <Select
        label="Groups"
        value={choices.groups}
        disabled={running}
        options={[
          { value: 'three', label: 'Corners, skeleton, all' },
          { value: 'two', label: 'Corners, skeleton' },
          { value: 'all', label: 'All five, border variant too' },
        ]}
        onChange={(groups) => {
          choose({ groups });
        }}
      />
      <MoreControls {...{ choices, choose, running }} />
    </div>
  );
}

function MoreControls({
  choices,
  choose,
  running,
}: Pick<PruningProps, 'choices' | 'choose'> & { readonly running: boolean }): VNode {
  return (
    <>
      <Select
        label="Steps"
        value={choices.step}
        disabled={running}
        options={(['5', '2', '1'] as const).map((value) => ({ value, label: `${value} %` }))}
        onChange={(step) => {
          choose({ step });
        }}
      />
      <Select
        label="Seeds"
        value={choices.seeds}
        disabled={running}
        options={(['1', '3', '5', '10'] as const).map((value) => ({ value, label: value }))}
        onChange={(seeds) => {
          choose({ seeds });
        }}
      />
      <ImagesSelect
        value={choices.images}
        disabled={running}
        onChange={(images) => {
          choose({ images });
        }}
      />
      <Select
        label="Overlay"
        value={choices.overlay}
        options={[
          { value: 'acnet', label: 'Paper, ACNet (fig. 5b)' },
          { value: 'normal', label: 'Paper, baseline (fig. 5a)' },
          { value: 'border', label: 'Paper, border (fig. 5c)' },
          { value: 'none', label: 'None' },
        ]}
        onChange={(overlay) => {
          choose({ overlay });
        }}
      />
    </>
  );
}

/** Asks for the check that the choices describe. */
export function runCheck({ inspected, choices }: Pick<PruningProps, 'inspected' | 'choices'>): void {
  send({
    type: 'prune',
    groups: [...GROUP_SETS[choices.groups]],
    ratios: plannedRatios(Number(choices.step), inspected.sites),
    seeds: Number(choices.seeds),
    ...limitOf(choices.images),
  });
}

/** How far the check has come, Run and Stop. */
export function RunRow(props: PruningProps & { readonly view: PruningView | undefined }): VNode {
  const { state, view, format, inspected, choices } = props;
  const run = state.pruning;
  return (
    <CheckRow
      check={PRUNING}
      id="prune-run"
      {...{ state, format, run, view }}
      data={chosenData(state)}
      bar={({ measured, planned }) => ({ done: measured, total: planned })}
      done={view ? `${format.counted(view.measured, 'point')} measured` : ''}
      details={run && view ? detailWords(run.phase, view, format) : []}
      start={() => {
        runCheck({ inspected, choices });
      }}
    />
  );
}

function detailWords(
  phase: NonNullable<InspectorState['pruning']>['phase'],
  view: PruningView,
  format: Format,
): string[] {
  const points =
    phase === 'done' ? [] : [`${format.count(view.measured)} of ${format.counted(view.planned, 'point')}`];
  const images = view.images === undefined ? [] : [format.counted(view.images, 'image')];
  return [...points, view.seeds === 1 ? '1 seed' : `${format.count(view.seeds)} seeds each`, ...images];
}
