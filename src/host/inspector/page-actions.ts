import * as vscode from 'vscode';
import { targetOf } from '../checkpoints/target';
import { attachArchitecture } from '../commands/attach-architecture';
import { compare } from '../commands/compare';
import { convert } from '../commands/convert';
import { detachArchitecture } from '../commands/detach-architecture';
import { exportAs } from '../commands/export';
import { fineTune } from '../commands/fine-tune';
import { fuse } from '../commands/fuse';
import { installBackend } from '../commands/install-backend';
import { prune } from '../commands/prune';
import { resumeJob } from '../commands/resume-job';
import { chooseAgainst, robustness } from '../commands/robustness';
import { verify } from '../commands/verify';
import { chooseData } from '../data/choose';
import { messageOf } from '../errors';
import type { BackendInfo } from '../native/backend-info';
import { execute, type Command } from '../kit/command';
import { guarded } from '../kit/failure';
import type { CommandServices } from '../services';
import { recallRun } from '../training/recall';
import { openResult } from './open-result';
import type { PageActions } from './panel';

/**
 * What the page of a file can ask for. Whether the workspace is trusted is each command's to look at; a file that is on no
 * disk is refused where its target is made.
 */
export function pageActions(services: CommandServices, backend: BackendInfo, uri: vscode.Uri): PageActions {
  const { jobs, states, comparisons, log } = services;
  const key = uri.toString();
  const run = (command: Command, ...args: unknown[]) => void execute(command, ...args);
  const act = (work: () => unknown): void => guarded(services, 'inspector', work);
  // The page shows what went wrong itself.
  const shown = (work: Promise<unknown>): void =>
    void work.catch((error: unknown) => log.error(`inspector: ${messageOf(error)}`));
  return {
    convert: ({ layers }) => run(convert, uri, ...(layers ? [{ ticked: layers }] : [])),
    fuse: () => run(fuse, uri),
    exportAs: () => run(exportAs, uri),
    fineTune: () => run(fineTune, uri),
    verify: () => run(verify, uri),
    compare: () => run(compare, uri),
    compareSwap: () => shown(comparisons.swap(key)),
    compareAgain: () => shown(comparisons.again(key)),
    compareStop: () => comparisons.stop(key),
    attachArchitecture: () => run(attachArchitecture, uri),
    detachArchitecture: () => run(detachArchitecture, uri),
    chooseData: () => act(() => chooseData(services, targetOf(uri))),
    prune: (options) => run(prune, uri, options),
    chooseAgainst: () => act(() => chooseAgainst(services, targetOf(uri))),
    robustness: (options) => {
      const { lastData, lastAgainst } = states.get(key);
      run(robustness, uri, { data: lastData, against: lastAgainst, ...options });
    },
    cancelJob: () => jobs.on(key)?.cancel(),
    pauseJob: ({ paused }) => jobs.on(key)?.setPaused(paused),
    resumeTraining: () => {
      const { training } = states.get(key);
      if (training) run(resumeJob, vscode.Uri.file(training.jobFile));
    },
    installBackend: () =>
      act(async () => {
        await execute(installBackend);
        await backend.findAgain();
      }),
    openResult: ({ file }) => act(() => openResult(services, targetOf(uri), file)),
    showLog: () => log.show(),
    shown: () => {
      if (uri.scheme === 'file') act(() => recallRun(services, targetOf(uri)));
      if (vscode.workspace.isTrusted) void backend.find();
    },
  };
}
