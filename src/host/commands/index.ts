import * as vscode from 'vscode';
import { chooseCheckpoint } from '../checkpoints';
import { register, type CommandServices } from './context';
import { convert } from './convert';
import { fuse } from './fuse';

/** Registers every command of the extension. */
export function registerCommands(services: CommandServices): vscode.Disposable {
  return vscode.Disposable.from(
    register(services, 'acnet.inspect', async (given) => {
      const uri = await chooseCheckpoint(given, 'Inspect Checkpoint');
      if (uri) await services.openInInspector(uri);
    }),
    register(services, 'acnet.convert', (given, options) => convert(services, given, options)),
    register(services, 'acnet.fuse', (given, options) => fuse(services, given, options)),
    register(services, 'acnet.showLog', () => {
      services.log.show();
      return Promise.resolve();
    }),
  );
}
