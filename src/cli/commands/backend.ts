import type { Command } from 'commander';
import { withJson } from '../arguments';
import { examples } from '../help';
import { renderBackend } from '../render/backend';
import type { Session } from '../session';

/** `acnet backend` */
export function backendCommand(parent: Command, session: Session): void {
  const command = parent
    .command('backend')
    .description(
      'Which TensorFlow is used, where it was found, what it can do; exit code 1 if there is none',
    );
  withJson(command)
    .addHelpText('after', examples(['acnet backend', 'acnet backend --json']))
    .action(async (options: { json?: boolean }) => {
      const { describeBackend } = await import('../../operations/backend');
      await session.run(options, {
        work: () => describeBackend(),
        render: renderBackend,
        failed: ({ backend }) => backend === null,
      });
    });
}
