import type { Command } from '../kit/command';

/** Shows what the extension has logged. */
export const showLog: Command<void> = {
  id: 'showLog',
  title: 'Show Log',
  icon: 'output',
  menus: { palette: 'anywhere' },
  run: ({ log }) => Promise.resolve(log.show()),
};
