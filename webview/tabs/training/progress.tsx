/** Where a training run stands: bar, Pause and Stop, key figures, and what a run that ended early left. */
import type { VNode } from 'preact';
import type { TrainingState } from '../../../src/contract/operations/train';
import type { InspectorState } from '../../../src/contract/page';
import type { Format } from '../../../src/shared/format';
import { capitalised } from '../../../src/shared/words';
import { Icon } from '../../ui/icons';
import { ProgressRow } from '../../ui/progress';
import { progressDetails } from '../../ui/progress-words';
import { ErrorBox, Notice } from '../../ui/states';
import { Button } from '../../ui/toolkit';
import { send } from '../../host';
import { fileName } from '../../ui/paths';
import { comparisonOf, epochsDone, overall, positionOf } from './model';
import { ONE_RUN } from '../../../src/shared/trained-difference';

export interface RunProps {
  readonly run: TrainingState;
  readonly job: InspectorState['job'];
  readonly format: Format;
}

const ARM_WORDS = { baseline: 'Baseline', acnet: 'ACNet' } as const;

/** Shown as long as the tab has a run, with Pause and Stop while it is under way. */
export function TrainingRow({ run, job, format }: RunProps): VNode {
  const live = isLive(run);
  const stopping = job?.stopping === true;
  return (
    <ProgressRow
      name="Training"
      progress={run.phase === 'done' ? undefined : (overall(run) ?? { done: 0, total: 0 })}
      words={phaseWords(run, stopping, format)}
      details={detailWords(run, format).join(' · ')}
    >
      {live && (
        <span class="run-actions">
          <Button
            id="train-pause"
            label={run.paused ? 'Continue' : 'Pause'}
            icon={<Icon name={run.paused ? 'play' : 'pause'} />}
            disabledReason={
              stopping ? 'Stopping' : run.phase === 'queued' ? 'The run has not begun' : undefined
            }
            onClick={() => {
              send({ type: 'pauseJob', paused: run.paused !== true });
            }}
          />
          <Button
            id="train-stop"
            label="Stop"
            icon={<Icon name="stop" />}
            disabledReason={stopping ? 'Stopping' : undefined}
            onClick={() => {
              send({ type: 'cancelJob' });
            }}
          />
        </span>
      )}
    </ProgressRow>
  );
}

function phaseWords(run: TrainingState, stopping: boolean, format: Format): string {
  if (run.phase === 'done') return 'Done';
  if (run.phase === 'failed') return 'Failed';
  if (run.phase === 'stopped') return 'Stopped';
  if (stopping) return 'Stopping';
  if (run.phase === 'queued') return 'Queued';
  const at = positionOf(run);
  const arm = run.arm ? `${ARM_WORDS[run.arm]}: ` : '';
  const epoch =
    at && run.epochs !== undefined
      ? `epoch ${format.count(at.epoch)} of ${format.count(run.epochs)}`
      : (run.progress?.phase ?? 'starting');
  const words = `${at ? arm : ''}${epoch}`;
  return run.paused ? `Paused in ${words}` : capitalised(words);
}

function detailWords(run: TrainingState, format: Format): string[] {
  if (run.phase === 'done') return [fileName(run.jobFile)];
  if (run.phase !== 'running') return [];
  const at = positionOf(run);
  const steps =
    at && run.stepsPerEpoch !== undefined
      ? [`step ${format.count(at.step)} of ${format.count(run.stepsPerEpoch)}`]
      : [];
  const pace = run.arm && run.arms[run.arm]?.imagesPerSecond;
  const left = run.progress?.secondsLeft;
  return [
    ...steps,
    ...progressDetails(
      {
        phase: '',
        done: 0,
        total: 0,
        ...(pace !== undefined && !run.paused && { perSecond: pace }),
        ...(left !== undefined && !run.paused && { secondsLeft: left }),
      },
      'images',
      format,
      // How fast the ACNet will be is not known before it has begun.
      at && run.arm === 'baseline' ? 'of the baseline' : undefined,
    ),
  ];
}

/** Top-1 of both networks at the last epoch of both, their difference, learning rate. */
export function KeyFigures({ run, format }: Pick<RunProps, 'run' | 'format'>): VNode {
  const both = comparisonOf(run);
  const last = (arm: 'baseline' | 'acnet') => run.arms[arm]?.epochs.at(-1)?.top1;
  const rate = run.arm && run.arms[run.arm]?.learningRate;
  const figures = [
    figure('ACNet, validation top-1', both?.acnet ?? last('acnet'), '%', (value) => format.fixed(value, 2)),
    figure('Baseline, same recipe', both?.baseline ?? last('baseline'), '%', (value) =>
      format.fixed(value, 2),
    ),
    figure('ACNet − baseline', both && both.acnet - both.baseline, 'points', (value) =>
      format.signed(value, 2),
    ),
    figure('Learning rate', rate, '', (value) => Number(value.toPrecision(3)).toString()),
  ];
  return (
    <>
      <dl class="figures">
        {figures.map(({ label, value, unit }) => (
          <div>
            <dt>{label}</dt>
            <dd>
              {value ?? <span class="dim">{isLive(run) ? 'to come' : '–'}</span>}{' '}
              {value !== undefined && <small>{unit}</small>}
            </dd>
          </div>
        ))}
      </dl>
      {both && (
        <p class="caption spaced">
          After epoch {format.count(both.epoch)} of both. {ONE_RUN}
        </p>
      )}
    </>
  );
}

function isLive({ phase }: TrainingState): boolean {
  return phase === 'queued' || phase === 'running';
}

function figure(label: string, value: number | undefined, unit: string, write: (value: number) => string) {
  return { label, unit, ...(value !== undefined && { value: write(value) }) };
}

/** What is safe, what is lost, and how to go on, after a run that did not end by itself. */
export function EndedEarly({
  run,
  format,
  blockedBy,
}: Pick<RunProps, 'run' | 'format'> & {
  readonly blockedBy: string | undefined;
}): VNode | null {
  if (run.phase !== 'failed' && run.phase !== 'stopped') return null;
  if (run.error && !run.resumable) {
    return <ErrorBox error={run.error} retry={null} note="The charts show what was measured before." />;
  }
  const done = epochsDone(run);
  const at = positionOf(run);
  const place = at ? ` in epoch ${format.count(at.epoch)}, step ${format.count(at.step)}` : '';
  const title = run.error ? `${run.error.title}${place}` : `The run was stopped${place}`;
  const resume = done > 0 ? `Resume after Epoch ${format.count(done)}` : 'Resume';
  return (
    <Notice
      title={title}
      actions={
        <>
          {run.resumable === true && (
            <Button
              label={resume}
              primary
              disabledReason={blockedBy}
              onClick={() => {
                send({ type: 'resumeTraining' });
              }}
            />
          )}
          <Button
            label="Show Log"
            onClick={() => {
              send({ type: 'showLog' });
            }}
          />
        </>
      }
    >
      {endedWords(run, done, format)}
      {run.error?.found !== undefined && <span class="mono block">{run.error.found}</span>}
    </Notice>
  );
}

function endedWords(run: TrainingState, done: number, format: Format): string {
  const epochs = `${format.counted(done, 'epoch')}`;
  const safe =
    done === 0
      ? 'No epoch of this network was finished.'
      : `${epochs} of ${run.arm === undefined ? 'this network' : ARM_WORDS[run.arm]} ${done === 1 ? 'is' : 'are'} measured and shown.`;
  return run.resumable === true
    ? `${safe} The run can continue from its last saved state; later steps are repeated.`
    : `${safe} The run cannot continue: start it again.`;
}
