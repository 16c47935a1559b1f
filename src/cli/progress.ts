import type { Progress } from '../contract/results';
import { terminalLine, terminalRedraw, terminalWipe } from '../shared/sinks/terminal';
import { cellsOf, cutTo } from './cells';
import type { Output } from './io';

const BAR = 24;
/** Redraws a second: more is flicker, and slows a remote terminal. */
const REDRAWS = 8;

/** Draws progress on one line of a terminal; says nothing where there is none. */
export class ProgressLine {
  private drawn = 0;
  private last = 0;

  constructor(
    private readonly output: Output,
    private readonly now: () => number = Date.now,
  ) {}

  update(progress: Progress): void {
    if (!this.output.isTerminal) return;
    const time = this.now();
    const finished = progress.done >= progress.total;
    if (!finished && time - this.last < 1000 / REDRAWS) return;
    this.last = time;
    const text = cutTo(terminalLine(progressText(progress)), this.output.columns - 1);
    this.output.write(terminalRedraw(text, this.drawn - cellsOf(text)));
    this.drawn = cellsOf(text);
  }

  /** Wipes the line, so that other text can be written. */
  clear(): void {
    if (this.drawn === 0) return;
    this.output.write(terminalWipe(this.drawn));
    this.drawn = 0;
  }
}

/** One line: phase, bar, share, counts, time left. */
export function progressText({ phase, done, total, secondsLeft }: Progress): string {
  if (total <= 0) return phase;
  const share = Math.min(done / total, 1);
  const filled = Math.round(share * BAR);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR - filled);
  const left = secondsLeft === undefined ? '' : `  ${duration(secondsLeft)} left`;
  return `${phase}  ${bar}  ${Math.floor(share * 100)} %  ${done}/${total}${left}`;
}

/** Seconds as `45 s`, `3 min 05 s`, `1 h 02 min`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}
