import type { Command } from 'commander';
import { withArchitecture, withJson, type ArchitectureFlag } from '../arguments';
import { terminalLine } from '../../shared/sinks/terminal';
import { examples, READS } from '../help';
import { renderInspect } from '../render/inspect';
import type { Session } from '../session';

/** `acnet inspect FILE` */
export function inspectCommand(parent: Command, session: Session): void {
  const command = parent
    .command('inspect')
    .description('Facts of a checkpoint, and which of its convolutions can become an ACB')
    .argument('<file>', `checkpoint: ${READS}`);
  withArchitecture(command);
  withJson(command)
    .addHelpText('after', examples(['acnet inspect model.keras', 'acnet inspect model.h5 --json']))
    .action(async (file: string, options: ArchitectureFlag & { json?: boolean }) => {
      const { inspectFile } = await import('../../operations/inspect');
      await session.run(options, {
        work: () => inspectFile(file, options),
        render: (result) => renderInspect(terminalLine(file), result),
      });
    });
}
