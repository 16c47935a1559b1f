import path from 'node:path';
import * as vscode from 'vscode';
import { l10n } from 'vscode';
import { z } from 'zod';
import type { CompareKernelsResult } from '../../contract/results';
import { askCheckpoint } from '../checkpoints/ask-second';
import { chooseCheckpoint, diskPath } from '../checkpoints/choose';
import { HostError } from '../errors';
import { isEarlier } from '../checkpoints/relatives';
import { givenOptions, type CommandServices } from '../services';

/** For callers by name: nothing is asked. */
const compareOptions = z.strictObject({
  other: z.string().min(1),
  /** Whether the other file is the earlier one; by their names when absent. */
  swapped: z.boolean().optional(),
});

/**
 * `acnet.compare`: the kernels of a checkpoint beside another one's, on the file's pages. Of two files that are selected in
 * the Explorer these are compared.
 */
export async function compare(
  services: CommandServices,
  given: unknown,
  options: unknown,
): Promise<CompareKernelsResult | undefined> {
  const title = l10n.t('Compare With…');
  const uri = await chooseCheckpoint(given, title);
  if (!uri) return undefined;
  const source = diskPath(uri);
  const named = givenOptions(compareOptions, options);
  const other = named?.other ?? otherSelected(uri, options) ?? (await ask(source, title));
  if (other === undefined) return undefined;
  const swapped = named?.swapped ?? isEarlier(other, source);
  const comparing = services.comparisons.ask({ file: uri.toString(), path: source, other, swapped });
  const opening = services.openInInspector(uri);
  // The page shows what goes wrong, so it is there before that is told.
  await Promise.allSettled([comparing, opening]);
  await opening;
  return comparing;
}

/** The Explorer hands over all that is selected. @throws HostError for more than two */
function otherSelected(uri: vscode.Uri, selected: unknown): string | undefined {
  if (!Array.isArray(selected)) return undefined;
  const uris = selected.filter((each): each is vscode.Uri => each instanceof vscode.Uri);
  if (uris.length > 2) {
    throw new HostError(l10n.t('Two checkpoints are compared; {0} are selected.', uris.length));
  }
  const other = uris.find((each) => each.toString() !== uri.toString());
  return other && diskPath(other);
}

async function ask(source: string, title: string): Promise<string | undefined> {
  const placeholder = l10n.t('Which checkpoint’s kernels are held against {0}?', path.basename(source));
  const position = { step: 1, totalSteps: 1, canGoBack: false };
  const answer = await askCheckpoint({ title, placeholder, source, position, anyFormat: true });
  return answer === undefined || answer === 'back' ? undefined : answer.file;
}
