import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Outcome } from '../fuzz/refusable';
import { LIMIT } from './limit';
import script from './bounded-run.ts?bundle';

/** What came of a file in a process of its own. */
export interface Examined {
  /** `wrong`: an error that is not a refusal; `killed`: it took too long; `died`: the process ended. */
  readonly outcome: Outcome | 'wrong' | 'killed' | 'died';
  readonly message: string;
  /** Most bytes the process held so far. */
  readonly peak: number;
  /** What it took of the processor, which is the same on a busy machine. */
  readonly seconds: number;
}

/** The one line of a refusal. */
export const ONE_LINE: string = expect.stringMatching(/^net\.pth: [^\n]{10,400}$/) as string;

/** Whatever a hostile file may become. */
export const OPENED_OR_REFUSED = {
  outcome: expect.stringMatching(/^(opened|rewritten|refused)$/) as string,
  message: expect.stringMatching(/^$|^net\.pth: [^\n]{10,400}$/) as string,
};

/** Most that one file may take of the processor. */
const LONGEST_SECONDS = 40;
/** V8's heap; a process that wants more dies. */
const HEAP_MEBIBYTES = 768;

/** Opens, inspects, reads and rewrites files in a process that is killed when one takes too long. */
export class BoundedExaminer {
  private readonly folder = mkdtempSync(join(tmpdir(), 'acnet-bounded-'));
  private child?: ChildProcess;

  constructor() {
    writeFileSync(join(this.folder, 'run.cjs'), script);
  }

  /** What becomes of these bytes as a `.pth` file. */
  examine(bytes: Uint8Array): Promise<Examined> {
    const file = join(this.folder, 'net.pth');
    writeFileSync(file, bytes);
    const child = (this.child ??= this.start());
    return new Promise((resolve) => {
      const end = (result: Examined): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        if (result.outcome === 'killed' || result.outcome === 'died') this.stop();
        resolve(result);
      };
      const nothing = { message: '', peak: 0, seconds: Infinity };
      const timer = setTimeout(() => end({ ...nothing, outcome: 'killed' }), LIMIT);
      child.once('message', (answer) => {
        const result = answer as Examined;
        end(result.seconds > LONGEST_SECONDS ? { ...result, outcome: 'killed' } : result);
      });
      child.once('exit', (code, signal) =>
        end({ ...nothing, outcome: 'died', message: String(signal ?? code) }),
      );
      child.send(file);
    });
  }

  close(): void {
    this.stop();
    rmSync(this.folder, { recursive: true });
  }

  private start(): ChildProcess {
    return fork(join(this.folder, 'run.cjs'), {
      execArgv: [`--max-old-space-size=${HEAP_MEBIBYTES}`],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      cwd: this.folder,
    });
  }

  private stop(): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }
}
