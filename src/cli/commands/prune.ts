import { Option, type Command } from 'commander';
import { DATA_KINDS } from '../../engine/data/kinds';
import {
  nameList,
  ratioList,
  wholeNumber,
  withJson,
  withLimit,
  withNetworkOnImages,
  type OnImagesFlags,
} from '../arguments';
import { examples } from '../help';
import { renderPrune } from '../render/measures';
import type { Session } from '../session';
import { POSITION_GROUPS, type PositionGroup } from '../../shared/position-groups';

interface Flags extends OnImagesFlags {
  readonly groups?: PositionGroup[];
  readonly ratios?: number[];
  readonly seeds: number;
}

/** `acnet prune FILE --data PATH` */
export function pruneCommand(parent: Command, session: Session): void {
  const command = parent
    .command('prune')
    .description(
      'Pruning check: accuracy when random weights of one group of kernel positions are zeroed (figure 5)',
    )
    .argument('<file>', 'checkpoint with a network; ACBs are fused first; the file is not changed')
    .requiredOption(
      '--data <path>',
      `${DATA_KINDS}; of images without class folders the agreement with the unpruned network is measured`,
    )
    .addOption(
      new Option(
        '--groups <names>',
        `out of ${POSITION_GROUPS.join(', ')} (default: the first three, and all for blocks of the border variant)`,
      ).argParser(nameList(POSITION_GROUPS)),
    )
    .addOption(
      new Option('--ratios <list>', 'zeroed weights / all weights of each layer, as in 0,0.05,0.1').argParser(
        ratioList,
      ),
    )
    .addOption(new Option('--seeds <n>', 'random masks for each point').argParser(wholeNumber(1)).default(5));
  withLimit(command);
  withNetworkOnImages(command);
  withJson(command)
    .addHelpText(
      'after',
      examples([
        'acnet prune model.fused.keras --data images/',
        'acnet prune model.fused.keras --data images/ --groups square,border',
        'acnet prune model.fused.keras --data images/ --ratios 0,0.1,0.2 --limit 1000',
      ]),
    )
    .action(async (file: string, { json, ...options }: Flags) => {
      const { pruneFile } = await import('../../operations/prune');
      await session.run(
        { json },
        { work: (context) => pruneFile(file, options, context), render: renderPrune },
      );
    });
}
