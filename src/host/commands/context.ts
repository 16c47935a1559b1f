import * as vscode from 'vscode';
import { endedProcess, isCancelled, messageOf } from '../errors';
import type { Jobs } from '../jobs';
import type { WorkerClient } from '../workers/client';

/** What commands work with. */
export interface CommandServices {
  readonly reader: WorkerClient<'reader'>;
  readonly jobs: Jobs;
  readonly log: vscode.LogOutputChannel;
  openInInspector(uri: vscode.Uri): Promise<void>;
}

/** Registers a command whose failures are shown, with the way to the log; it then answers undefined. */
export function register(
  services: CommandServices,
  command: string,
  run: (...args: unknown[]) => Promise<unknown>,
): vscode.Disposable {
  return vscode.commands.registerCommand(command, async (...args: unknown[]) => {
    try {
      return await run(...args);
    } catch (error) {
      if (isCancelled(error)) return undefined;
      services.log.error(`${command}: ${messageOf(error)}`);
      void showFailure(services.log, messageOf(error));
      return undefined;
    }
  });
}

async function showFailure(log: vscode.LogOutputChannel, message: string): Promise<void> {
  const showLog = 'Show Log';
  if ((await vscode.window.showErrorMessage(message, showLog)) === showLog) log.show();
}

/**
 * Commands stay callable in a restricted workspace whatever their `when` clauses say.
 * @returns false after telling the user
 */
export function isTrusted(purpose: string): boolean {
  if (vscode.workspace.isTrusted) return true;
  const manage = 'Manage Workspace Trust';
  const message = `${purpose} writes files and needs a trusted workspace.`;
  void vscode.window.showWarningMessage(message, manage).then((answer) => {
    if (answer === manage) void vscode.commands.executeCommand('workbench.trust.manage');
  });
  return false;
}

/**
 * Runs a call of the reader that writes `output`. If the process was killed meanwhile, a new one removes the unfinished
 * file that it may have left.
 */
export async function writing<T>(
  { reader, log }: CommandServices,
  output: string,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const pid = endedProcess(error);
    if (pid !== undefined) {
      await reader
        .call('removeLeftovers', { output, pid })
        .catch((failure: unknown) => log.warn(messageOf(failure)));
    }
    throw error;
  }
}

/** Tells of a written file, with the way into it. Does not wait for an answer. */
export function announce(
  services: CommandServices,
  message: string,
  output: string,
  warnings: readonly string[],
): void {
  for (const warning of warnings) services.log.warn(`${output}: ${warning}`);
  const noted = warnings.map((warning) => ` Note: ${warning}.`).join('');
  const inspect = 'Inspect';
  void vscode.window.showInformationMessage(`${message}${noted}`, inspect).then((answer) => {
    if (answer === inspect) void services.openInInspector(vscode.Uri.file(output));
  });
}
