/**
 * Stands in for VS Code's module where a unit test loads what shows things: it keeps what it was given. Whole flows run in
 * the real one (`test/vscode`, `test/e2e`).
 */

/** Everything that was to be shown, by the function or property that takes it. */
export const given: Array<readonly [where: string, text: string]> = [];

/** What the next question is answered with, from what it offers. */
export const answers: { next: (offered: readonly unknown[]) => unknown } = { next: () => undefined };

const keep = (where: string, text: unknown): void => {
  if (typeof text === 'string') given.push([where, text]);
};

/** Every text in an object's own fields. */
function keepAll(where: string, value: object): void {
  for (const [key, item] of Object.entries(value)) {
    if (typeof item === 'object' && item !== null) keepAll(`${where}.${key}`, item as object);
    else keep(`${where}.${key}`, item);
  }
}

const message =
  (where: string) =>
  (text: string, options: object, ...labels: string[]): Promise<unknown> => {
    keep(where, text);
    keepAll(where, options);
    labels.forEach((label) => keep(`${where} button`, label));
    return Promise.resolve(answers.next(labels));
  };

const log =
  (level: string) =>
  (line: string): void =>
    keep(`log.${level}`, line);

const nothing = (): { dispose(): void } => ({ dispose: () => undefined });

class Pick {
  title = '';
  placeholder = '';
  items: readonly object[] = [];
  selectedItems: readonly object[] = [];
  activeItems: readonly object[] = [];
  private accept: () => void = () => undefined;
  onDidAccept(listener: () => void): object {
    this.accept = listener;
    return nothing();
  }
  onDidHide = nothing;
  onDidTriggerButton = nothing;
  dispose = (): void => undefined;
  show(): void {
    keep('quickPick.title', this.title);
    keep('quickPick.placeholder', this.placeholder);
    this.items.forEach((item) => keepAll('quickPick', item));
    const picked = answers.next(this.items) as object | undefined;
    this.selectedItems = picked ? [picked] : [];
    this.accept();
  }
}

export const window = {
  showInformationMessage: message('information'),
  showWarningMessage: message('warning'),
  showErrorMessage: message('error'),
  showQuickPick: async (items: Promise<readonly object[]>, options: object): Promise<unknown> => {
    keepAll('showQuickPick', options);
    const rows = await items;
    rows.forEach((item) => keepAll('showQuickPick', item));
    return answers.next(rows);
  },
  showInputBox: (options: { validateInput(typed: string): string | undefined }): Promise<unknown> => {
    keepAll('showInputBox', options);
    keep('showInputBox.wrong', options.validateInput(''));
    return Promise.resolve(answers.next([]));
  },
  createQuickPick: () => new Pick(),
  createStatusBarItem: () => ({
    show(this: { text: string; tooltip: string; accessibilityInformation: object }) {
      keep('statusBar.text', this.text);
      keep('statusBar.tooltip', this.tooltip);
      keepAll('statusBar', this.accessibilityInformation);
    },
    hide: () => undefined,
    ...nothing(),
  }),
  createOutputChannel: () => ({
    ...{ debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    ...{ show: () => undefined, ...nothing() },
  }),
  createWebviewPanel: (_id: string, title: string) => {
    keep('panel.title', title);
    return { webview: {} };
  },
  withProgress: (options: object, work: (...args: object[]) => Promise<unknown>): Promise<unknown> => {
    keepAll('withProgress', options);
    const report = (progress: object): void => keepAll('withProgress', progress);
    return work({ report }, { onCancellationRequested: nothing });
  },
};

export class TreeItem {
  constructor(
    readonly label: string,
    readonly collapsibleState?: number,
  ) {}
}
export class ThemeIcon {
  static readonly Folder = new ThemeIcon('folder');
  constructor(
    readonly id: string,
    readonly color?: unknown,
  ) {}
}
export class ThemeColor {
  constructor(readonly id: string) {}
}
export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 };
export const QuickPickItemKind = { Separator: -1, Default: 0 };
export const QuickInputButtons = { Back: {} };
export const StatusBarAlignment = { Left: 1, Right: 2 };
export const ProgressLocation = { Notification: 15 };
export const ViewColumn = { Active: -1 };
export const l10n = {
  t: (text: string, ...values: unknown[]) => text.replace(/\{(\d)\}/g, (_, i) => String(values[Number(i)])),
};
export const commands = { executeCommand: () => Promise.resolve(undefined) };
export const workspace = { isTrusted: true, asRelativePath: (path: string) => path, textDocuments: [] };
export class Uri {
  private constructor(
    readonly scheme: string,
    readonly fsPath: string,
  ) {}
  static file(path: string): Uri {
    return new Uri('file', path);
  }
  static parse(text: string): Uri {
    const [scheme = '', path = ''] = text.split('://');
    return new Uri(scheme, path);
  }
  toString(): string {
    return `${this.scheme}://${this.fsPath}`;
  }
}
