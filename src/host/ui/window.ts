/**
 * The one way to VS Code's notifications, prompts, picks, status bar and log. Every text goes through `editorText` here,
 * since most of them name a file or quote one; eslint keeps the rest of the extension from going past it.
 */
import * as vscode from 'vscode';
import { editorText } from '../../shared/sinks/editor';
import type { Disposable } from '../dispose';

/** How much a notification matters: its icon, and how VS Code orders it. */
export type Level = 'info' | 'warning' | 'error';

/** Settings of a dialog that must be answered. */
export interface Modal {
  /** More about the question, below it. */
  readonly detail: string;
}

/**
 * A notification, or with `modal` a dialog.
 * @param answers labels of buttons
 * @returns the label that was pressed
 */
export async function notify<A extends string>(
  level: Level,
  message: string,
  answers: readonly A[] = [],
  modal?: Modal,
): Promise<A | undefined> {
  const options = modal ? { modal: true, detail: editorText(modal.detail) } : {};
  const labels = answers.map(editorText);
  const pressed = await shown(level, editorText(message), options, labels);
  return pressed === undefined ? undefined : answers[labels.indexOf(pressed)];
}

function shown(
  level: Level,
  message: string,
  options: vscode.MessageOptions,
  labels: readonly string[],
): Thenable<string | undefined> {
  switch (level) {
    case 'info':
      return vscode.window.showInformationMessage(message, options, ...labels);
    case 'warning':
      return vscode.window.showWarningMessage(message, options, ...labels);
    case 'error':
      return vscode.window.showErrorMessage(message, options, ...labels);
  }
}

/** What can be chosen in a pick. Its texts are shown as they are; an icon is asked for by name. */
export interface PickItem extends Omit<vscode.QuickPickItem, 'buttons' | 'iconPath' | 'picked'> {
  /** A codicon before the label. */
  readonly icon?: string;
}

/** An item as VS Code takes it. */
export function pickItem({ icon, label, description, detail, ...rest }: PickItem): vscode.QuickPickItem {
  return {
    ...(rest.kind !== undefined && { kind: rest.kind }),
    ...(rest.alwaysShow !== undefined && { alwaysShow: rest.alwaysShow }),
    label: `${icon === undefined ? '' : `$(${icon}) `}${editorText(label)}`,
    ...(description !== undefined && { description: editorText(description) }),
    ...(detail !== undefined && { detail: editorText(detail) }),
  };
}

/** Asks for one of several. */
export async function pickOne<T extends PickItem>(
  items: readonly T[] | Promise<readonly T[]>,
  { title, placeHolder, ...rest }: vscode.QuickPickOptions,
): Promise<T | undefined> {
  const taken = new Map<vscode.QuickPickItem, T>();
  const rows = async (): Promise<vscode.QuickPickItem[]> =>
    (await items).map((item) => {
      const row = pickItem(item);
      taken.set(row, item);
      return row;
    });
  const picked = await vscode.window.showQuickPick(rows(), {
    ...rest,
    ...(title !== undefined && { title: editorText(title) }),
    ...(placeHolder !== undefined && { placeHolder: editorText(placeHolder) }),
  });
  return picked && taken.get(picked);
}

interface TextQuestion {
  readonly title: string;
  readonly prompt: string;
  readonly value?: string;
  readonly ignoreFocusOut?: boolean;
  /** What is wrong with what was typed. */
  readonly validateInput: (typed: string) => string | undefined;
}

/** Asks for a text. */
export function askText({
  title,
  prompt,
  validateInput,
  ...rest
}: TextQuestion): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    ...rest,
    title: editorText(title),
    prompt: editorText(prompt),
    validateInput: (typed) => {
      const wrong = validateInput(typed);
      return wrong === undefined ? undefined : editorText(wrong);
    },
  });
}

/** What changes in a progress notification; what is absent stays. */
export interface ProgressReport {
  readonly message?: string;
  /** In percent, added to those before. */
  readonly increment?: number;
}

/** A notification that stays while something is done. @param onCancel makes it one with Cancel */
export function withNotification<T>(
  title: string,
  work: (report: (progress: ProgressReport) => void) => Promise<T>,
  onCancel?: () => void,
): Thenable<T> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: editorText(title),
    cancellable: onCancel !== undefined,
  };
  return vscode.window.withProgress(options, (notification, token) => {
    if (onCancel) token.onCancellationRequested(onCancel);
    return work(({ message, increment }) =>
      notification.report({ ...(message !== undefined && { message: editorText(message) }), increment }),
    );
  });
}

/** What the status bar shows. */
interface StatusText {
  /** A codicon. */
  readonly icon: string;
  readonly text: string;
  /** Lines. */
  readonly tooltip: readonly string[];
  readonly spoken: string;
}

/** An item on the left of the status bar. */
export interface StatusItem extends Disposable {
  show(text: StatusText): void;
  hide(): void;
}

/** An item at the left of the status bar, hidden until it is shown. @param command runs when it is clicked */
export function statusItem(id: string, name: string, command: string): StatusItem {
  const item = vscode.window.createStatusBarItem(id, vscode.StatusBarAlignment.Left);
  item.name = name;
  item.command = command;
  return {
    show: ({ icon, text, tooltip, spoken }) => {
      item.text = `$(${icon}) ${editorText(text)}`;
      item.tooltip = tooltip.map(editorText).join('\n');
      item.accessibilityInformation = { label: editorText(spoken), role: 'button' };
      item.show();
    },
    hide: () => item.hide(),
    dispose: () => item.dispose(),
  };
}

/** The extension's log. Each call is one line, whatever is in it. */
export interface Log extends Disposable {
  debug(line: string): void;
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
  show(): void;
}

/** The extension's own output channel; each line is shown as text. */
export function openLog(name: string): Log {
  const channel = vscode.window.createOutputChannel(name, { log: true });
  return {
    debug: (line) => channel.debug(editorText(line)),
    info: (line) => channel.info(editorText(line)),
    warn: (line) => channel.warn(editorText(line)),
    error: (line) => channel.error(editorText(line)),
    show: () => channel.show(),
    dispose: () => channel.dispose(),
  };
}

interface RowText {
  readonly label: string;
  readonly state?: vscode.TreeItemCollapsibleState;
  readonly description?: string;
  /** Lines. */
  readonly tooltip: readonly string[];
  readonly spoken?: string;
}

/** A row of a tree. */
export function treeRow({ label, state, description, tooltip, spoken }: RowText): vscode.TreeItem {
  const item = new vscode.TreeItem(editorText(label), state);
  if (description !== undefined) item.description = editorText(description);
  item.tooltip = tooltip.map(editorText).join('\n');
  if (spoken !== undefined) item.accessibilityInformation = { label: editorText(spoken) };
  return item;
}

/** A page beside the editor that shows what it is given and can do nothing else. */
export function showPage(id: string, title: string, html: string): void {
  const column = { viewColumn: vscode.ViewColumn.Active, preserveFocus: true };
  const panel = vscode.window.createWebviewPanel(id, editorText(title), column, {
    enableScripts: false,
    enableForms: false,
    enableCommandUris: false,
    localResourceRoots: [],
  });
  panel.webview.html = html;
}
