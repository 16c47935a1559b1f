import path from 'node:path';
import * as vscode from 'vscode';
import { CHECKPOINT_EXTENSIONS, isCheckpointName } from './file-names';
import { HostError } from '../errors';
import { findCheckpoints } from '../view/find';
import { pickOne, type PickItem } from '../ui/window';

const isCheckpoint = (uri: vscode.Uri): boolean => isCheckpointName(path.posix.basename(uri.path));

/**
 * The path of a file on a disk of the machine the extension runs on.
 * @throws HostError for a virtual file: those cannot be read by range.
 */
export function diskPath(uri: vscode.Uri): string {
  if (uri.scheme === 'file') return uri.fsPath;
  throw new HostError(
    `files of a virtual file system ('${uri.scheme}') cannot be read yet; save a copy to a disk`,
    uri.toString(true),
  );
}

/** What a command acts on: the file it was called for, else the active editor's, else one the user picks. */
export async function chooseCheckpoint(given: unknown, title: string): Promise<vscode.Uri | undefined> {
  const named = given instanceof vscode.Uri ? given : elementUri(given);
  if (named) return named;
  return activeCheckpoint() ?? (await pickCheckpoint(title));
}

/** Menus of the view hand over its rows. */
function elementUri(given: unknown): vscode.Uri | undefined {
  if (typeof given !== 'object' || given === null || !('uri' in given)) return undefined;
  return given.uri instanceof vscode.Uri ? given.uri : undefined;
}

function activeCheckpoint(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (!(input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText)) return undefined;
  return isCheckpoint(input.uri) ? input.uri : undefined;
}

type Choice = PickItem & { readonly uri?: vscode.Uri };

async function pickCheckpoint(title: string): Promise<vscode.Uri | undefined> {
  const browse: Choice = { icon: 'folder-opened', label: 'Browse…', alwaysShow: true };
  const picked = await pickOne(listed(browse), {
    title,
    placeHolder: 'Which checkpoint?',
    matchOnDescription: true,
  });
  return picked === browse ? browseForCheckpoint(title) : picked?.uri;
}

/** Paths of the workspace's checkpoints, as their names tell; of very many the first. */
export async function listCheckpoints(): Promise<readonly string[]> {
  const { files } = await findCheckpoints();
  return files.map((file) => file.path);
}

async function listed(browse: Choice): Promise<Choice[]> {
  const { files } = await findCheckpoints();
  const items = files.map((file): Choice => {
    return { label: file.name, description: file.folder, uri: vscode.Uri.file(file.path) };
  });
  items.sort((a, b) => a.label.localeCompare(b.label));
  return [...items, browse];
}

async function browseForCheckpoint(title: string): Promise<vscode.Uri | undefined> {
  const uris = await vscode.window.showOpenDialog({
    title,
    filters: { Checkpoints: [...CHECKPOINT_EXTENSIONS, 'json'] },
  });
  return uris?.[0];
}
