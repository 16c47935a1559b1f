import path from 'node:path';
import * as vscode from 'vscode';
import { Owner } from '../dispose';
import { WorkerClient } from '../workers/client';
import { workerEnvironment } from '../workers/environment';
import { WorkerProcess } from '../workers/process';
import { selectedInterpreter } from './python-extension';
import { type Log } from '../ui/window';

const SETTINGS = ['acnet.nativePath', 'acnet.backend'];

/** Where the native backend is looked for from the editor. The search itself is made by the process that loads it. */
export class NativeBackend extends Owner {
  /** The extension's folder for what its install command brings. */
  readonly storage: string;
  /** Stops the installation that is under way, if one is. */
  installation: AbortController | undefined;
  private readonly changes = this.track(new vscode.EventEmitter<void>());
  /** A process that was started before looks in the wrong places now. */
  readonly onDidChange = this.changes.event;

  constructor(
    private readonly context: Pick<vscode.ExtensionContext, 'globalStorageUri' | 'extensionPath'>,
    private readonly log: Log,
  ) {
    super();
    this.storage = path.join(context.globalStorageUri.fsPath, 'native');
    this.track(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (SETTINGS.some((name) => event.affectsConfiguration(name))) this.changed();
      }),
    );
  }

  /** The program that downloads and unpacks. */
  get installer(): string {
    return path.join(this.context.extensionPath, 'media', 'native', 'install.py');
  }

  override dispose(): void {
    this.installation?.abort();
    super.dispose();
  }

  /** Tells that something else may be found now. */
  changed(): void {
    this.changes.fire();
  }

  /** For the environment of a process that runs networks. A restricted workspace names no paths. */
  variables(): NodeJS.ProcessEnv {
    const settings = vscode.workspace.getConfiguration('acnet');
    const chosen = settings.get<string>('backend', 'auto');
    const nativePath = vscode.workspace.isTrusted ? settings.get<string>('nativePath', '') : '';
    return {
      ACNET_STORAGE: this.storage,
      ACNET_PYTHON: (vscode.workspace.isTrusted ? selectedInterpreter() : undefined) ?? 'python3',
      ...(nativePath && { ACNET_SETTINGS_NATIVE: nativePath }),
      ...(chosen !== 'auto' && { ACNET_BACKEND: chosen }),
    };
  }

  /**
   * Works with a process of its own, which looks afresh and is ended afterwards.
   * @param changes of the environment; undefined takes a variable away
   */
  async withTrainer<T>(
    work: (trainer: WorkerClient<'trainer'>) => Promise<T>,
    changes: NodeJS.ProcessEnv = {},
  ): Promise<T> {
    const file = path.join(this.context.extensionPath, 'dist', 'trainer.cjs');
    const env = { ...workerEnvironment(process.env), ...this.variables(), ...changes };
    const trainer = new WorkerClient('trainer', (events) => new WorkerProcess(file, env, events), {
      line: (text) => this.log.debug(`trainer: ${text}`),
      problem: (text) => this.log.warn(text),
    });
    try {
      return await work(trainer);
    } finally {
      trainer.dispose();
    }
  }
}
