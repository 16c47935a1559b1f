import * as vscode from 'vscode';
import type { PageMessage, Said } from '../../contract/intents';
import type { Target } from '../checkpoints/target';
import type { Ability } from '../inspector/abilities';
import type { CommandServices } from '../services';
import type { RowKind } from '../view/row-kinds';

/**
 * Where a command is offered. Among the commands of one menu the order is that of the table of commands
 * (`src/host/commands/index.ts`); a command that needs trust is offered only in a trusted workspace.
 */
export interface Menus {
  /** Only where the workspace is on a disk, unless said otherwise. */
  readonly palette?: 'anywhere' | 'never';
  /** On a file of the Explorer. */
  readonly explorer?: 'checkpoint' | 'checkpoints' | 'job';
  /** In the title of the inspector; `when` the open file allows it. */
  readonly inspector?: { readonly group: 'navigation' | '1_acnet' | '2_acnet'; readonly when?: Ability };
  /** In the title of a job file's text editor. */
  readonly jobEditor?: { readonly when?: 'canResume' };
  /** In the title of the view "Checkpoints". */
  readonly view?: { readonly group: 'navigation' | '1_sample' | '2_backend' };
  /** On a row of that view. */
  readonly row?: { readonly group: 'inline' | '1_acnet'; readonly of: RowKind };
}

/** The page of a file, to what it asks of a command. */
export interface PageOf {
  readonly services: CommandServices;
  readonly uri: vscode.Uri;
  /** Runs the command on the file. @param options as a caller by name gives them; what is absent is asked */
  readonly run: (options?: unknown) => void;
  /** Runs a part of it: what goes wrong is shown. */
  readonly part: (work: (target: Target) => unknown) => void;
}

/** What a command does with the messages of pages, by their type; each message belongs to one command. */
export type FromPage = {
  readonly [T in PageMessage['type']]?: (page: PageOf, said: Said<T>) => void;
};

/** A command. All that VS Code has to know of it follows from its record: `npm run manifest` writes it into package.json. */
export interface Command<Result = unknown> {
  /** Without `acnet.` before it. */
  readonly id: string;
  /** As menus and the palette show it. */
  readonly title: string;
  /** A codicon. */
  readonly icon?: string;
  /** What needs a trusted workspace, as in `Converting`; absent where a restricted one will do. */
  readonly needsTrust?: string;
  readonly menus?: Menus;
  readonly fromPage?: FromPage;
  /**
   * @param given what it was called on, by a menu or by name
   * @param options of callers by name; menus pass things of their own here
   * @returns undefined where it was not done, and the user knows why
   */
  run(services: CommandServices, given: unknown, options: unknown): Promise<Result | undefined>;
}

/** The name under which VS Code knows a command. */
export function nameOf({ id }: Pick<Command, 'id'>): string {
  return `acnet.${id}`;
}

/** Runs a command as if the user had: what goes wrong is shown, and the answer is then undefined. */
export function execute<Result>(
  command: Command<Result>,
  ...args: readonly unknown[]
): Thenable<Result | undefined> {
  return vscode.commands.executeCommand<Result | undefined>(nameOf(command), ...args);
}
