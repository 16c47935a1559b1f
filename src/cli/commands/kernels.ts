import type { Command } from 'commander';
import { withArchitecture, withJson, type ArchitectureFlag } from '../arguments';
import { terminalLine } from '../../shared/sinks/terminal';
import { examples, READS } from '../help';
import { renderKernels } from '../render/kernels';
import type { Session } from '../session';

/** `acnet kernels FILE` */
export function kernelsCommand(parent: Command, session: Session): void {
  const command = parent
    .command('kernels')
    .description(
      'Mean |weight| at each kernel position (equations 9 and 10 of the paper), beside an untrained network',
    )
    .argument('<file>', `checkpoint: ${READS}`)
    .option('--per-layer', 'also each layer on its own (always there with --json)');
  withArchitecture(command);
  withJson(command)
    .addHelpText('after', examples(['acnet kernels model.keras', 'acnet kernels model.keras --per-layer']))
    .action(async (file: string, options: ArchitectureFlag & { json?: boolean; perLayer?: boolean }) => {
      const { kernelsOfFile } = await import('../../operations/kernels');
      await session.run(options, {
        work: () => kernelsOfFile(file, options),
        render: (result) => renderKernels(terminalLine(file), result, options.perLayer ?? false),
      });
    });
}
