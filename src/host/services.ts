import path from 'node:path';
import * as vscode from 'vscode';
import type { z } from 'zod';
import type { Architectures } from './files/architectures';
import type { Comparisons } from './files/comparisons';
import type { DataMemory } from './data/memory';
import { endedProcess, HostError, isCancelled, messageOf } from './errors';
import type { EqualWeightsMemory } from './equal-weights/memory';
import type { FileStates } from './files/file-states';
import type { PreprocessingMemory } from './preprocessing/memory';
import type { Jobs } from './jobs/jobs';
import type { Measurements } from './files/measurements';
import type { TrainingRun } from './training/training-run';
import { notify, type Log } from './ui/window';
import type { WorkerClient } from './workers/client';

/** The convolutions that are ticked in a table of sites: exact names, or each one's own default. */
export type Ticked = 'default' | readonly string[];

/** What commands work with. */
export interface CommandServices {
  readonly reader: Pick<WorkerClient<'reader'>, 'call'>;
  readonly trainer: Pick<WorkerClient<'trainer'>, 'call'>;
  readonly jobs: Jobs;
  readonly states: FileStates;
  readonly measurements: Measurements;
  readonly comparisons: Comparisons;
  readonly data: DataMemory;
  readonly preprocessing: PreprocessingMemory;
  readonly architectures: Architectures;
  readonly equalWeights: EqualWeightsMemory;
  /** Training runs of this window by job file: a resumed one goes on where it was. */
  readonly runs: Map<string, TrainingRun>;
  readonly log: Log;
  openInInspector(uri: vscode.Uri): Promise<void>;
  /** What is ticked where the inspector shows the file; undefined where it does not. */
  tickedIn(uri: vscode.Uri): Ticked | undefined;
}

/**
 * Registers a command whose failures are shown, with the way to the log. Whoever called it, by hand or by name, it
 * never rejects: it answers with its result, or with undefined when it was not done, and the user then knows why.
 */
export function register(
  services: CommandServices,
  command: string,
  run: (...args: unknown[]) => Promise<unknown>,
): vscode.Disposable {
  return vscode.commands.registerCommand(command, async (...args: unknown[]) => {
    try {
      return await run(...args);
    } catch (error) {
      reportFailure(services, command, error);
      return undefined;
    }
  });
}

/** Says what went wrong, in a notification and in the log. Something that was stopped has been said. */
export function reportFailure({ log }: CommandServices, where: string, error: unknown): void {
  if (isCancelled(error)) return;
  log.error(`${where}: ${messageOf(error)}`);
  const showLog = 'Show Log';
  void notify('error', messageOf(error), [showLog]).then((answer) => {
    if (answer === showLog) log.show();
  });
}

/**
 * Options given by a caller by name (tasks, key bindings, other extensions), for whom nothing is asked. Menus pass
 * things of their own as second argument; these are told by none of the known fields being there.
 * @returns undefined when none were given
 * @throws HostError that names the field that cannot be used
 */
export function givenOptions<S extends z.ZodRawShape>(
  schema: z.ZodObject<S, z.core.$strict>,
  options: unknown,
): z.output<z.ZodObject<S, z.core.$strict>> | undefined {
  const isOurs =
    typeof options === 'object' &&
    options !== null &&
    Object.keys(options).some((name) => Object.hasOwn(schema.shape, name));
  if (!isOurs) return undefined;
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new HostError(`the options cannot be used: ${issue.path.join('.')} ${issue.message}`);
}

/**
 * Commands stay callable in a restricted workspace whatever their `when` clauses say.
 * @returns false after telling the user
 */
export function isTrusted(purpose: string): boolean {
  if (vscode.workspace.isTrusted) return true;
  const manage = 'Manage Workspace Trust';
  const message = `${purpose} needs a trusted workspace.`;
  void notify('warning', message, [manage]).then((answer) => {
    if (answer === manage) void vscode.commands.executeCommand('workbench.trust.manage');
  });
  return false;
}

/**
 * Runs a call of a worker that writes into `folders`. If the process was killed meanwhile, the reader removes the
 * unfinished files that it may have left.
 */
export async function writing<T>(
  { reader, log }: CommandServices,
  folders: readonly string[],
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (endedProcess(error) === undefined) throw error;
    for (const folder of new Set(folders)) {
      await reader
        .call('removeLeftovers', { folder })
        .catch((failure: unknown) => log.warn(messageOf(failure)));
    }
    throw error;
  }
}

/** A button of a notification. */
export interface Action {
  readonly label: string;
  run(): unknown;
}

/** Tells of something done, with the ways on from it. Does not wait for an answer, and takes no focus. */
export function announce(
  message: string,
  actions: readonly Action[],
  level: 'info' | 'warning' = 'info',
): void {
  const labels = actions.map(({ label }) => label);
  void notify(level, message, labels).then((label) =>
    actions.find((action) => action.label === label)?.run(),
  );
}

/** What a command has written. */
interface WrittenFile {
  readonly output: string;
  /** The Python module beside it, if any. */
  readonly module?: string;
  /** False where nothing can be run through it, and so not be compared with its source either. */
  readonly hasGraph?: boolean;
  readonly warnings: readonly string[];
}

/** Tells of a written checkpoint: what was noted goes into the log too. */
export function announceFile(
  services: CommandServices,
  message: string,
  source: string,
  { output, module, hasGraph = true, warnings }: WrittenFile,
): void {
  for (const warning of warnings) services.log.warn(`${output}: ${warning}`);
  const noted = warnings.map((warning) => ` Note: ${warning}.`).join('');
  const loads = module ? ` ${path.basename(module)} loads it in PyTorch.` : '';
  const verify = (): unknown =>
    vscode.commands.executeCommand('acnet.verify', vscode.Uri.file(source), { other: output });
  announce(`${message}${loads}${noted}`, [
    inspectAction(services, 'Inspect', output),
    ...(hasGraph ? [{ label: 'Verify', run: verify }] : []),
    ...(module ? [{ label: 'Open Module', run: () => openText(module) }] : []),
  ]);
}

async function openText(file: string): Promise<void> {
  await vscode.window.showTextDocument(vscode.Uri.file(file));
}

/** Opens a checkpoint when its button is pressed. */
export function inspectAction(services: CommandServices, label: string, file: string): Action {
  return { label, run: () => services.openInInspector(vscode.Uri.file(file)) };
}

/** Why weights alone are not enough. @param done what cannot be done with them, as in `trained` */
export function withoutNetwork(file: string, done: string): string {
  return `${file} has weights but no network, so it cannot be ${done}; save the whole model, or attach an ONNX export of the network to weights by name (ACNet: Attach Architecture…)`;
}
