import path from 'node:path';
import * as vscode from 'vscode';
import { BackendInfo } from './host/native/backend-info';
import { COMMANDS } from './host/commands';
import { showJobs } from './host/commands/show-jobs';
import type { CommandServices } from './host/services';
import { Comparisons } from './host/checks/comparisons';
import { Owner } from './host/dispose';
import { messageOf } from './host/errors';
import { offerChoice } from './host/reading/ask';
import { openMemories, rereadingOf } from './host/memory/answers';
import { FileStates } from './host/facts/states';
import { pageActions } from './host/inspector/page-actions';
import { nameOf } from './host/kit/command';
import { register } from './host/kit/register';
import { InspectorProvider, openInInspector } from './host/inspector/provider';
import { Jobs } from './host/jobs/jobs';
import { Measurements } from './host/facts/measurements';
import { NativeBackend } from './host/native/native-backend';
import { watchJobFiles } from './host/training/job-context';
import { CheckpointsView } from './host/view/checkpoints-view';
import { IdleReader } from './host/view/idle-reader';
import { AssumedTeller } from './host/workers/assumed';
import { AttachingClient } from './host/workers/attaching-client';
import { WorkerClient } from './host/workers/client';
import { workerEnvironment } from './host/workers/environment';
import { WorkerProcess } from './host/workers/process';

import type { InspectorState } from './contract/page';
import type { WorkerName } from './contract/calls';
import { openLog, type Log } from './host/ui/window';

/** What tests inside VS Code look at; absent in an installed extension. */
export interface TestAccess {
  stateOf(uri: vscode.Uri): InspectorState | undefined;
  readyPages(uri: vscode.Uri): number;
  /** As if a page of the file had said it. */
  say(uri: vscode.Uri, message: unknown): void;
  readerPid(): number | undefined;
  trainerPid(): number | undefined;
  /** What runs and what waits. */
  jobs(): readonly string[];
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
  const log = owner.track(openLog('ACNet'));
  const native = owner.track(new NativeBackend(context, log));
  const reader = owner.track(makeWorker('reader', context, log));
  const variables = (): NodeJS.ProcessEnv => native.variables();
  const trainer = owner.track(makeWorker('trainer', context, log, { processes: 'each', variables }));
  const states = new FileStates();
  const measurements = new Measurements(states);
  const jobs = owner.track(new Jobs(states, nameOf(showJobs)));
  const keyOf = (file: string): string => vscode.Uri.file(file).toString();
  const memory = openMemories(context.workspaceState, states, keyOf);
  const rereading = rereadingOf(memory);
  const attaching = new AttachingClient(reader, memory);
  const comparisons = new Comparisons(attaching, states, measurements);
  const services: CommandServices = {
    ...{ jobs, states, measurements, comparisons, memory, log, openInInspector },
    reader: attaching,
    trainer: new AttachingClient(trainer, memory),
    runs: new Map(),
    ...{ native, extension: context.extension },
    tickedIn: (key) => inspector.tickedIn(key),
    refreshView: () => view.refresh(),
  };
  const logFailure = (error: unknown): void => log.error(messageOf(error));
  const backend = new BackendInfo(trainer, (found) => inspector.setBackend(found), logFailure);
  const inspector: InspectorProvider = owner.track(
    new InspectorProvider({
      ...{ reader: services.reader, rereading, log, states, measurements, logFailure },
      extensionUri: context.extensionUri,
      locale: vscode.env.language,
      isTrusted: () => vscode.workspace.isTrusted,
      onUnclear: (unclear) => void offerChoice(memory, unclear),
      actionsFor: (uri) => pageActions(services, backend, uri),
    }),
  );
  owner.track(watchJobFiles(reader, states));
  owner.track(native.onDidChange(() => void backend.findAgain()));
  const ownReader = (): AttachingClient<'reader'> =>
    new AttachingClient(makeWorker('reader', context, log), memory);
  const view = owner.track(new CheckpointsView(new IdleReader(ownReader), rereading));
  owner.track(register(services, COMMANDS));
  if (context.extensionMode === vscode.ExtensionMode.Production) return undefined;
  const activationMilliseconds = performance.now() - start;
  return { ...testAccess(inspector, native, jobs, { reader, trainer }), view, activationMilliseconds };
}

function testAccess(
  inspector: InspectorProvider,
  native: NativeBackend,
  jobs: Jobs,
  { reader, trainer }: Record<WorkerName, { readonly pid: number | undefined }>,
): Omit<TestAccess, 'view' | 'activationMilliseconds'> {
  return {
    stateOf: (uri) => inspector.modelOf(uri)?.state,
    readyPages: (uri) => inspector.readyPages(uri),
    say: (uri, message) => inspector.receive(uri, message),
    readerPid: () => reader.pid,
    trainerPid: () => trainer.pid,
    jobs: () => jobs.all.map(({ plan }) => plan.title),
    nativeStorage: native.storage,
    stopInstalling: () => native.installation?.abort(),
  };
}

interface WorkerOptions {
  readonly processes?: 'kept' | 'each';
  /** Added to the environment of a process when it is started. */
  readonly variables?: () => NodeJS.ProcessEnv;
}

/** Starts nothing yet: the first call does. */
function makeWorker<W extends WorkerName>(
  name: W,
  context: vscode.ExtensionContext,
  log: Log,
  { processes = 'kept', variables = () => ({}) }: WorkerOptions = {},
): WorkerClient<W> {
  const assumptions = new AssumedTeller(log);
  const file = path.join(context.extensionPath, 'dist', `${name}.cjs`);
  const environment = (): NodeJS.ProcessEnv => ({ ...workerEnvironment(process.env), ...variables() });
  const told = {
    line: (text: string) => log.debug(`${name}: ${text}`),
    problem: (text: string) => log.error(text),
    assumed: assumptions.tell.bind(assumptions),
  };
  return new WorkerClient(name, (events) => new WorkerProcess(file, environment(), events), told, processes);
}
