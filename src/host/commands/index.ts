import * as vscode from 'vscode';
import { chooseCheckpoint } from '../checkpoints';
import { register, type CommandServices } from './context';
import { convert } from './convert';
import { fineTune, newJob } from './fine-tune';
import { fuse } from './fuse';
import { prune } from './prune';
import { resumeJob, runJob } from './run-job';
import { showJobs } from './show-jobs';
import { verify } from './verify';

type Command = (services: CommandServices, given: unknown, options: unknown) => Promise<unknown>;

const COMMANDS: Readonly<Record<string, Command>> = {
  'acnet.inspect': async (services, given) => {
    const uri = await chooseCheckpoint(given, 'Inspect Checkpoint');
    if (uri) await services.openInInspector(uri);
  },
  'acnet.convert': convert,
  'acnet.fineTune': fineTune,
  'acnet.fuse': fuse,
  'acnet.verify': verify,
  'acnet.prune': prune,
  'acnet.newJob': newJob,
  'acnet.runJob': runJob,
  'acnet.resumeJob': resumeJob,
  'acnet.showJobs': showJobs,
  'acnet.showLog': (services) => {
    services.log.show();
    return Promise.resolve();
  },
};

/** Registers every command of the extension. */
export function registerCommands(services: CommandServices): vscode.Disposable {
  const registered = Object.entries(COMMANDS).map(([name, run]) =>
    register(services, name, (given, options) => run(services, given, options)),
  );
  return vscode.Disposable.from(...registered);
}
