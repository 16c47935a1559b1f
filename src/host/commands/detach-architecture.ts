import { NO_ARCHITECTURE } from '../checkpoints/no-architecture';
import { chooseCheckpoint } from '../checkpoints/choose';
import type { Command } from '../kit/command';

/** The file is weights by name again, whatever model lies beside it. */
export const detachArchitecture: Command<void> = {
  id: 'detachArchitecture',
  title: 'Detach Architecture',
  menus: { inspector: { group: '2_acnet', when: 'canDetach' } },
  fromPage: { detachArchitecture: ({ run }) => run() },
  async run(services, given) {
    const target = await chooseCheckpoint(given, 'Detach Architecture');
    if (!target) return;
    services.memory.architecture.remember(target.path, NO_ARCHITECTURE);
    services.log.info(`${target.path}: no model is attached`);
  },
};
