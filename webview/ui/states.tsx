/** What stands where content will stand: loading, empty, error, a running job. */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { JobState } from '../../src/contract/page';
import type { ErrorState } from '../../src/contract/run';
import type { Format } from '../../src/shared/format';
import { Button } from './toolkit';
import { send } from '../host';
import { Icon } from './icons';
import { useThrottled } from './progress';

/** Still blocks, after 300 ms of nothing. */
export function Loading({ children }: { readonly children: ComponentChildren }): VNode | null {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      setShown(true);
    }, 300);
    return () => {
      clearTimeout(timer);
    };
  }, []);
  if (!shown) return null;
  return (
    <section class="state" aria-busy="true">
      <p role="status">{children}</p>
      <svg class="blocks" width="420" height="76" aria-hidden="true">
        <rect width="180" height="12" rx="2" />
        <rect y="28" width="420" height="8" rx="2" />
        <rect y="48" width="360" height="8" rx="2" />
        <rect y="68" width="390" height="8" rx="2" />
      </svg>
    </section>
  );
}

/** What is missing, and why. */
export function Empty({
  title,
  children,
  actions,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
  /** What can be done about it. */
  readonly actions?: ComponentChildren;
}): VNode {
  return (
    <section class="state">
      <p>{title}</p>
      <p class="dim">{children}</p>
      {actions !== undefined && <div class="actions">{actions}</div>}
    </section>
  );
}

/** A yellow rule: something cannot be done here. */
export function Notice({
  title,
  children,
  actions,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly actions?: ComponentChildren;
}): VNode {
  return (
    <section>
      <div class="box warning">
        <p class="box-title">
          <Icon name="warning" tone="tone-warning" />
          <strong>{title}</strong>
        </p>
        <p class="dim">{children}</p>
        {actions !== undefined && <div class="actions">{actions}</div>}
      </div>
    </section>
  );
}

/** A red rule: what went wrong, where, what was found and what would do. */
export function ErrorBox({
  error,
  note,
  retry = () => {
    send({ type: 'retry' });
  },
}: {
  readonly error: ErrorState;
  /** What it means for what is shown. */
  readonly note?: string;
  /** What Try Again does: read the file anew. */
  readonly retry?: (() => void) | null;
}): VNode {
  const facts = errorFacts(error);
  return (
    <section>
      <div class="box error" role="alert">
        <p class="box-title">
          <Icon name="error" tone="tone-error" />
          <strong>{error.title}</strong>
        </p>
        {facts.length > 0 && (
          <dl class="pairs">
            {facts.map(({ label, value, isPlace }) => (
              <>
                <dt>{label}</dt>
                <dd class={isPlace ? 'mono' : ''}>{value}</dd>
              </>
            ))}
          </dl>
        )}
        {note !== undefined && <p class="dim">{note}</p>}
        <div class="actions">
          {retry && <Button label="Try Again" icon={<Icon name="retry" />} onClick={retry} />}
          <Button
            label="Show Log"
            onClick={() => {
              send({ type: 'showLog' });
            }}
          />
          <Button
            label="Copy Details"
            icon={<Icon name="copy" />}
            onClick={() => {
              const lines = facts.map(({ label, value }) => `${label}: ${value}`);
              send({ type: 'copy', text: [error.title, ...lines].join('\n') });
            }}
          />
        </div>
      </div>
    </section>
  );
}

interface ErrorFact {
  readonly label: string;
  readonly value: string;
  /** A path or a name in a file. */
  readonly isPlace: boolean;
}

function errorFacts({ file, where, expected, found }: ErrorState): ErrorFact[] {
  const facts = [
    { label: 'File', value: file, isPlace: true },
    { label: 'Where', value: where, isPlace: true },
    { label: 'Expected', value: expected, isPlace: false },
    { label: 'Found', value: found, isPlace: false },
  ];
  return facts.flatMap(({ value, ...fact }) => (value === undefined ? [] : [{ ...fact, value }]));
}

/** Done of total, time left and Stop, while a job acts on the file. */
export function JobBar({
  job,
  format,
  children,
}: {
  readonly job: JobState;
  readonly format: Format;
  /** What leads to more about it. */
  readonly children?: ComponentChildren;
}): VNode {
  const text = jobWords(job, format);
  const announced = useThrottled([job.title, text].join(': '), 5000);
  const bar = useRef<HTMLElement>(null);
  const secondsLeft = job.paused || job.stopping ? undefined : job.progress?.secondsLeft;
  useEffect(
    () => () => {
      // The bar is leaving with the focus in it: hand the focus to the action that can be used again.
      if (bar.current?.contains(document.activeElement)) document.getElementById('act-first')?.focus();
    },
    [],
  );
  return (
    <section class="job" ref={bar} aria-label={job.title}>
      <strong>{job.title}</strong>
      <progress
        aria-label={job.title}
        {...(job.progress && job.progress.total > 0
          ? { max: job.progress.total, value: job.progress.done }
          : {})}
      />
      <span>{text}</span>
      {secondsLeft !== undefined && <span class="dim">{format.duration(secondsLeft)} left</span>}
      {children}
      <Button
        label="Stop"
        icon={<Icon name="stop" />}
        disabledReason={job.stopping ? 'Stopping' : undefined}
        onClick={() => {
          send({ type: 'cancelJob' });
        }}
      />
      <span class="unseen" role="status">
        {announced}
      </span>
    </section>
  );
}

function jobWords({ progress, queued, paused, stopping }: JobState, format: Format): string {
  if (stopping) return 'stopping';
  if (queued) return 'waiting for the jobs before it';
  const words = progressWords(progress, format);
  return paused ? `paused, ${words}` : words;
}

function progressWords(progress: JobState['progress'], format: Format): string {
  if (!progress) return 'starting';
  if (progress.total <= 0) return progress.phase;
  return `${progress.phase}: ${format.count(progress.done)} of ${format.count(progress.total)}`;
}
