/** What stands where content will stand: loading, empty, error, a running job. */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ErrorState, JobState } from '../../src/protocol/inspector';
import type { Format } from '../format';
import { Button } from '../toolkit';
import { send } from '../vscode';
import { Icon } from './icons';

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
}: {
  readonly title: string;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <section class="state">
      <p>{title}</p>
      <p class="dim">{children}</p>
    </section>
  );
}

/** A yellow rule: something cannot be done here. */
export function Notice({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <section>
      <div class="box warning">
        <p class="box-title">
          <Icon name="warning" tone="tone-warning" />
          <strong>{title}</strong>
        </p>
        <p class="dim">{children}</p>
      </div>
    </section>
  );
}

/** A red rule: what went wrong, where, what was found and what would do. */
export function ErrorBox({ error }: { readonly error: ErrorState }): VNode {
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
            {facts.map(([label, value]) => (
              <>
                <dt>{label}</dt>
                <dd class={label === 'File' || label === 'Where' ? 'mono' : ''}>{value}</dd>
              </>
            ))}
          </dl>
        )}
        <div class="actions">
          <Button
            label="Try Again"
            icon={<Icon name="retry" />}
            onClick={() => {
              send({ type: 'retry' });
            }}
          />
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
              const lines = facts.map(([label, value]) => `${label}: ${value}`);
              send({ type: 'copy', text: [error.title, ...lines].join('\n') });
            }}
          />
        </div>
      </div>
    </section>
  );
}

function errorFacts({ file, where, found, allowed }: ErrorState): Array<[string, string]> {
  const facts: Array<[string, string | undefined]> = [
    ['File', file],
    ['Where', where],
    ['Found', found],
    ['Needs', allowed],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined);
}

/** Done of total, time left and Stop, while a job acts on the file. */
export function JobBar({ job, format }: { readonly job: JobState; readonly format: Format }): VNode {
  const text = jobWords(job, format);
  const announced = useThrottled([job.title, text].join(': '), 5000);
  const bar = useRef<HTMLElement>(null);
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
      {job.progress?.secondsLeft !== undefined && (
        <span class="dim">{format.duration(job.progress.secondsLeft)} left</span>
      )}
      <Button
        label="Stop"
        icon={<Icon name="stop" />}
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

function jobWords({ progress }: JobState, format: Format): string {
  if (!progress) return 'starting';
  if (progress.total <= 0) return progress.phase;
  return `${progress.phase}: ${format.count(progress.done)} of ${format.count(progress.total)}`;
}

/** The value, renewed at most once in `milliseconds`, so that it is not read out without end. */
function useThrottled(value: string, milliseconds: number): string {
  const [shown, setShown] = useState(value);
  const latest = useRef(value);
  latest.current = value;
  useEffect(() => {
    const timer = setInterval(() => {
      setShown(latest.current);
    }, milliseconds);
    return () => {
      clearInterval(timer);
    };
  }, [milliseconds]);
  return shown;
}
