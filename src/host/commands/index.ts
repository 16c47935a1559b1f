import path from 'node:path';
import * as vscode from 'vscode';
import { chooseCheckpoint } from '../checkpoints';
import { register, type CommandServices } from './context';
import { convert } from './convert';
import type { NativeBackend } from '../native/native-backend';
import type { CheckpointsView } from '../view/checkpoints-view';
import { diagnose } from './diagnose';
import { fuse } from './fuse';
import { installBackend, uninstallBackend } from './install-backend';
import { openSample } from './open-sample';

/** What the commands around the work on checkpoints need besides. */
export interface SetupServices {
  readonly native: NativeBackend;
  readonly extension: vscode.Extension<unknown>;
  readonly view: CheckpointsView;
}

/** Registers the commands that bring things here, or look after them. */
export function registerSetupCommands(
  services: CommandServices,
  { native, extension, view }: SetupServices,
): vscode.Disposable {
  const sample = path.join(extension.extensionPath, 'media', 'sample');
  return vscode.Disposable.from(
    register(services, 'acnet.openSample', (given) => openSample(services, sample, given)),
    register(services, 'acnet.installBackend', (given) => installBackend(services, native, given)),
    register(services, 'acnet.uninstallBackend', (given) => uninstallBackend(native, given)),
    register(services, 'acnet.diagnose', () => diagnose(services, native, extension)),
    register(services, 'acnet.refreshCheckpoints', () => Promise.resolve(view.refresh())),
  );
}

/** Registers the commands that work on checkpoints. */
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
