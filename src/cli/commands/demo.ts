import type { Command } from 'commander';
import { withBackend } from '../arguments';
import type { Session } from '../session';

interface Flags {
  readonly data: string;
  readonly output: string;
  readonly sample?: string;
}

/** `acnet demo`: what `npm run demo` runs; not listed, since it needs the MNIST files of this repository. */
export function demoCommand(parent: Command, session: Session): void {
  const command = parent
    .command('demo', { hidden: true })
    .description('The whole story on MNIST, with a report at the end')
    .requiredOption('--data <dir>', "folder with MNIST's four IDX files")
    .requiredOption('-o, --output <dir>', 'folder for everything that is written')
    .option('--sample <dir>', 'also refresh the sample checkpoint and images there');
  withBackend(command).action(async (options: Flags) => {
    const { runDemo } = await import('../demo/demo');
    await runDemo(options, session);
  });
}
