import * as vscode from 'vscode';
import { notify } from '../ui/window';

/**
 * Whether the workspace is trusted.
 * @param purpose what needs that, as in `Converting`
 * @returns false after telling the user
 */
export function isTrusted(purpose: string): boolean {
  if (vscode.workspace.isTrusted) return true;
  const manage = 'Manage Workspace Trust';
  const message = `${purpose} needs a trusted workspace.`;
  void notify('warning', message, [manage]).then((answer) => {
    if (answer === manage) void vscode.commands.executeCommand('workbench.trust.manage');
  });
  return false;
}
