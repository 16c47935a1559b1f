import type { Command } from 'commander';
import { withArchitecture, withInputSize, withJson, withOutput, type ArchitectureFlag } from '../arguments';
import { examples, READS } from '../help';
import { renderFuse } from '../render/rewriting';
import type { Session } from '../session';

interface Flags extends ArchitectureFlag {
  readonly output: string;
  readonly overwrite?: boolean;
  readonly fold?: boolean;
  readonly inputSize?: readonly [number, number];
  readonly json?: boolean;
}

/** `acnet fuse FILE -o OUT` */
export function fuseCommand(parent: Command, session: Session): void {
  const command = parent
    .command('fuse')
    .description('Turn every ACB back into one convolution with the same output')
    .argument('<file>', `checkpoint with ACBs: ${READS}`);
  withOutput(command).option(
    '--fold',
    'fold batch norms into convolutions with bias, as in the paper (default: keep the layers of the original)',
  );
  withArchitecture(command);
  withInputSize(command);
  withJson(command)
    .addHelpText('after', examples(['acnet fuse model.acnet.keras -o model.fused.keras']))
    .action(async (file: string, { output, fold, json, ...rest }: Flags) => {
      const { fuseFile } = await import('../../operations/fuse');
      const options = { ...rest, fold: fold ?? false };
      await session.run(
        { json },
        { work: (context) => fuseFile(file, output, options, context), render: renderFuse },
      );
    });
}
