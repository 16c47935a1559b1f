import { Option, type Command } from 'commander';
import { wholeNumber, withJson, withLimit, withNetworkOnImages, type OnImagesFlags } from '../arguments';
import { DATA_KINDS } from '../../engine/data/kinds';
import { examples, READS } from '../help';
import { renderEvaluate } from '../render/measures';
import type { Session } from '../session';

interface Flags extends OnImagesFlags {
  readonly batch?: number;
}

/** `acnet evaluate FILE --data PATH` */
export function evaluateCommand(parent: Command, session: Session): void {
  const command = parent
    .command('evaluate')
    .description('Accuracy and loss on labelled images')
    .argument('<file>', `checkpoint with a network: ${READS}`)
    .requiredOption('--data <path>', DATA_KINDS);
  withLimit(command).addOption(new Option('--batch <n>', 'images run at once').argParser(wholeNumber(1)));
  withNetworkOnImages(command);
  withJson(command)
    .addHelpText(
      'after',
      examples([
        'acnet evaluate model.keras --data images/',
        'acnet evaluate model.keras --data images/ --mean 0.49,0.46,0.41 --limit 1000',
      ]),
    )
    .action(async (file: string, { json, ...options }: Flags) => {
      const { evaluateFile } = await import('../../operations/evaluate');
      await session.run(
        { json },
        { work: (context) => evaluateFile(file, options, context), render: renderEvaluate },
      );
    });
}
