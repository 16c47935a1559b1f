import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../core/errors';
import { writeAtomically } from '../files/atomic';
import type { Job } from './job';
import type { TrainEvent, TrainResult } from './results';
import { makeWritable, unwritable } from './train-outputs';
import { removeStates } from './train-run';

/**
 * A job's own folder: its settings, a log of JSON lines, its result. `log.jsonl` is the present run's: a new run
 * first moves an earlier one's log to the next free `log.N.jsonl`; a resumed one adds a section that begins with a
 * `run` line.
 */
export class JobFolder {
  private readonly log: string;

  /** @throws UserError when the folder cannot be written. */
  constructor(
    private readonly folder: string,
    job: Job,
    private readonly onEvent: (event: TrainEvent) => void,
    resumed = false,
  ) {
    makeWritable(folder);
    this.log = path.join(folder, 'log.jsonl');
    this.writing(() => {
      if (resumed) endLine(this.log);
      else moveAway(folder, this.log);
      // An earlier run's result would pass for this run's.
      rmSync(path.join(folder, 'result.json'), { force: true });
      writeFileSync(path.join(folder, 'job.json'), `${JSON.stringify(job, null, 2)}\n`);
    });
    this.append({ event: 'run', started: new Date().toISOString(), resumed });
  }

  tell(event: TrainEvent): void {
    this.append(event);
    this.onEvent(event);
  }

  say(text: string): void {
    this.tell({ event: 'message', text });
  }

  /** Tells the listener what the log has already: what happened before the run was resumed. */
  repeat(events: readonly TrainEvent[]): void {
    events.forEach((event) => this.onEvent(event));
  }

  /** Ends the job: result.json is there only when all else is, and a finished job needs no state. */
  async finish(result: TrainResult): Promise<void> {
    this.append(result);
    const text = `${JSON.stringify(result, null, 2)}\n`;
    await writeAtomically(
      path.join(this.folder, 'result.json'),
      (sink) => Promise.resolve(sink.write(new TextEncoder().encode(text))),
      { overwrite: true },
    );
    removeStates(this.folder);
  }

  private append(line: object): void {
    this.writing(() => appendFileSync(this.log, `${JSON.stringify(line)}\n`));
  }

  /** A full disk, or a folder that is gone, is told in a sentence. */
  private writing(change: () => void): void {
    try {
      change();
    } catch (error) {
      throw error instanceof UserError ? error : unwritable(this.folder, error);
    }
  }
}

/** A process that was killed while it wrote may have left half a line. */
function endLine(log: string): void {
  if (existsSync(log) && !readFileSync(log, 'utf8').endsWith('\n')) appendFileSync(log, '\n');
}

function moveAway(folder: string, log: string): void {
  if (!existsSync(log)) return;
  let number = 1;
  while (existsSync(path.join(folder, `log.${number}.jsonl`))) number++;
  renameSync(log, path.join(folder, `log.${number}.jsonl`));
}
