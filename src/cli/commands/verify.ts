import { Option, type Command } from 'commander';
import {
  imageFlagsNeedData,
  positiveNumber,
  wholeNumber,
  withArchitecture,
  withBackend,
  withJson,
  withPreprocessing,
  type ArchitectureFlag,
  type PreprocessingFlags,
} from '../arguments';
import { examples } from '../help';
import { renderVerify } from '../render/measures';
import type { Session } from '../session';

interface Flags extends PreprocessingFlags, ArchitectureFlag {
  readonly samples: number;
  readonly data?: string;
  readonly tolerance: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** `acnet verify A B` */
export function verifyCommand(parent: Command, session: Session): void {
  const command = parent
    .command('verify')
    .description('Run two networks on the same inputs and compare their outputs; exit code 1 if they differ')
    .argument('<a>', 'the reference')
    .argument('<b>', 'the checkpoint to compare with it')
    .addOption(new Option('--samples <n>', 'inputs to run').argParser(wholeNumber(1)).default(64))
    .option('--data <path>', 'images to run, with or without labels (default: random numbers)')
    .addOption(
      new Option(
        '--tolerance <t>',
        'largest max|a−b| / max|a| that passes, of each channel of a block (or of the outputs)',
      )
        .argParser(positiveNumber)
        .default(1e-5),
    )
    .addOption(new Option('--seed <n>', 'of the random inputs').argParser(wholeNumber(0)).default(0));
  withArchitecture(command);
  withPreprocessing(command);
  imageFlagsNeedData(command, ['resize', 'scale', 'mean', 'std']);
  withBackend(command);
  withJson(command)
    .addHelpText(
      'after',
      examples([
        'acnet verify model.acnet.keras model.fused.keras',
        'acnet verify model.keras model.acnet.keras --data images/ --samples 256',
      ]),
    )
    .action(async (a: string, b: string, { json, ...options }: Flags) => {
      const { verifyFiles } = await import('../../operations/verify/verify');
      await session.run(
        { json },
        {
          work: (context) => verifyFiles(a, b, options, context),
          render: renderVerify,
          failed: ({ passed }) => !passed,
        },
      );
    });
}
