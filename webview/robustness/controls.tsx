/** What a robustness check is asked for, how far it has come, Run and Stop. */
import type { VNode } from 'preact';
import type { InspectorState } from '../../src/protocol/inspector';
import { blocked } from '../parts/actions';
import { Select } from '../parts/controls';
import { Icon } from '../parts/icons';
import { fileName, tail } from '../parts/paths';
import { ProgressRow } from '../parts/progress';
import { progressDetails } from '../parts/progress-words';
import type { Choices } from '../state';
import { Button } from '../toolkit';
import type { ButtonProps } from '../toolkit';
import { send } from '../vscode';
import type { Format } from '../format';
import type { RobustnessProps } from './context';
import type { RobustnessView } from './model';

/** Images that the next check will use. */
function chosenData({ lastData, robustness }: InspectorState): string | undefined {
  return lastData ?? robustness?.data;
}

export function RobustnessControls({ state, choices, choose }: RobustnessProps): VNode {
  const running = state.job?.kind === 'robustness';
  return (
    <div class="choices" role="group" aria-label="What is measured">
      <Chosen
        label="Data"
        path={chosenData(state)}
        shown={(path) => tail(path, 2)}
        ask="Choose Images…"
        change="Change Images…"
        reason={blocked(state, 'robustness')}
        message="chooseData"
      />
      <Chosen
        label="Against"
        path={state.lastAgainst}
        shown={fileName}
        ask="Choose Checkpoint…"
        change="Change Checkpoint…"
        reason={blocked(state, 'robustness')}
        message="chooseAgainst"
      />
      <Select
        label="Images"
        value={choices.robustImages}
        disabled={running}
        options={[
          { value: 'all', label: 'All' },
          { value: '2000', label: 'At most 2,000' },
          { value: '1000', label: 'At most 1,000' },
          { value: '200', label: 'At most 200' },
        ]}
        onChange={(robustImages) => {
          choose({ robustImages });
        }}
      />
      <Select
        label="Paper"
        value={choices.paperNetwork}
        options={(['ResNet-18', 'AlexNet'] as const).map((value) => ({ value, label: value }))}
        onChange={(paperNetwork) => {
          choose({ paperNetwork });
        }}
      />
    </div>
  );
}

/** A path that the host asks for. */
function Chosen({
  label,
  path,
  shown,
  ask,
  change,
  reason,
  message,
}: {
  readonly label: string;
  readonly path: string | undefined;
  readonly shown: (path: string) => string;
  readonly ask: string;
  readonly change: string;
  readonly reason: string | undefined;
  readonly message: 'chooseData' | 'chooseAgainst';
}): VNode {
  return (
    <span class="select">
      <span class="label">{label}</span>
      {path !== undefined && (
        <span class="mono clipped data-name" title={path}>
          {shown(path)}
        </span>
      )}
      <Button
        label={path === undefined ? ask : change}
        disabledReason={reason}
        onClick={() => {
          send({ type: message });
        }}
      />
    </span>
  );
}

/** Asks for the check that the choices describe. */
export function runRobustness({ robustImages }: Choices): void {
  send({ type: 'robustness', ...(robustImages !== 'all' && { limit: Number(robustImages) }) });
}

/** Progress with the one button that is Run while nothing runs and Stop while it does. */
export function RunRow(props: RobustnessProps & { readonly view: RobustnessView | undefined }): VNode {
  const { state, view, format } = props;
  const run = state.robustness;
  const button = (
    <Button id="robustness-run" {...(view?.live === true ? stopProps(state) : runProps(props))} />
  );
  if (!run || !view) {
    return (
      <ProgressRow name="Robustness check" progress={undefined} words="" note={IDLE_NOTE}>
        {button}
      </ProgressRow>
    );
  }
  const { live } = view;
  const progress = run.progress ?? (live ? state.job?.progress : undefined);
  return (
    <ProgressRow
      name="Robustness check"
      progress={run.phase === 'done' ? undefined : (progress ?? { done: view.measured, total: view.planned })}
      words={phaseWords(run.phase, view, live && state.job?.stopping)}
      details={[
        ...detailWords(run, view, format),
        ...(live ? progressDetails(progress, 'images', format) : []),
      ].join(' · ')}
      note={live ? 'What is measured stays.' : IDLE_NOTE}
    >
      {button}
    </ProgressRow>
  );
}

const IDLE_NOTE = 'No retraining; the file is not changed.';

type Run = NonNullable<InspectorState['robustness']>;

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

function runProps({ state, choices }: RobustnessProps): ButtonProps {
  const noData = chosenData(state) === undefined ? 'Choose images first' : undefined;
  return {
    label: state.robustness ? 'Run Again' : 'Run Robustness Check',
    primary: true,
    disabledReason: blocked(state, 'robustness') ?? noData,
    onClick: () => {
      runRobustness(choices);
    },
  };
}

function phaseWords(phase: Run['phase'], view: RobustnessView, stopping?: boolean): string {
  if (stopping) return 'Stopping';
  if (phase === 'queued') return 'Waiting for the jobs before it';
  if (phase === 'running') return view.measured === 0 ? 'Starting' : 'Measuring';
  if (phase === 'done') return 'Measured';
  return phase === 'stopped' ? 'Stopped' : 'Failed';
}

function detailWords({ limit }: Run, view: RobustnessView, format: Format): string[] {
  const { images, measured, planned } = view;
  const rows = images === undefined ? [`${format.count(measured)} of ${format.count(planned)} rows`] : [];
  if (images !== undefined) return [...rows, `${format.count(images)} images`];
  return limit === undefined ? rows : [...rows, `at most ${format.count(limit)} images`];
}
