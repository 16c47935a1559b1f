import * as vscode from 'vscode';
import { l10n } from 'vscode';
import { z } from 'zod';
import type { CompareKernelsResult } from '../../contract/results';
import { askCheckpoint } from '../checkpoints/ask-second';
import { diskPath, type Target } from '../checkpoints/target';
import { HostError, messageOf } from '../errors';
import { isEarlier } from '../checkpoints/relatives';
import type { Command, PageOf } from '../kit/command';
import { onCheckpoint } from '../kit/on-checkpoint';
import type { CommandServices } from '../services';
import { ONLY_STEP } from '../ui/steps';

/** For callers by name: nothing is asked. */
const compareOptions = z.strictObject({
  other: z.string().min(1),
  /** Whether the other file is the earlier one; by their names when absent. */
  swapped: z.boolean().optional(),
});
type CompareOptions = z.output<typeof compareOptions>;

/**
 * The kernels of a checkpoint beside another one's, on the file's pages. Of two files that are selected in the Explorer these
 * are compared.
 */
export const compare: Command<CompareKernelsResult> = {
  id: 'compare',
  title: 'Compare With…',
  icon: 'diff',
  menus: {
    explorer: 'checkpoints',
    inspector: { group: '1_acnet' },
    row: { group: '1_acnet', of: 'checkpoint' },
  },
  fromPage: {
    compare: ({ run }) => run(),
    compareSwap: (page) => again(page, ({ comparisons }, key) => comparisons.swap(key)),
    compareAgain: (page) => again(page, ({ comparisons }, key) => comparisons.again(key)),
    compareStop: ({ services, uri }) => services.comparisons.stop(uri.toString()),
  },
  run: onCheckpoint<CompareOptions, CompareKernelsResult>({
    asks: l10n.t('Compare With…'),
    options: compareOptions,
    async ask(_services, target, selected) {
      const other = otherSelected(target, selected) ?? (await askOther(target));
      return other === undefined ? undefined : { other };
    },
    async run(services, target, { other, swapped = isEarlier(other, target.path) }) {
      const comparing = services.comparisons.ask({ target, other, swapped });
      const opening = services.openInInspector(target.uri);
      // The page shows what goes wrong, so it is opened before the error is reported.
      await Promise.allSettled([comparing, opening]);
      await opening;
      return comparing;
    },
  }),
};

/** Of two files that were compared before. The page shows what went wrong itself. */
function again(
  { services, uri }: PageOf,
  compare: (services: CommandServices, file: string) => Promise<unknown>,
): void {
  void compare(services, uri.toString()).catch((error: unknown) =>
    services.log.error(`inspector: ${messageOf(error)}`),
  );
}

/** The Explorer hands over all that is selected. @throws HostError for more than two */
function otherSelected(target: Target, selected: unknown): string | undefined {
  if (!Array.isArray(selected)) return undefined;
  const uris = selected.filter((each): each is vscode.Uri => each instanceof vscode.Uri);
  if (uris.length > 2) {
    throw new HostError(l10n.t('Two checkpoints are compared; {0} are selected.', uris.length));
  }
  const other = uris.find((each) => each.toString() !== target.key);
  return other && diskPath(other);
}

async function askOther({ path: source, name }: Target): Promise<string | undefined> {
  const title = l10n.t('Compare With…');
  const placeholder = l10n.t('Which checkpoint’s kernels are compared with {0}?', name);
  const answer = await askCheckpoint({ title, placeholder, source, position: ONLY_STEP, anyFormat: true });
  return answer === undefined || answer === 'back' ? undefined : answer.file;
}
