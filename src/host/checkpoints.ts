import path from 'node:path';
import * as vscode from 'vscode';
import { HostError } from './errors';

const EXTENSIONS = ['keras', 'h5', 'hdf5', 'pt', 'pth', 'th', 'ckpt', 'bin', 'safetensors'];
/** TensorFlow.js's name for the file of a model; other JSON is none. */
const LAYERS_MODEL = 'model.json';
const PATTERN = `**/{${EXTENSIONS.map((extension) => `*.${extension}`).join(',')},${LAYERS_MODEL}}`;
const IGNORED = '**/{node_modules,.git,.venv,venv}/**';
// More are better found by typing a path.
const LISTED = 500;

const isCheckpoint = (uri: vscode.Uri): boolean =>
  EXTENSIONS.includes(path.posix.extname(uri.path).slice(1).toLowerCase()) ||
  path.posix.basename(uri.path) === LAYERS_MODEL;

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
  if (given instanceof vscode.Uri) return given;
  return activeCheckpoint() ?? (await pickCheckpoint(title));
}

function activeCheckpoint(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (!(input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText)) return undefined;
  return isCheckpoint(input.uri) ? input.uri : undefined;
}

type Choice = vscode.QuickPickItem & { readonly uri?: vscode.Uri };

async function pickCheckpoint(title: string): Promise<vscode.Uri | undefined> {
  const browse: Choice = { label: '$(folder-opened) Browse…', alwaysShow: true };
  const picked = await vscode.window.showQuickPick(listed(browse), {
    title,
    placeHolder: 'Which checkpoint?',
    matchOnDescription: true,
  });
  return picked === browse ? browseForCheckpoint(title) : picked?.uri;
}

async function listed(browse: Choice): Promise<Choice[]> {
  const found = await vscode.workspace.findFiles(PATTERN, IGNORED, LISTED);
  const items = found.map((uri): Choice => {
    const relative = vscode.workspace.asRelativePath(uri);
    const folder = path.posix.dirname(relative);
    return { label: path.posix.basename(relative), description: folder === '.' ? '' : folder, uri };
  });
  items.sort((a, b) => a.label.localeCompare(b.label));
  return [...items, browse];
}

async function browseForCheckpoint(title: string): Promise<vscode.Uri | undefined> {
  const uris = await vscode.window.showOpenDialog({
    title,
    filters: { Checkpoints: [...EXTENSIONS, 'json'] },
  });
  return uris?.[0];
}
