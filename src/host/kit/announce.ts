import path from 'node:path';
import * as vscode from 'vscode';
import type { CommandServices } from '../services';
import { guarded } from './failure';
import { notify } from '../ui/window';

/** A button of a notification. */
export interface Action {
  readonly label: string;
  run(): unknown;
}

/**
 * Tells of something done, with the ways on from it. Does not wait for an answer, and takes no focus. What goes wrong when a
 * button is pressed is shown as a command's failure is.
 */
export function announce(
  services: Pick<CommandServices, 'log'>,
  message: string,
  actions: readonly Action[],
  level: 'info' | 'warning' = 'info',
): void {
  const labels = actions.map(({ label }) => label);
  void notify(level, message, labels).then((label) => {
    const pressed = actions.find((action) => action.label === label);
    if (pressed) guarded(services, pressed.label, () => pressed.run());
  });
}

/** What a command has written. */
interface WrittenFile {
  readonly output: string;
  /** The Python module beside it, if any. */
  readonly module?: string;
  readonly warnings: readonly string[];
}

/**
 * Tells of a written checkpoint: what was noted goes into the log too.
 * @param actions what can be done with it besides looking at it
 */
export function announceWritten(
  services: Pick<CommandServices, 'log' | 'openInInspector'>,
  message: string,
  { output, module, warnings }: WrittenFile,
  actions: readonly Action[],
): void {
  for (const warning of warnings) services.log.warn(`${output}: ${warning}`);
  const noted = warnings.map((warning) => ` Note: ${warning}.`).join('');
  const loads = module ? ` ${path.basename(module)} loads it in PyTorch.` : '';
  announce(services, `${message}${loads}${noted}`, [
    inspectAction(services, 'Inspect', output),
    ...actions,
    ...(module ? [{ label: 'Open Module', run: () => openText(module) }] : []),
  ]);
}

async function openText(file: string): Promise<void> {
  await vscode.window.showTextDocument(vscode.Uri.file(file));
}

/** Opens a checkpoint when its button is pressed. */
export function inspectAction(
  services: Pick<CommandServices, 'openInInspector'>,
  label: string,
  file: string,
): Action {
  return { label, run: () => services.openInInspector(vscode.Uri.file(file)) };
}
