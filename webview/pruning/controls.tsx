/** What a pruning check is asked for, how far it has come, Run and Stop. */
import type { VNode } from 'preact';
import type { PositionGroup } from '../../src/operations/results';
import type { InspectorState } from '../../src/protocol/inspector';
import { Select } from '../parts/controls';
import { Icon } from '../parts/icons';
import { blocked } from '../parts/actions';
import { tail } from '../parts/paths';
import { ProgressRow } from '../parts/progress';
import { progressDetails } from '../parts/progress-words';
import type { Choices, PruneGroups } from '../state';
import { Button } from '../toolkit';
import type { ButtonProps } from '../toolkit';
import { send } from '../vscode';
import type { PruningProps } from './context';
import { plannedRatios } from './model';
import type { PruningView } from './model';
import type { Format } from '../format';

const GROUP_SETS: Readonly<Record<PruneGroups, readonly PositionGroup[]>> = {
  three: ['corner', 'skeleton', 'global'],
  two: ['corner', 'skeleton'],
  all: ['corner', 'skeleton', 'global', 'square', 'border'],
};

/** Folder or file of images that the next check will use. */
export function chosenData({ lastData, pruning }: InspectorState): string | undefined {
  return lastData ?? pruning?.data;
}

export function PruningControls({ state, choices, choose }: PruningProps): VNode {
  const data = chosenData(state);
  const running = state.job?.kind === 'prune';
  return (
    <div class="choices" role="group" aria-label="What is measured">
      <span class="select">
        <span class="label">Data</span>
        {data !== undefined && (
          <span class="mono clipped data-name" title={data}>
            {tail(data, 2)}
          </span>
        )}
        <Button
          label={data === undefined ? 'Choose Images…' : 'Change…'}
          disabledReason={blocked(state, 'prune')}
          onClick={() => {
            send({ type: 'chooseData' });
          }}
        />
      </span>
      <Select
        label="Groups"
        value={choices.pruneGroups}
        disabled={running}
        options={[
          { value: 'three', label: 'Corners, skeleton, all' },
          { value: 'two', label: 'Corners, skeleton' },
          { value: 'all', label: 'All five, border variant too' },
        ]}
        onChange={(pruneGroups) => {
          choose({ pruneGroups });
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
        value={choices.pruneStep}
        disabled={running}
        options={(['5', '2', '1'] as const).map((value) => ({ value, label: `${value} %` }))}
        onChange={(pruneStep) => {
          choose({ pruneStep });
        }}
      />
      <Select
        label="Seeds"
        value={choices.pruneSeeds}
        disabled={running}
        options={(['1', '3', '5', '10'] as const).map((value) => ({ value, label: value }))}
        onChange={(pruneSeeds) => {
          choose({ pruneSeeds });
        }}
      />
      <Select
        label="Images"
        value={choices.pruneImages}
        disabled={running}
        options={[
          { value: 'all', label: 'All' },
          { value: '2000', label: 'At most 2,000' },
          { value: '1000', label: 'At most 1,000' },
          { value: '200', label: 'At most 200' },
        ]}
        onChange={(pruneImages) => {
          choose({ pruneImages });
        }}
      />
      <Select
        label="Overlay"
        value={choices.overlay}
        options={[
          { value: 'acnet', label: 'Paper, ACNet (fig. 5b)' },
          { value: 'plain', label: 'Paper, plain (fig. 5a)' },
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
    groups: [...GROUP_SETS[choices.pruneGroups]],
    ratios: plannedRatios(Number(choices.pruneStep), inspected.sites),
    seeds: Number(choices.pruneSeeds),
    ...limitOf(choices),
  });
}

function limitOf({ pruneImages }: Choices): { limit?: number } {
  return pruneImages === 'all' ? {} : { limit: Number(pruneImages) };
}

/** Progress with the one button that is Run while nothing runs and Stop while it does. */
export function RunRow(props: PruningProps & { readonly view: PruningView | undefined }): VNode {
  const { state, view, format } = props;
  const run = state.pruning;
  const button = <Button id="prune-run" {...(view?.live === true ? stopProps(state) : runProps(props))} />;
  if (!run || !view) {
    return (
      <ProgressRow name="Pruning check" progress={undefined} words="" note={IDLE_NOTE}>
        {button}
      </ProgressRow>
    );
  }
  const { live } = view;
  const rest = live ? progressDetails(run.progress ?? state.job?.progress, 'images', format) : [];
  return (
    <ProgressRow
      name="Pruning check"
      progress={run.phase === 'done' ? undefined : { done: view.measured, total: view.planned }}
      words={phaseWords(run.phase, view, format, live && state.job?.stopping)}
      details={[...detailWords(run.phase, view, format), ...rest].join(' · ')}
      note={live ? 'What is measured stays.' : IDLE_NOTE}
    >
      {button}
    </ProgressRow>
  );
}

const IDLE_NOTE = 'No retraining; the file is not changed.';

// One button, not one of two: the focus stays on it when it becomes the other.
function stopProps({ job }: InspectorState): ButtonProps {
  return {
    label: 'Stop',
    icon: <Icon name="stop" />,
    disabledReason: job?.stopping ? 'Stopping' : undefined,
    onClick: () => {
      send({ type: 'cancelJob' });
    },
  };
}

function runProps({ state, inspected, choices }: PruningProps): ButtonProps {
  const noData = chosenData(state) === undefined ? 'Choose images first' : undefined;
  return {
    label: state.pruning ? 'Run Again' : 'Run Pruning Check',
    primary: true,
    disabledReason: blocked(state, 'prune') ?? noData,
    onClick: () => {
      runCheck({ inspected, choices });
    },
  };
}

function phaseWords(
  phase: NonNullable<InspectorState['pruning']>['phase'],
  view: PruningView,
  format: Format,
  stopping?: boolean,
): string {
  if (stopping) return 'Stopping';
  if (phase === 'queued') return 'Waiting for the jobs before it';
  if (phase === 'running') return view.measured === 0 ? 'Starting' : 'Measuring';
  if (phase === 'done') return `${format.counted(view.measured, 'point')} measured`;
  return phase === 'stopped' ? 'Stopped' : 'Failed';
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
