import * as vscode from 'vscode';
import type { OperationIntent } from '../../contract/intents';
import { targetOf } from '../checkpoints/target';
import { COMMANDS } from '../commands';
import { installBackend } from '../commands/install-backend';
import { chooseData } from '../data/choose';
import type { BackendInfo } from '../native/backend-info';
import { execute, type Command, type FromPage, type PageOf } from '../kit/command';
import { guarded } from '../kit/failure';
import type { CommandServices } from '../services';
import { recallRun } from '../training/recall';
import type { PageActions } from './panel';

/**
 * What the page of a file can ask for: what its commands do with its messages, and what belongs to none. Whether the
 * workspace is trusted is each command's to look at; a file that is on no disk is refused where its target is made.
 */
export function pageActions(services: CommandServices, backend: BackendInfo, uri: vscode.Uri): PageActions {
  const { jobs, log } = services;
  const key = uri.toString();
  const act = (work: () => unknown): void => guarded(services, 'inspector', work);
  const pageOf = (command: Command): PageOf => ({
    ...{ services, uri },
    run: (options) => void execute(command, uri, ...(options === undefined ? [] : [options])),
    part: (work) => act(() => work(targetOf(uri))),
  });
  return {
    ...actionsOf(COMMANDS, pageOf),
    chooseData: () => act(() => chooseData(services, targetOf(uri))),
    cancelJob: () => jobs.on(key)?.cancel(),
    pauseJob: ({ paused }) => jobs.on(key)?.setPaused(paused),
    installBackend: () =>
      act(async () => {
        await execute(installBackend);
        await backend.findAgain();
      }),
    showLog: () => log.show(),
    shown: () => {
      if (uri.scheme === 'file') act(() => recallRun(services, targetOf(uri)));
      if (vscode.workspace.isTrusted) void backend.find();
    },
  };
}

/** What commands do with the messages of a page. A test has each message of an operation in one of them. */
function actionsOf(
  commands: readonly Command[],
  pageOf: (command: Command) => PageOf,
): Pick<PageActions, OperationIntent> {
  const all = commands.flatMap((command) => {
    const page = pageOf(command);
    const actions = Object.entries(command.fromPage ?? {}) as ReadonlyArray<[keyof FromPage, FromPageAction]>;
    return actions.map(([type, action]) => [type, (said: object) => action(page, said)] as const);
  });
  return Object.fromEntries(all) as Pick<PageActions, OperationIntent>;
}

/** The types of a record's key and value go together, which a list of entries cannot say. */
type FromPageAction = (page: PageOf, said: object) => void;
