import path from 'node:path';
import * as vscode from 'vscode';
import { registerCommands, registerSetupCommands } from './host/commands';
import type { CommandServices } from './host/commands/context';
import { Owner } from './host/dispose';
import { messageOf } from './host/errors';
import { InspectorProvider, openInInspector } from './host/inspector/provider';
import type { PageActions } from './host/inspector/panel';
import { Jobs } from './host/jobs';
import { NativeBackend } from './host/native/native-backend';
import { CheckpointsView } from './host/view/checkpoints-view';
import { IdleReader } from './host/view/idle-reader';
import { WorkerClient } from './host/workers/client';
import { workerEnvironment } from './host/workers/environment';
import { WorkerProcess } from './host/workers/process';
import type { InspectorState } from './protocol/inspector';

/** What tests inside VS Code look at; absent in an installed extension. */
export interface TestAccess {
  stateOf(uri: vscode.Uri): InspectorState | undefined;
  readyPages(uri: vscode.Uri): number;
  readerPid(): number | undefined;
  cancelJob(uri: vscode.Uri): void;
  readonly view: CheckpointsView;
  readonly nativeStorage: string;
  /** As the Cancel of the notification does. */
  stopInstalling(): void;
  /** What `activate` took. */
  readonly activationMilliseconds: number;
}

/** Builds everything once; `context.subscriptions` owns it. */
export function activate(context: vscode.ExtensionContext): TestAccess | undefined {
  const start = performance.now();
  const owner = new Owner();
  context.subscriptions.push(owner);
  const log = owner.track(vscode.window.createOutputChannel('ACNet', { log: true }));
  const reader = owner.track(startReader(context, log));
  const jobs = owner.track(new Jobs((uri) => inspector.modelOf(uri)));
  const services: CommandServices = { reader, jobs, log, openInInspector };
  const inspector: InspectorProvider = owner.track(
    new InspectorProvider({
      reader,
      log,
      extensionUri: context.extensionUri,
      locale: vscode.env.language,
      isTrusted: () => vscode.workspace.isTrusted,
      logFailure: (error) => log.error(messageOf(error)),
      actionsFor: (uri) => pageActions(services, uri),
    }),
  );
  owner.track(registerCommands(services));
  const native = owner.track(new NativeBackend(context, log));
  const view = owner.track(new CheckpointsView(new IdleReader(() => startReader(context, log))));
  owner.track(registerSetupCommands(services, { native, extension: context.extension, view }));
  if (context.extensionMode === vscode.ExtensionMode.Production) return undefined;
  return {
    stateOf: (uri) => inspector.modelOf(uri)?.state,
    readyPages: (uri) => inspector.readyPages(uri),
    readerPid: () => reader.pid,
    cancelJob: (uri) => jobs.cancel(uri),
    view,
    nativeStorage: native.storage,
    stopInstalling: () => native.installation?.abort(),
    activationMilliseconds: performance.now() - start,
  };
}

function startReader(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): WorkerClient<'reader'> {
  const file = path.join(context.extensionPath, 'dist', 'reader.cjs');
  return new WorkerClient(
    'reader',
    (events) => new WorkerProcess(file, workerEnvironment(process.env), events),
    {
      line: (text) => log.debug(`reader: ${text}`),
      problem: (text) => log.error(text),
    },
  );
}

function pageActions(services: CommandServices, uri: vscode.Uri): PageActions {
  const run = (command: string, ...args: unknown[]): void =>
    void vscode.commands.executeCommand(command, uri, ...args);
  return {
    convert: (layers) => run('acnet.convert', layers && { ticked: layers }),
    fuse: () => run('acnet.fuse'),
    cancelJob: () => services.jobs.cancel(uri),
    showLog: () => services.log.show(),
  };
}
