import path from 'node:path';
import * as vscode from 'vscode';
import type { JobFacts } from '../../contract/results';
import { diskPath } from '../checkpoints/target';
import { HostError } from '../errors';
import { foreignOr } from '../kit/foreign-folders';
import type { CommandServices } from '../services';
import { counted } from '../../shared/numbers';
import { pickOne, type PickItem } from '../ui/window';
import { isJobFile } from './job-file';

const LISTED = 200;

/**
 * The job file that a command is for: the one it was called on, else the open one, else one the user picks. What is seen of
 * it is saved first.
 * @param wanted of those to pick from
 * @returns its path
 */
export async function chooseJob(
  services: CommandServices,
  given: unknown,
  title: string,
  wanted: (facts: JobFacts) => boolean,
): Promise<string | undefined> {
  const uri = chosenJob(given) ?? (await pickJob(services, title, wanted));
  if (!uri) return undefined;
  const file = diskPath(uri);
  await saveIfOpen(file);
  return file;
}

function chosenJob(given: unknown): vscode.Uri | undefined {
  if (given instanceof vscode.Uri) return given;
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputText && isJobFile(input.uri.path) ? input.uri : undefined;
}

/** What is seen is what is run. */
export async function saveIfOpen(file: string): Promise<void> {
  const open = vscode.workspace.textDocuments.find(
    (document) => document.uri.scheme === 'file' && document.uri.fsPath === file,
  );
  if (open?.isDirty && !(await open.save())) throw new HostError('the job file could not be saved', file);
}

async function pickJob(
  { reader }: CommandServices,
  title: string,
  wanted: (facts: JobFacts) => boolean,
): Promise<vscode.Uri | undefined> {
  const found = await vscode.workspace.findFiles('**/*.acnet.json', foreignOr(), LISTED);
  const items: Array<PickItem & { readonly uri: vscode.Uri }> = [];
  for (const uri of found) {
    // A job file that cannot be read cannot be run; opening it shows what is wrong with it.
    const facts = await reader.call('job', { path: uri.fsPath }).catch(() => undefined);
    if (!facts || !wanted(facts)) continue;
    const description = vscode.workspace.asRelativePath(path.dirname(uri.fsPath));
    const detail = `${path.basename(facts.checkpoint)}, ${counted(facts.epochs, 'epoch')} on ${facts.data}`;
    items.push({ label: path.basename(uri.fsPath), description, detail, uri });
  }
  if (items.length === 0) throw new HostError(`${title}: no job in this workspace can be resumed`);
  return (await pickOne(items, { title, placeHolder: 'Which job?' }))?.uri;
}
