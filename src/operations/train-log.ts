import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Job } from './job';
import type { TrainEvent, TrainResult } from './results';
import { makeWritable } from './train-outputs';

/** A job's own folder: its settings, a log of JSON lines, its result. */
export class JobFolder {
  private readonly log: string;

  /** @throws UserError when the folder cannot be written. */
  constructor(
    private readonly folder: string,
    job: Job,
    private readonly onEvent: (event: TrainEvent) => void,
  ) {
    makeWritable(folder);
    this.log = path.join(folder, 'log.jsonl');
    // An earlier run's log is kept and added to; its result would pass for this run's.
    rmSync(path.join(folder, 'result.json'), { force: true });
    writeFileSync(path.join(folder, 'job.json'), `${JSON.stringify(job, null, 2)}\n`);
  }

  tell(event: TrainEvent): void {
    appendFileSync(this.log, `${JSON.stringify(event)}\n`);
    this.onEvent(event);
  }

  say(text: string): void {
    this.tell({ event: 'message', text });
  }

  finish(result: TrainResult): void {
    appendFileSync(this.log, `${JSON.stringify(result)}\n`);
    writeFileSync(path.join(this.folder, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
  }
}
