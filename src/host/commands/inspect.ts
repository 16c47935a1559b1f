import { chooseUri } from '../checkpoints/choose';
import type { Command } from '../kit/command';

/** Opens a checkpoint in the inspector. */
export const inspect: Command<void> = {
  id: 'inspect',
  title: 'Inspect Checkpoint',
  icon: 'search',
  menus: { explorer: 'checkpoint', row: { group: 'inline', of: 'file' } },
  async run(services, given) {
    const uri = await chooseUri(given, 'Inspect Checkpoint');
    if (uri) await services.openInInspector(uri);
  },
};
