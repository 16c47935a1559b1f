import path from 'node:path';
import * as vscode from 'vscode';
import { CHECKPOINT_EXTENSIONS, isCheckpointName } from './file-names';
import { targetOf, type Target } from './target';
import { findCheckpoints } from '../view/find';
import { pickOne, type PickItem } from '../ui/window';

const isCheckpoint = (uri: vscode.Uri): boolean => isCheckpointName(path.posix.basename(uri.path));

/**
 * What a command acts on: the file it was called for, else the active editor's, else one the user picks.
 * @throws HostError for a virtual file
 */
export async function chooseCheckpoint(given: unknown, title: string): Promise<Target | undefined> {
  const uri = await chooseUri(given, title);
  return uri && targetOf(uri);
}

/** The same, a virtual file too: the inspector's page says what is wrong with one. */
export async function chooseUri(given: unknown, title: string): Promise<vscode.Uri | undefined> {
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
