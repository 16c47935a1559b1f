/** How far a job has come: bar, words, what is left, and the button that ends it. */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Progress } from '../../src/contract/results';

export interface ProgressRowProps {
  /** Of the bar. */
  readonly name: string;
  /** Undefined: no bar, nothing is under way. */
  readonly progress: Pick<Progress, 'done' | 'total'> | undefined;
  readonly words: string;
  readonly details?: string;
  /** Buttons. */
  readonly children: ComponentChildren;
  readonly note?: string;
}

/** Shown for a job under way or just ended; screen readers hear of it every five seconds at most. */
export function ProgressRow({ name, progress, words, details, children, note }: ProgressRowProps): VNode {
  const announced = useThrottled([words, details].filter(Boolean).join(', '), 5000);
  return (
    <div class="run-row">
      {progress && (
        <progress
          aria-label={name}
          {...(progress.total > 0 ? { max: progress.total, value: progress.done } : {})}
        />
      )}
      {words !== '' && <span>{words}</span>}
      {details !== undefined && details !== '' && <span class="dim">{details}</span>}
      {children}
      {note !== undefined && <span class="note">{note}</span>}
      <span class="unseen" role="status">
        {announced}
      </span>
    </div>
  );
}

/** The value, renewed at most once in `milliseconds`, so that it is not read out without end. */
export function useThrottled(value: string, milliseconds: number): string {
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
