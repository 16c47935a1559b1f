import type { Command } from 'commander';
import { DATA_KINDS } from '../../engine/data/kinds';
import { withJson, withLimit, withNetworkOnImages, type OnImagesFlags } from '../arguments';
import { terminalLine } from '../../shared/sinks/terminal';
import { examples } from '../help';
import { renderRobustness } from '../render/robustness';
import type { Session } from '../session';

interface Flags extends OnImagesFlags {
  readonly against?: string;
}

/** `acnet robustness FILE --data PATH` */
export function robustnessCommand(parent: Command, session: Session): void {
  const command = parent
    .command('robustness')
    .description('Robustness check: accuracy on images that are rotated and flipped (table 4)')
    .argument('<file>', 'checkpoint with a network; the file is not changed')
    .requiredOption(
      '--data <path>',
      `${DATA_KINDS}; of images without class folders the agreement with the network's own answers is measured`,
    )
    .option(
      '--against <other>',
      'a second checkpoint, as the one before conversion: <file> minus <other> on the same images',
    );
  withLimit(command);
  withNetworkOnImages(command);
  withJson(command)
    .addHelpText(
      'after',
      examples([
        'acnet robustness model.fused.keras --data images/',
        'acnet robustness model.fused.keras --against model.keras --data images/',
      ]),
    )
    .action(async (file: string, { json, ...options }: Flags) => {
      const { robustnessOfFile } = await import('../../operations/robustness/robustness');
      await session.run(
        { json },
        {
          work: (context) => robustnessOfFile(file, options, context),
          render: (result) => renderRobustness(result, terminalLine(file)),
        },
      );
    });
}
