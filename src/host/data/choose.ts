import type * as vscode from 'vscode';
import { isTrusted, type CommandServices } from '../services';
import { preprocessingAside } from '../preprocessing/choose';
import { askData } from './ask';

/** Asks for images and remembers them for the checks of a file. */
export async function chooseData(services: CommandServices, uri: vscode.Uri): Promise<void> {
  if (!isTrusted('Working on images')) return;
  const aside = preprocessingAside(services, uri);
  const position = { step: 1, totalSteps: 1, canGoBack: false };
  const answer = await askData('Choose Images', knownData(services, uri), position, aside);
  if (answer !== undefined && answer !== 'back') services.data.remember(uri.toString(), answer.data);
}

/** The images last used on a file, asked for when there are none; undefined when the question was closed. */
export async function dataFor(services: CommandServices, uri: vscode.Uri): Promise<string | undefined> {
  const known = services.data.of(uri.toString());
  if (known !== undefined) return known;
  await chooseData(services, uri);
  return services.data.of(uri.toString());
}

/** Images used before, those of the file first. */
export function knownData({ data }: CommandServices, uri: vscode.Uri): readonly string[] {
  const own = data.of(uri.toString());
  return own === undefined ? data.recent : [own, ...data.recent];
}
