import type { Command } from 'commander';
import { withArchitecture, withJson, type ArchitectureFlag } from '../arguments';
import { examples, READS } from '../help';
import { renderCompare } from '../render/compare';
import type { Session } from '../session';

interface Flags extends ArchitectureFlag {
  readonly layers?: string;
  readonly raw?: boolean;
  readonly json?: boolean;
}

/** `acnet compare BEFORE AFTER` */
export function compareCommand(parent: Command, session: Session): void {
  const command = parent
    .command('compare')
    .description(
      'How much each kernel changed from one checkpoint to another, and how their mean |weight| at each kernel position differs',
    )
    .argument('<before>', `checkpoint: ${READS}`)
    .argument('<after>', 'what it became, in any of these formats')
    .option('--layers <globs>', 'only these layers: names with * and ?, separated by commas')
    .option('--raw', 'kernels as stored (default: batch norms and branches fused; --json has both)');
  withArchitecture(command);
  withJson(command)
    .addHelpText(
      'after',
      examples([
        'acnet compare model.keras model.fused.keras',
        "acnet compare epoch-1.pth epoch-90.pth --layers 'layer3.*'",
      ]),
    )
    .action(async (before: string, after: string, { json, raw, ...options }: Flags) => {
      const { compareKernelsOfFiles } = await import('../../operations/compare/compare');
      await session.run(
        { json },
        {
          work: (context) => compareKernelsOfFiles(before, after, options, context),
          render: (result) => renderCompare(result, raw ? 'raw' : 'fused'),
        },
      );
    });
}
