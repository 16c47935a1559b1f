import { l10n } from 'vscode';
import { z } from 'zod';
import type { Command } from '../kit/command';
import { uninstallTensorflow } from '../native/install';
import { notify } from '../ui/window';

/** Removes what was downloaded. Callers by name give an object, and nothing is asked. */
export const uninstallBackend: Command<void> = {
  id: 'uninstallBackend',
  title: 'Uninstall Native Backend',
  async run({ native }, given) {
    const remove = l10n.t('Remove');
    if (!z.strictObject({}).safeParse(given).success) {
      const detail = l10n.t(
        'What the extension has downloaded is deleted; Python environments are not touched.',
      );
      const question = l10n.t('Remove the native backend?');
      const answer = await notify('warning', question, [remove], { detail });
      if (answer !== remove) return;
    }
    const removed = await uninstallTensorflow(native.storage);
    native.changed();
    const words = removed
      ? l10n.t('The native backend was removed.')
      : l10n.t('No native backend was installed.');
    void notify('info', words);
  },
};
