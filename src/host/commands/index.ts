import path from 'node:path';
import * as vscode from 'vscode';
import { chooseCheckpoint } from '../checkpoints/choose';
import { attachArchitecture, detachArchitecture } from './attach';
import { register, type CommandServices } from '../services';
import { compare } from './compare';
import { convert } from './convert';
import { diagnose } from './diagnose';
import { exportAs } from './export';
import { fineTune, newJob } from './fine-tune';
import { fuse } from './fuse';
import { prune } from './prune';
import { robustness } from './robustness';
import { resumeJob, runJob } from './run-job';
import { showJobs } from './show-jobs';
import { verify } from './verify';
import { installBackend, uninstallBackend } from './install-backend';
import { openSample } from './open-sample';
import type { NativeBackend } from '../native/native-backend';
import type { CheckpointsView } from '../view/checkpoints-view';

type Command = (services: CommandServices, given: unknown, options: unknown) => Promise<unknown>;

const COMMANDS: Readonly<Record<string, Command>> = {
  'acnet.inspect': async (services, given) => {
    const uri = await chooseCheckpoint(given, 'Inspect Checkpoint');
    if (uri) await services.openInInspector(uri);
  },
  'acnet.convert': convert,
  'acnet.fineTune': fineTune,
  'acnet.fuse': fuse,
  'acnet.export': exportAs,
  'acnet.verify': verify,
  'acnet.attachArchitecture': attachArchitecture,
  'acnet.detachArchitecture': detachArchitecture,
  'acnet.prune': prune,
  'acnet.robustness': robustness,
  'acnet.compare': compare,
  'acnet.newJob': newJob,
  'acnet.runJob': runJob,
  'acnet.resumeJob': resumeJob,
  'acnet.showJobs': showJobs,
  'acnet.showLog': (services) => {
    services.log.show();
    return Promise.resolve();
  },
};

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
  const registered = Object.entries(COMMANDS).map(([name, run]) =>
    register(services, name, (given, options) => run(services, given, options)),
  );
  return vscode.Disposable.from(...registered);
}
