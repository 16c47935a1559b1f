import { readdir } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { isCheckpointName } from './file-names';
import { listCheckpoints } from './choose';
import { relatives } from './relatives';
import { diskPath } from './target';
import { showPick } from '../ui/quick-pick';
import type { StepPosition } from '../ui/steps';
import { type PickItem } from '../ui/window';

interface Question {
  readonly title: string;
  readonly placeholder: string;
  /** Path of the file for which another one is asked. */
  readonly source: string;
  readonly position: StepPosition;
  /** Whether files of other formats are relatives too. */
  readonly anyFormat?: boolean;
  /** Label of the answer that there is none, where that is one. */
  readonly none?: string;
}

/** Absent where the answer is that there is none. */
interface Answer<F> {
  readonly file: F;
}

type Item = PickItem & { readonly file?: string; readonly isNone?: boolean };

/**
 * The step that asks for a second checkpoint: the file's own relatives first, what it was made from or became; then the
 * workspace's, or any file.
 */
export async function askCheckpoint(
  question: Question & { readonly none: string },
): Promise<Answer<string | undefined> | 'back' | undefined>;
export async function askCheckpoint(question: Question): Promise<Answer<string> | 'back' | undefined>;
export async function askCheckpoint({
  title,
  placeholder,
  source,
  position,
  anyFormat = false,
  none,
}: Question): Promise<Answer<string | undefined> | 'back' | undefined> {
  const near = relatives(source, (await nearby(source)).filter(isCheckpoint), anyFormat);
  const listed = await listCheckpoints();
  const rest = listed.filter((file) => file !== source && !near.includes(file));
  const items: Item[] = [
    ...(none === undefined ? [] : [{ label: none, isNone: true }]),
    ...[...near, ...rest].map((file) => ({ label: path.basename(file), description: folderOf(file), file })),
    { icon: 'folder-opened', label: 'Browse…', alwaysShow: true },
  ];
  for (;;) {
    const options = { title, placeholder, items, selected: items.slice(0, 1), many: false, position };
    const picked = await showPick(options);
    if (picked === undefined || picked === 'back') return picked;
    if (picked[0]?.isNone) return { file: undefined };
    const file = picked[0]?.file ?? (await browse(title));
    // A dialog that was closed leads back to this question.
    if (file !== undefined) return { file };
  }
}

function isCheckpoint(file: string): boolean {
  return isCheckpointName(path.basename(file));
}

/** The checkpoints that may be relatives: beside the source, in the folders beside it, and above it. */
async function nearby(source: string): Promise<string[]> {
  const here = path.dirname(source);
  const files: string[] = [];
  for (const folder of [here, path.dirname(here)]) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const full = path.join(folder, entry.name);
      if (!entry.isDirectory()) files.push(full);
      else if (folder === here && /\.acnet$/.test(entry.name)) {
        const inside = await readdir(full).catch(() => []);
        files.push(...inside.map((name) => path.join(full, name)));
      }
    }
  }
  return files;
}

function folderOf(file: string): string {
  const relative = vscode.workspace.asRelativePath(path.dirname(file));
  return relative === '.' ? '' : relative;
}

async function browse(title: string): Promise<string | undefined> {
  const uris = await vscode.window.showOpenDialog({ title });
  return uris?.[0] && diskPath(uris[0]);
}
