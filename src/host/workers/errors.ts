import type { CallFailure } from '../../contract/wire';

/** What the worker answered instead of a result. */
export class CallError extends Error {
  constructor(readonly failure: CallFailure) {
    super(failure.message);
    this.name = 'CallError';
  }
}

/** The caller gave the call up, before it was sent, in time, or by the process being killed. */
export class CallCancelled extends Error {
  /** @param pid of the process, when it had to be killed */
  constructor(readonly pid?: number) {
    super('stopped on request');
    this.name = 'CallCancelled';
  }
}

/** How a process ended: by us, because it took too much; by a signal; by itself; or it could not be started. */
export type ProcessEnd =
  | { readonly kind: 'stopped' | 'exited' | 'failed'; readonly text: string }
  | { readonly kind: 'killed'; readonly text: string; readonly signal: string };

/** @returns as in `killed by SIGKILL`, `exit code 1` */
export function processEnd(code: number | null, signal: string | null): ProcessEnd {
  return signal === null
    ? { kind: 'exited', text: `exit code ${code}` }
    : { kind: 'killed', text: `killed by ${signal}`, signal };
}

/** What is known of the end of a process. */
export interface Death {
  readonly worker: string;
  readonly end: ProcessEnd;
  /** The end of its standard error, oldest first. */
  readonly lastLines: readonly string[];
  readonly pid?: number | undefined;
  /** What it was working on. */
  readonly file?: string | undefined;
}

/** The process ended, or never started, while a call was waiting for it. */
export class WorkerDied extends Error {
  readonly worker: string;
  readonly lastLines: readonly string[];
  readonly pid: number | undefined;
  readonly file: string | undefined;
  /** How it ended, and what that commonly means. */
  readonly reason: string;

  constructor({ worker, end, lastLines, pid, file }: Death) {
    const meaning = meaningOf(end, lastLines);
    const explained = meaning === undefined ? end.text : `${end.text} (${meaning})`;
    const words = lastLines.slice(-SHOWN_LINES);
    const tail = words.length > 0 ? `; its last words: ${words.join(' | ')}` : '';
    super(`${file === undefined ? '' : `${file}: `}the ${worker} process ended: ${explained}${tail}`);
    this.name = 'WorkerDied';
    this.worker = worker;
    this.reason = explained;
    this.lastLines = words;
    this.pid = pid;
    this.file = file;
  }
}

// More does not fit a notification; the log has them all.
const SHOWN_LINES = 5;

const FRAME =
  /^\s*(at |\^|\d+: 0x|@ +0x|\*\*\* Check failure|Node\.js v\d|-{3,}|<---|\[\d+:0x.* ms: (Scavenge|Mark-Compact))/;

/** Whether a line of standard error says no more than where in the code something happened. */
export const isFrame = (line: string): boolean => FRAME.test(line);

const NO_MEMORY = /bad_alloc|out of memory|cannot allocate memory|OOM when allocating|Allocation failed/i;

const MEANINGS: Readonly<Record<string, string>> = {
  SIGKILL: 'by hand, or by the system for want of memory',
  SIGABRT: 'it gave itself up, as TensorFlow does when something must not be',
  SIGSEGV: 'a fault in native code, often for want of memory',
  SIGBUS: 'a fault in native code, often because a file it was reading became shorter',
  SIGILL: 'native code made for another processor',
  SIGTRAP: 'it gave itself up',
};

function meaningOf(end: ProcessEnd, lastLines: readonly string[]): string | undefined {
  if (end.kind === 'stopped') return undefined;
  if (lastLines.some((line) => NO_MEMORY.test(line))) return 'it ran out of memory';
  return end.kind === 'killed' ? MEANINGS[end.signal] : undefined;
}
