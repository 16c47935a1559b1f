import { Argument, Option, type Command } from 'commander';
import { LAYOUTS, type Layout } from '../../shared/choices';
import { NEW_NETWORK_IDS, NEW_NETWORKS, type NewNetwork } from '../../shared/networks';
import { wholeNumber, withJson } from '../arguments';
import { examples } from '../help';
import { renderNew } from '../render/rewriting';
import type { Session } from '../session';

interface Flags {
  readonly classes: number;
  readonly channels: number;
  readonly seed: number;
  readonly layout?: Layout;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** `acnet new NETWORK OUTPUT` */
export function newCommand(parent: Command, session: Session): void {
  const command = parent
    .command('new')
    .description('Write an untrained network, to train it from scratch')
    .addArgument(new Argument('<network>', 'what it is; see below').choices(NEW_NETWORK_IDS))
    .argument('<output>', 'new file: .pth or .safetensors (with a Python module), .keras, .h5, .onnx, .json')
    .addOption(whole('--classes <n>', 'outputs', 2, 10))
    .addOption(whole('--channels <n>', 'channels of the images', 1, 3))
    .addOption(whole('--seed <n>', 'seed of the weights', 0, 0))
    .addOption(
      new Option(
        '--layout <layout>',
        'images of an ONNX model: nhwc, as everywhere else here (default), or nchw, as PyTorch has them',
      ).choices(LAYOUTS),
    )
    .option('--force, --overwrite', 'replace the output if it exists');
  const width = Math.max(...NEW_NETWORK_IDS.map(({ length }) => length));
  const networks = NEW_NETWORKS.map(({ id, description }) => `  ${id.padEnd(width)}  ${description}`);
  withJson(command)
    .addHelpText('after', `\nNetworks:\n${networks.join('\n')}`)
    .addHelpText(
      'after',
      examples(['acnet new resnet20 net.pth', 'acnet new cifar-quick-bn net.keras --channels 1']),
    )
    .action(async (network: NewNetwork, output: string, { json, ...options }: Flags) => {
      const { newFile } = await import('../../operations/new');
      await session.run(
        { json },
        { work: (context) => newFile(network, output, options, context), render: renderNew },
      );
    });
}

function whole(flags: string, description: string, least: number, value: number): Option {
  return new Option(flags, description).argParser(wholeNumber(least)).default(value);
}
