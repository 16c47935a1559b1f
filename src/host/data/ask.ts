import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { diskPath } from '../checkpoints/target';
import { foreignOr } from '../kit/foreign-folders';
import type { Aside } from '../preprocessing/choose';
import { showPick } from '../ui/quick-pick';
import type { StepPosition } from '../ui/steps';
import { DATA_PATTERN, dataCandidates, IMAGE_PATTERN, type DataCandidate } from './candidates';
import { type PickItem } from '../ui/window';

/** Enough to see every folder of a usual workspace; the rest is found by browsing. */
const LOOKED_AT = 5000;

/** Images: a folder, or a file. */
interface ChosenData {
  readonly data: string;
}

type Item = PickItem & {
  readonly data?: string;
  readonly browses?: 'folders' | 'files';
  readonly isAside?: boolean;
};

/**
 * The step that asks for images: those used before, those found in the workspace, or any folder or file.
 * @param known used before, the likeliest first
 * @param aside a further answer, behind which the question comes again
 */
export async function askData(
  title: string,
  known: readonly string[],
  position: StepPosition,
  aside?: Aside,
): Promise<ChosenData | 'back' | undefined> {
  const used = [...new Set(known)].filter((file) => existsSync(file));
  const found = (await inWorkspace()).filter(({ path: folder }) => !used.includes(folder));
  const items: readonly Item[] = [
    ...used.map((data) => ({ ...itemOf(data), detail: 'used before', data })),
    ...found.map(({ path: data, kind }) => ({ ...itemOf(data), detail: kind, data })),
    {
      icon: 'folder-opened',
      label: 'Browse…',
      detail: 'One folder per class, perhaps under train and val; MNIST-like IDX files; CIFAR',
      browses: 'folders',
    },
    {
      icon: 'file',
      label: 'Browse Files…',
      detail: 'A .csv or .tsv of images and labels, or a NumPy .npz',
      browses: 'files',
    },
  ];
  for (;;) {
    const more: readonly Item[] = aside
      ? [{ icon: aside.icon, label: aside.label, detail: aside.detail(), isAside: true }]
      : [];
    const all = [...items, ...more];
    const options = { title, placeholder: 'Which images?', items: all, selected: all.slice(0, 1) };
    const picked = await showPick({ ...options, many: false, position });
    if (picked === undefined || picked === 'back') return picked;
    if (picked[0]?.isAside) {
      await aside?.run();
      continue;
    }
    const data = picked[0]?.data ?? (await browse(title, picked[0]?.browses === 'files'));
    // A dialog that was closed leads back to this question.
    if (data !== undefined) return { data };
  }
}

function itemOf(data: string): Item {
  const relative = vscode.workspace.asRelativePath(data);
  return { label: path.basename(data), description: relative === data ? path.dirname(data) : relative };
}

async function inWorkspace(): Promise<readonly DataCandidate[]> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return (await Promise.all(folders.map((folder) => within(folder)))).flat();
}

async function within(folder: vscode.WorkspaceFolder): Promise<readonly DataCandidate[]> {
  const patterns = [IMAGE_PATTERN, DATA_PATTERN].map(
    (pattern) => new vscode.RelativePattern(folder, pattern),
  );
  const files = await Promise.all(
    patterns.map((pattern) => vscode.workspace.findFiles(pattern, foreignOr(), LOOKED_AT)),
  );
  const paths = files.flat().map(({ fsPath }) => fsPath);
  return dataCandidates(paths, folder.uri.fsPath);
}

/** Most systems have no dialog for both. */
async function browse(title: string, forFiles: boolean): Promise<string | undefined> {
  const uris = await vscode.window.showOpenDialog(
    forFiles
      ? { title, filters: { 'Tables and arrays of images': ['csv', 'tsv', 'npz'] } }
      : { title, canSelectFiles: false, canSelectFolders: true },
  );
  return uris?.[0] && diskPath(uris[0]);
}
