import type { Command } from '../kit/command';

/** Has the view "Checkpoints" look at the workspace again. */
export const refreshCheckpoints: Command<void> = {
  id: 'refreshCheckpoints',
  title: 'Refresh Checkpoints',
  icon: 'refresh',
  menus: { palette: 'never', view: { group: 'navigation' } },
  run: (services) => Promise.resolve(services.refreshView()),
};
