import type { Progress } from '../../contract/results';
import type { Job } from './job';

/** `Calibrating · 42 % · 120/s · 3 min left`, as far as it is known. */
function progressWords({ phase, done, total, secondsLeft, perSecond }: Progress): string {
  const parts = [phase];
  if (total > 0) parts.push(`${Math.floor(share(done, total) * 100)} %`);
  if (perSecond !== undefined && perSecond > 0) parts.push(`${significant(perSecond)}/s`);
  if (secondsLeft !== undefined && done < total) parts.push(`${timeWords(secondsLeft)} left`);
  return parts.join(' · ');
}

/** What a job is doing just now, in a few words. @param before what it waits for */
export function jobWords({ state, isQueued }: Job, before?: Job): string {
  if (state.stopping) return 'stopping…';
  if (isQueued) return before ? `waits for “${before.plan.title}”` : 'waits';
  const words = state.progress ? progressWords(state.progress) : '';
  return state.paused ? ['paused', words].filter(Boolean).join(' · ') : words;
}

/** 0 … 1: of the whole job where it is known, else of its present phase; undefined when neither is. */
export function fractionOf({ overall, state }: Job): number | undefined {
  if (overall !== undefined) return overall;
  const { progress } = state;
  return progress && progress.total > 0 ? share(progress.done, progress.total) : undefined;
}

function share(done: number, total: number): number {
  return Math.min(1, Math.max(0, done / total));
}

/** `8 s`, `12 min`, `3.5 h`; rounded up. */
function timeWords(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  if (seconds < 6000) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

function significant(rate: number): string {
  return rate >= 100 ? Math.round(rate).toLocaleString('en') : String(Number(rate.toPrecision(2)));
}
