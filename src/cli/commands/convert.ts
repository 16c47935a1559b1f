import { Option, type Command } from 'commander';
import {
  BRANCHES,
  DEFAULT_SHARE,
  STARTS,
  VARIANTS,
  type Branches,
  type Origin,
  type Variant,
} from '../../shared/choices';
import {
  imageFlagsNeedData,
  positiveFraction,
  shareOfOne,
  wholeNumber,
  withArchitecture,
  withBackend,
  withInputSize,
  withJson,
  withOutput,
  withPreprocessing,
  type ArchitectureFlag,
  type PreprocessingFlags,
} from '../arguments';
import { examples, READS } from '../help';
import { renderConvert } from '../render/rewriting';
import type { Session } from '../session';

interface Flags extends PreprocessingFlags, ArchitectureFlag {
  readonly output: string;
  readonly overwrite?: boolean;
  readonly variant: Variant;
  readonly start?: Origin;
  readonly branches?: Branches;
  readonly init?: keyof typeof EARLIER_STARTS;
  readonly layers?: string;
  readonly data?: string;
  readonly seed: number;
  readonly gamma?: number;
  readonly share?: number;
  readonly assumeBn?: boolean;
  readonly inputSize?: readonly [number, number];
  readonly json?: boolean;
}

/** Names of earlier versions. */
const EARLIER_STARTS = { preserve: 'checkpoint', random: 'scratch' } as const;

/** `acnet convert FILE -o OUT` */
export function convertCommand(parent: Command, session: Session): void {
  const command = parent
    .command('convert')
    .description(
      'Swap convolutions for ACBs; the output of the network does not change unless it starts from scratch',
    )
    .argument('<file>', `checkpoint: ${READS}`);
  withOutput(command).addOption(
    new Option(
      '--variant <name>',
      'rows and columns the 1-D kernels land on: centre (the paper) or edge (its ablation)',
    )
      .choices(VARIANTS)
      .default('skeleton'),
  );
  withStart(command);
  command
    .option('--layers <glob>', 'which sites, as in "block*,conv?" (default: all eligible with kernel ≤ 7)')
    .option(
      '--data <path>',
      'images, with or without labels, on which new batch norms are calibrated (otherwise the first training does it)',
    )
    .addOption(new Option('--seed <n>', 'seed for the new kernels').argParser(wholeNumber(0)).default(0));
  command.addOption(
    new Option(
      '--gamma <g>',
      'with --branches paper: initial γ of every branch, e.g. 1/3 (default: 1)',
    ).argParser(positiveFraction),
  );
  command.option('--assume-bn', 'weights without network: pair batch norms with convolutions by name');
  withArchitecture(command);
  withInputSize(command);
  withPreprocessing(command);
  imageFlagsNeedData(command, ['size', 'resize', 'scale', 'mean', 'std']);
  withBackend(command);
  withJson(command)
    .addHelpText(
      'after',
      examples([
        'acnet convert model.keras -o model.acnet.keras',
        'acnet convert model.keras -o fresh.keras --start scratch --seed 1',
        'acnet convert model.h5 -o model.acnet.h5 --layers "conv2*" --data images/',
      ]),
    )
    .action((file: string, flags: Flags) => convert(session, file, flags));
}

/** What the converted network starts from. */
function withStart(command: Command): void {
  command
    .addOption(
      new Option(
        '--start <name>',
        'checkpoint: keep the weights; scratch: draw every weight of the network anew, to train it',
      )
        .choices(STARTS)
        .default('checkpoint'),
    )
    .addOption(
      new Option(
        '--branches <name>',
        'zero: new branches start at γ = 0; split: they take a share of the kernel’s row and column; compensated: random, subtracted from the square kernel (needs --data); paper: all three at γ = 1, only from scratch (default: zero from a checkpoint, paper from scratch)',
      ).choices(BRANCHES),
    )
    .addOption(
      new Option(
        '--share <r>',
        `with --branches split or compensated: how much the branches carry, above 0 and at most 1 (default: ${DEFAULT_SHARE})`,
      ).argParser(shareOfOne),
    )
    .addOption(
      new Option('--init <name>', 'earlier name: preserve for --start checkpoint, random for --start scratch')
        .choices(Object.keys(EARLIER_STARTS))
        .conflicts(['start', 'branches']),
    );
}

async function convert(session: Session, file: string, flags: Flags): Promise<void> {
  const { output, init, start, json, assumeBn, ...rest } = flags;
  const { convertFile } = await import('../../operations/convert/convert');
  const options = { ...rest, start: init ? EARLIER_STARTS[init] : start, assumeNorms: assumeBn };
  await session.run(
    { json },
    { work: (context) => convertFile(file, output, options, context), render: renderConvert },
  );
}
