import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { HostError, messageOf } from './errors';

/**
 * Shows a report beside the editor, without taking the focus. It is one page without scripts that fetches nothing, and
 * says so in its own policy.
 */
export async function showReport(file: string): Promise<void> {
  const html = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new HostError(`the report cannot be read: ${messageOf(error)}`, file);
  });
  const title = `Report of ${path.basename(path.dirname(file))}`;
  const column = { viewColumn: vscode.ViewColumn.Active, preserveFocus: true };
  const panel = vscode.window.createWebviewPanel('acnet.report', title, column, {
    enableScripts: false,
    localResourceRoots: [],
  });
  panel.webview.html = html;
}
