import { totalmem } from 'node:os';
import { CALL_NAMES, calls, type CallName, type WorkerName } from '../../contract/calls';
import { residentBytes } from '../../files/process-memory';
import type { Disposable } from '../dispose';

const GIB = 2 ** 30;
const MINUTE = 60_000;

/** Looks at the memory of a running process are so far apart; a look takes some microseconds. */
const LOOK_MILLISECONDS = 250;

/** How much a worker process may take while it works on a call. */
export interface WorkerLimits {
  /** By call, as its record says. A call that pauses takes no time. */
  readonly milliseconds: Readonly<Record<CallName, number | undefined>>;
  /** Resident memory. */
  readonly bytes: number;
  /** What that is, in words. */
  readonly bytesAre: string;
  /** Whether every notice begins the time anew. */
  readonly sinceNotice: boolean;
  /** How long a process that is asked to stop has before it is killed. */
  readonly graceMilliseconds: number;
}

// A step of work between two looks at the cancel flag takes longer only when something is stuck.
const GRACE_MILLISECONDS = 700;

const MILLISECONDS = Object.fromEntries(
  CALL_NAMES.map((name) => [name, calls[name].milliseconds]),
) as WorkerLimits['milliseconds'];

/**
 * The limits of a worker on this machine. A reader may take half of the memory: a file that makes it take more is meant to. A
 * trainer says before it starts what it will take, and may take nearly all: it is ended before the system would have to
 * choose which process to end.
 * @param memory of the machine, in bytes
 */
export function limitsOf(name: WorkerName, memory: number = machineMemory()): WorkerLimits {
  const isReader = name === 'reader';
  return {
    milliseconds: MILLISECONDS,
    bytes: memory * (isReader ? 0.5 : 0.9),
    bytesAre: `${isReader ? 'half' : 'nine tenths'} of this machine's`,
    sinceNotice: !isReader,
    graceMilliseconds: GRACE_MILLISECONDS,
  };
}

/** Of the machine, or of the container that it is confined to. */
function machineMemory(): number {
  // Without a limit it is a number beyond any machine's memory; on some systems there is none.
  return Math.min(totalmem(), process.constrainedMemory() || Infinity);
}

/** Where a process's memory cannot be looked at from outside, V8 bounds what it manages itself. */
export function heapFlags(platform: NodeJS.Platform = process.platform): string[] {
  return platform === 'linux' ? [] : ['--max-old-space-size=4096'];
}

/** Watches over a process during one call. */
export class CallWatch implements Disposable {
  private readonly look: NodeJS.Timeout;
  private begin = performance.now();
  private pausedAt: number | undefined;

  /** @param onExceeded is called once, with the reason in words */
  constructor(
    private readonly pid: number | undefined,
    private readonly call: CallName,
    private readonly limits: WorkerLimits,
    private readonly onExceeded: (reason: string) => void,
  ) {
    this.look = setInterval(() => this.check(), LOOK_MILLISECONDS);
  }

  /** The process has said something about the call. */
  noticed(): void {
    if (this.limits.sinceNotice) this.begin = performance.now();
  }

  setPaused(paused: boolean): void {
    if (paused) this.pausedAt ??= performance.now();
    else if (this.pausedAt !== undefined) {
      this.begin += performance.now() - this.pausedAt;
      this.pausedAt = undefined;
    }
  }

  dispose(): void {
    clearInterval(this.look);
  }

  private check(): void {
    const reason = this.tooLong() ?? this.tooLarge();
    if (reason === undefined) return;
    this.dispose();
    this.onExceeded(reason);
  }

  private tooLong(): string | undefined {
    const allowed = this.limits.milliseconds[this.call];
    if (allowed === undefined || this.pausedAt !== undefined) return undefined;
    if (performance.now() - this.begin <= allowed) return undefined;
    const what = this.limits.sinceNotice ? 'it made no progress for' : 'it gave no answer within';
    return `stopped, because ${what} ${duration(allowed)}`;
  }

  private tooLarge(): string | undefined {
    const { bytes, bytesAre } = this.limits;
    const used = this.pid === undefined ? undefined : residentBytes(this.pid);
    if (used === undefined || used <= bytes) return undefined;
    return `stopped, because it took ${gib(used)} of memory; it may take ${gib(bytes)}, ${bytesAre}`;
  }
}

function duration(milliseconds: number): string {
  return milliseconds < MINUTE ? `${milliseconds / 1000} s` : `${milliseconds / MINUTE} min`;
}

function gib(count: number): string {
  return `${(count / GIB).toFixed(1)} GiB`;
}
