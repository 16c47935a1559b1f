import path from 'node:path';
import * as vscode from 'vscode';
import type { Said } from '../../contract/intents';
import type { Target } from '../checkpoints/target';
import { HostError } from '../errors';
import { showReport } from '../report/show';
import { REPORT } from './run';
import type { CommandServices } from '../services';

type ResultFile = Said<'openResult'>['file'];

/** Opens a file of the last run on a checkpoint; which files there are the host knows, not the page. */
export async function openResult(
  services: CommandServices,
  { key }: Target,
  file: ResultFile,
): Promise<void> {
  const { training } = services.states.get(key);
  if (!training) throw new HostError('no training was run on this file');
  const { jobFile, result } = training;
  switch (file) {
    case 'job':
      await vscode.window.showTextDocument(vscode.Uri.file(jobFile));
      return;
    case 'report':
    case 'folder': {
      const { folder } = await services.reader.call('job', { path: jobFile });
      if (file === 'report') showReport(path.join(folder, REPORT));
      else await vscode.commands.executeCommand(...revealing(vscode.Uri.file(folder)));
      return;
    }
    case 'baseline':
    case 'acnet':
    case 'fused':
      if (!result) throw new HostError('the training has not written any file yet');
      await services.openInInspector(vscode.Uri.file(result.outputs[file]));
  }
}

function revealing(folder: vscode.Uri): [string, vscode.Uri] {
  return [vscode.workspace.getWorkspaceFolder(folder) ? 'revealInExplorer' : 'revealFileInOS', folder];
}
