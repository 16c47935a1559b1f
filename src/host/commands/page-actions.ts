import * as vscode from 'vscode';
import type { BackendInfo } from '../files/backend-info';
import type { CommandServices } from '../services';
import { reportFailure } from '../services';
import { openResult } from './open-result';
import { chooseAgainst } from './robustness';
import { chooseData } from '../data/choose';
import { messageOf } from '../errors';
import { recallRun } from '../training/recall';
import type { PageActions } from '../inspector/panel';

/** What the page of a file can ask for. Whether the workspace is trusted is each command's to look at. */
export function pageActions(services: CommandServices, backend: BackendInfo, uri: vscode.Uri): PageActions {
  const { jobs, states, comparisons, log } = services;
  const key = uri.toString();
  const run = (command: string, ...args: unknown[]): void =>
    void vscode.commands.executeCommand(command, ...args);
  const guarded = (work: () => Promise<void>): void =>
    void work().catch((error: unknown) => reportFailure(services, 'inspector', error));
  // The page shows what went wrong itself.
  const shown = (work: Promise<unknown>): void =>
    void work.catch((error: unknown) => log.error(`inspector: ${messageOf(error)}`));
  return {
    convert: (layers) => run('acnet.convert', uri, ...(layers ? [{ ticked: layers }] : [])),
    fuse: () => run('acnet.fuse', uri),
    exportAs: () => run('acnet.export', uri),
    fineTune: () => run('acnet.fineTune', uri),
    verify: () => run('acnet.verify', uri),
    compare: () => run('acnet.compare', uri),
    compareSwap: () => shown(comparisons.swap(key)),
    compareAgain: () => shown(comparisons.again(key)),
    compareStop: () => comparisons.stop(key),
    attachArchitecture: () => run('acnet.attachArchitecture', uri),
    detachArchitecture: () => run('acnet.detachArchitecture', uri),
    chooseData: () => guarded(() => chooseData(services, uri)),
    prune: (options) => run('acnet.prune', uri, options),
    chooseAgainst: () => guarded(() => chooseAgainst(services, uri)),
    robustness: (options) => {
      const { lastData, lastAgainst } = states.get(key);
      run('acnet.robustness', uri, { data: lastData, against: lastAgainst, ...options });
    },
    cancelJob: () => jobs.on(key)?.cancel(),
    pauseJob: (paused) => jobs.on(key)?.setPaused(paused),
    resumeTraining: () => {
      const { training } = states.get(key);
      if (training) run('acnet.resumeJob', vscode.Uri.file(training.jobFile));
    },
    installBackend: () =>
      guarded(async () => {
        await vscode.commands.executeCommand('acnet.installBackend');
        await backend.findAgain();
      }),
    openResult: (file) => guarded(() => openResult(services, uri, file)),
    showLog: () => log.show(),
    shown: () => {
      guarded(() => recallRun(services, uri));
      if (vscode.workspace.isTrusted) void backend.find();
    },
  };
}
