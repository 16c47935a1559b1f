/** What the tabs of checks on images have in common: what is asked for, how far it has come, Run and Stop, what went wrong. */
import type { ComponentChildren, VNode } from 'preact';
import type { Progress } from '../../src/contract/results';
import type { InspectorState, JobState } from '../../src/contract/page';
import type { ErrorState, RunPhase } from '../../src/contract/run';
import type { Format } from '../../src/shared/format';
import { Button } from './toolkit';
import type { ButtonProps } from './toolkit';
import { send } from '../host';
import { blocked } from './reasons';
import { Select } from './controls';
import { Icon } from './icons';
import { ProgressRow } from './progress';
import { progressDetails } from './progress-words';
import { ErrorBox, Notice } from './states';

/** Which check it is. */
export interface CheckName {
  /** Of its jobs. */
  readonly kind: JobState['kind'];
  /** As in `Pruning check`. */
  readonly name: string;
}

/** What a check has come to. */
interface Run {
  readonly phase: RunPhase;
  readonly progress?: Progress;
  readonly error?: ErrorState;
  readonly outdated?: boolean;
}

/** How much of it is measured, of how much. */
interface View {
  readonly live: boolean;
  readonly measured: number;
  readonly planned: number;
}

export interface ChosenProps {
  readonly label: string;
  readonly path: string | undefined;
  /** How the path is written; the whole one is its tooltip. */
  readonly shown: (path: string) => string;
  readonly ask: string;
  readonly change: string;
  readonly reason: string | undefined;
  readonly message: 'chooseData' | 'chooseAgainst';
}

/** A path that the host asks for. */
export function Chosen({ label, path, shown, ask, change, reason, message }: ChosenProps): VNode {
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

/** At most so many images. */
export type ImageLimit = 'all' | '2000' | '1000' | '200';

/** How many images are looked at. */
export function ImagesSelect({
  value,
  disabled,
  onChange,
}: {
  readonly value: ImageLimit;
  readonly disabled: boolean;
  readonly onChange: (value: ImageLimit) => void;
}): VNode {
  const options = [
    { value: 'all', label: 'All' },
    { value: '2000', label: 'At most 2,000' },
    { value: '1000', label: 'At most 1,000' },
    { value: '200', label: 'At most 200' },
  ] as const;
  return <Select label="Images" {...{ value, disabled, options, onChange }} />;
}

/** The limit as the host takes it: absent for all images. */
export function limitOf(value: ImageLimit): { limit?: number } {
  return value === 'all' ? {} : { limit: Number(value) };
}

export interface CheckRowProps {
  readonly check: CheckName;
  readonly id: string;
  readonly state: InspectorState;
  readonly format: Format;
  readonly run: Run | undefined;
  readonly view: View | undefined;
  /** Images that it will use. */
  readonly data: string | undefined;
  /** Of the bar while there is one. */
  readonly bar: (view: View) => Pick<Progress, 'done' | 'total'>;
  /** The sentence when all is measured. */
  readonly done: string;
  readonly details: readonly string[];
  readonly start: () => void;
}

/** Progress with the one button that is Run while nothing runs and Stop while it does. */
export function CheckRow(props: CheckRowProps): VNode {
  const { check, id, state, format, run, view, bar, done, details } = props;
  const { name } = check;
  const button = <Button id={id} {...(view?.live === true ? stopProps(state) : runProps(props))} />;
  if (!run || !view) {
    return (
      <ProgressRow name={name} progress={undefined} words="" note={IDLE_NOTE}>
        {button}
      </ProgressRow>
    );
  }
  const { live } = view;
  const rest = live ? progressDetails(run.progress ?? state.job?.progress, 'images', format) : [];
  return (
    <ProgressRow
      name={name}
      progress={run.phase === 'done' ? undefined : bar(view)}
      words={phaseWords(run.phase, view, done, live && state.job?.stopping)}
      details={[...details, ...rest].join(' · ')}
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

function runProps({ check: { kind, name }, state, run, data, start }: CheckRowProps): ButtonProps {
  const noData = data === undefined ? 'Choose images first' : undefined;
  return {
    label: run ? 'Run Again' : `Run ${name.replace(' check', ' Check')}`,
    primary: true,
    disabledReason: blocked(state, kind) ?? noData,
    onClick: start,
  };
}

function phaseWords(phase: RunPhase, view: View, done: string, stopping?: boolean): string {
  if (stopping) return 'Stopping';
  if (phase === 'queued') return 'Queued';
  if (phase === 'running') return view.measured === 0 ? 'Starting' : 'Measuring';
  if (phase === 'done') return done;
  return phase === 'stopped' ? 'Stopped' : 'Failed';
}

/** What a check shows, in sentences. */
export interface CheckReading {
  /** One sentence: what was found, or that nothing was. */
  readonly verdict: string;
  readonly sentences: readonly string[];
}

/** The verdict with the first sentence, the others below. */
export function Findings({ verdict, sentences: [first, ...more] }: CheckReading): VNode {
  return (
    <div class="reading narrow">
      <p>
        <strong>{verdict}</strong>
        {first !== undefined && ` ${first}`}
      </p>
      {more.length > 0 && <p>{more.join(' ')}</p>}
    </div>
  );
}

export interface CheckFrameProps {
  readonly check: CheckName;
  readonly trusted: boolean;
  readonly run: Run | undefined;
  /** Points or rows that are there. */
  readonly measured: number;
  /** Said where what was measured is of other weights than those of now. */
  readonly outdated: string;
  readonly retry: () => void;
  /** Choices and progress. */
  readonly controls: ComponentChildren;
  /** What was measured. */
  readonly children: ComponentChildren;
}

/** A tab of a check: its controls, what stands in its way or went wrong, what was measured. */
export function CheckFrame(props: CheckFrameProps): VNode {
  const { check, trusted, run, measured, outdated, retry, controls, children } = props;
  return (
    <>
      {!trusted && (
        <Notice title="This window is in Restricted Mode">
          Inspecting works. A {check.name.toLowerCase()} runs code on your machine and needs a trusted
          workspace.
        </Notice>
      )}
      <section aria-label={check.name}>{controls}</section>
      {run?.error && (
        <ErrorBox
          error={run.error}
          {...(measured > 0 && { note: 'What was measured before is shown below.' })}
          retry={retry}
        />
      )}
      {run?.outdated === true && (
        <Notice title={outdated}>
          These results are for an earlier version of the weights. Run the check again to update them.
        </Notice>
      )}
      {children}
    </>
  );
}
