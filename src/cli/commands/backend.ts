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
      'What runs networks: TensorFlow and what it can do, or the portable backend; exit code 1 if TensorFlow was asked for and is not there',
    );
  withJson(command)
    .addHelpText('after', examples(['acnet backend', 'acnet backend --json']))
    .action(async (options: { json?: boolean }) => {
      const { describeBackend } = await import('../../operations/backend/describe');
      await session.run(options, {
        work: () => describeBackend(),
        render: renderBackend,
        failed: ({ backend }) => backend === null,
      });
    });
}
