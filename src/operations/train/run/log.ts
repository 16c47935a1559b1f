import { openFile } from '../../../files/source';
import type { OwnFolder } from '../../../files/own-folder';
import type { Job } from '../../job/job';
import { JOB_RECORD, LOG, RESULT } from '../../job/folder';
import { jobRecord } from '../../job/record';
import type { TrainEvent, TrainResult } from '../../../contract/results';
import { removeStates } from './folder';

const LINE_FEED = 10;

/**
 * A job's own folder: its settings, a log of JSON lines, its result. `log.jsonl` is the present run's: a new run
 * first moves an earlier one's log to the next free `log.N.jsonl`; a resumed one adds a section that begins with a
 * `run` line.
 */
export class JobFolder {
  private constructor(
    private readonly folder: OwnFolder,
    private readonly onEvent: (event: TrainEvent) => void,
  ) {}

  /** Begins a run, or continues one. @throws UserError when the folder cannot be written. */
  static async open(
    folder: OwnFolder,
    job: Job,
    onEvent: (event: TrainEvent) => void,
    resumed = false,
  ): Promise<JobFolder> {
    folder.make();
    if (resumed) endLine(folder);
    else moveAway(folder);
    // An earlier run's result would pass for this run's.
    folder.remove(RESULT);
    await folder.replace(JOB_RECORD, jobRecord(job, folder.path));
    const opened = new JobFolder(folder, onEvent);
    opened.append({ event: 'run', started: new Date().toISOString(), resumed });
    return opened;
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
    await this.folder.replace(RESULT, `${JSON.stringify(result, null, 2)}\n`);
    removeStates(this.folder);
  }

  /** A full disk, or a folder that is gone, is reported in a sentence. */
  private append(line: object): void {
    this.folder.append(LOG, `${JSON.stringify(line)}\n`);
  }
}

/** A process that was killed while it wrote may have left half a line. */
function endLine(folder: OwnFolder): void {
  if (!folder.has(LOG)) return;
  const log = openFile(folder.at(LOG));
  try {
    if (log.size > 0 && log.read(log.size - 1, 1)[0] !== LINE_FEED) folder.append(LOG, '\n');
  } finally {
    log.close();
  }
}

function moveAway(folder: OwnFolder): void {
  const names = new Set(folder.names());
  if (!names.has(LOG)) return;
  let number = 1;
  while (names.has(`log.${number}.jsonl`)) number++;
  folder.move(LOG, `log.${number}.jsonl`);
}
