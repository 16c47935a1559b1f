import * as vscode from 'vscode';
import type { FileStates } from '../facts/states';
import { contextKey } from '../inspector/abilities';
import { Owner, type Disposable } from '../dispose';
import type { WorkerClient } from '../workers/client';
import { isJobFile } from './job-file';

/** Keeps the `when` clause of Resume true while the job file in the active editor has an unfinished run. */
export function watchJobFiles(reader: Pick<WorkerClient<'reader'>, 'call'>, states: FileStates): Disposable {
  const owner = new Owner();
  let latest = 0;
  const look = async (): Promise<void> => {
    const mine = ++latest;
    const uri = vscode.window.activeTextEditor?.document.uri;
    const path = uri?.scheme === 'file' && isJobFile(uri.path) ? uri.fsPath : undefined;
    // What is wrong with a job file is reported when it is run.
    const facts = path === undefined ? undefined : await reader.call('job', { path }).catch(() => undefined);
    if (mine !== latest || owner.isDisposed) return;
    await vscode.commands.executeCommand('setContext', contextKey('canResume'), facts?.run === 'unfinished');
  };
  owner.track(vscode.window.onDidChangeActiveTextEditor(() => void look()));
  owner.track(vscode.workspace.onDidSaveTextDocument(({ uri }) => isJobFile(uri.path) && void look()));
  // A run that has ended.
  const running = new Set<string>();
  owner.track(
    states.onChange((file) => {
      if (states.get(file).job?.kind === 'train') running.add(file);
      else if (running.delete(file)) void look();
    }),
  );
  void look();
  return owner;
}
