import { Option, type Command } from 'commander';
import { withArchitecture, withJson, type ArchitectureFlag } from '../arguments';
import { examples, READS } from '../help';
import { renderExport } from '../render/rewriting';
import type { Session } from '../session';
import { LAYOUTS, type Layout } from '../../shared/choices';

interface Flags extends ArchitectureFlag {
  readonly layout?: Layout;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** `acnet export FILE OUTPUT` */
export function exportCommand(parent: Command, session: Session): void {
  const command = parent
    .command('export')
    .description("Save a network in another format, by the output's name")
    .argument('<file>', `checkpoint with a network: ${READS}`)
    .argument('<output>', 'new file: .onnx, .keras, .h5, .hdf5, .json')
    .addOption(
      new Option(
        '--layout <layout>',
        'images of an ONNX model: nhwc, as everywhere else here (default), or nchw, as PyTorch has them',
      ).choices(LAYOUTS),
    )
    .option('--force, --overwrite', 'replace the output if it exists');
  withArchitecture(command);
  withJson(command)
    .addHelpText(
      'after',
      examples(['acnet export model.keras model.onnx', 'acnet export model.onnx model.keras']),
    )
    .action(async (file: string, output: string, { json, ...options }: Flags) => {
      const { exportFile } = await import('../../operations/export');
      await session.run(
        { json },
        { work: (context) => exportFile(file, output, options, context), render: renderExport },
      );
    });
}
