import path from 'node:path';
import * as vscode from 'vscode';
import type { JobFacts } from '../../contract/results';
import { HostError } from '../errors';
import { notify } from '../ui/window';

/** What happens to a job that writes outside of the workspace: the user is asked, or has answered already. */
export type OutsideAnswer = 'ask' | 'allow' | 'refuse';

const ALLOW = 'Run and Write There';

/** The workspace's folders on this disk: a job may write anywhere in them. */
export function workspacePlaces(): string[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
}

/**
 * Folders into which a job may write, those outside of the workspace after the user has agreed to them. A job file may have
 * come with the workspace: where it writes is seen before it does.
 * @returns undefined if the user does not agree
 * @throws HostError if nobody is asked and nobody has agreed
 */
export async function allowedPlaces(
  file: string,
  { outside: { folders, existing } }: Pick<JobFacts, 'outside'>,
  answer: OutsideAnswer,
): Promise<readonly string[] | undefined> {
  const inside = workspacePlaces();
  if (folders.length === 0) return inside;
  const message = `${path.basename(file)} writes outside of its folder and the workspace.`;
  if (answer === 'refuse') {
    throw new HostError(`${message} "allowOutside" allows it. It writes into ${folders.join(', ')}`, file);
  }
  if (answer === 'allow') return [...inside, ...folders];
  const replaces =
    existing.length > 0 ? ` Already there, and replaced if the run overwrites: ${existing.join(', ')}.` : '';
  const detail = `It writes into ${folders.join(', ')}.${replaces}`;
  const given = await notify('warning', message, [ALLOW], { detail });
  return given === ALLOW ? [...inside, ...folders] : undefined;
}
