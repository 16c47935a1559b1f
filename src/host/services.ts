import type * as vscode from 'vscode';
import type { Comparisons } from './checks/comparisons';
import type { Memories } from './memory/answers';
import type { FileStates } from './facts/states';
import type { Jobs } from './jobs/jobs';
import type { Measurements } from './facts/measurements';
import type { NativeBackend } from './native/native-backend';
import type { TrainingRun } from './training/training-run';
import type { Log } from './ui/window';
import type { WorkerClient } from './workers/client';

/** The convolutions that are ticked in a table of sites: exact names, or each one's own default. */
export type Ticked = 'default' | readonly string[];

/** What commands work with. */
export interface CommandServices {
  readonly reader: Pick<WorkerClient<'reader'>, 'call'>;
  readonly trainer: Pick<WorkerClient<'trainer'>, 'call'>;
  readonly jobs: Jobs;
  readonly states: FileStates;
  readonly measurements: Measurements;
  readonly comparisons: Comparisons;
  /** What was answered for files. */
  readonly memory: Memories;
  /** Training runs of this window by job file: a resumed one goes on where it was. */
  readonly runs: Map<string, TrainingRun>;
  readonly log: Log;
  readonly native: NativeBackend;
  /** The extension as it is installed. */
  readonly extension: Pick<vscode.Extension<unknown>, 'extensionPath' | 'packageJSON'>;
  openInInspector(uri: vscode.Uri): Promise<void>;
  /** Has the view "Checkpoints" look at the workspace again. */
  refreshView(): void;
  /** What is ticked where the inspector shows a file; undefined where it does not. @param key the file's, see `Target` */
  tickedIn(key: string): Ticked | undefined;
}
