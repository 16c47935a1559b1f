import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { diskPath } from './target';
import { suggestOutput } from './suggest-output';
import { showPick } from '../ui/quick-pick';
import type { Step, StepPosition } from '../ui/steps';
import { notify } from '../ui/window';

/** Where a result goes; `overwrite` only after the user has said so. */
export interface Output {
  readonly path: string;
  readonly overwrite: boolean;
}

/**
 * The step that asks for the output file: a free name beside the source, replacing what an earlier run left (asked
 * once more), or the save dialog.
 * @param suffix what tells the result from its source, as in `acnet`
 */
export function outputStep(source: string, suffix: string, title: string): Step<OnOutput> {
  const filters = { Checkpoint: [path.extname(source).slice(1)] };
  return (_state, position) => {
    const names = suggestOutput(source, suffix, existsSync);
    return askFile({ ...names, title, filters, placeholder: 'Where to write the result' }, position);
  };
}

/** Answers that have a place for the result. */
interface OnOutput {
  readonly output?: Output;
}

/** A file that is to be written. */
interface Asked {
  readonly title: string;
  readonly placeholder: string;
  /** A name that is not taken. */
  readonly free: string;
  /** A file that might be replaced instead. */
  readonly taken?: string;
  /** Of the save dialog. */
  readonly filters: Readonly<Record<string, string[]>>;
}

/** Asks for a file to write, in a step; an existing one is replaced only when the user has said so twice. */
export async function askFile(asked: Asked, position: StepPosition): Promise<OnOutput | 'back' | undefined> {
  const { free, taken, title, placeholder } = asked;
  const beside = {
    label: path.basename(free),
    description: 'beside the source',
    choose: () => Promise.resolve<Output | undefined>({ path: free, overwrite: false }),
  };
  const items = [
    beside,
    ...(taken ? [{ label: `Replace ${path.basename(taken)}`, choose: () => confirmReplacing(taken) }] : []),
    { icon: 'folder-opened', label: 'Elsewhere…', choose: () => saveDialog(asked) },
  ];
  for (;;) {
    const options = { title, placeholder, items, selected: [beside] };
    const picked = await showPick({ ...options, many: false, position });
    if (picked === undefined || picked === 'back') return picked;
    const output = await picked[0]?.choose();
    // A dialog that was closed leads back to this question.
    if (output) return { output };
  }
}

async function confirmReplacing(target: string): Promise<Output | undefined> {
  const replace = 'Replace';
  const answer = await notify('warning', `Replace ${path.basename(target)}?`, [replace], {
    detail: `The file exists in ${path.dirname(target)}; its contents would be lost.`,
  });
  return answer === replace ? { path: target, overwrite: true } : undefined;
}

async function saveDialog({ title, free, filters }: Asked): Promise<Output | undefined> {
  const uri = await vscode.window.showSaveDialog({ title, defaultUri: vscode.Uri.file(free), filters });
  // The dialog itself has asked before it gives the name of an existing file.
  if (!uri) return undefined;
  const file = diskPath(uri);
  return { path: file, overwrite: existsSync(file) };
}
