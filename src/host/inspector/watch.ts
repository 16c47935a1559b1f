import * as vscode from 'vscode';

// Writers touch a file several times; a rename shows as two events.
const SETTLE_MILLISECONDS = 300;

/** Calls back when the file was changed, made or deleted, once it has been quiet for a moment. */
export function watchFile(uri: vscode.Uri, onChange: () => void): vscode.Disposable {
  if (uri.scheme !== 'file') return new vscode.Disposable(() => undefined);
  // The whole folder: a file name may hold characters that mean something in a pattern.
  const folder = new vscode.RelativePattern(vscode.Uri.joinPath(uri, '..'), '*');
  const watcher = vscode.workspace.createFileSystemWatcher(folder);
  let timer: NodeJS.Timeout | undefined;
  const seen = (changed: vscode.Uri): void => {
    if (changed.fsPath !== uri.fsPath) return;
    clearTimeout(timer);
    timer = setTimeout(onChange, SETTLE_MILLISECONDS);
  };
  const listeners = [watcher.onDidChange(seen), watcher.onDidCreate(seen), watcher.onDidDelete(seen)];
  return vscode.Disposable.from(watcher, ...listeners, { dispose: () => clearTimeout(timer) });
}

/** Watches some files, others when it is told so. */
export class FileFollower implements vscode.Disposable {
  private readonly watches = new Map<string, vscode.Disposable>();

  constructor(private readonly onChange: () => void) {}

  /** @param files their paths */
  follow(files: ReadonlySet<string>): void {
    for (const [file, watch] of this.watches) {
      if (files.has(file)) continue;
      watch.dispose();
      this.watches.delete(file);
    }
    for (const file of files) {
      if (this.watches.has(file)) continue;
      this.watches.set(file, watchFile(vscode.Uri.file(file), this.onChange));
    }
  }

  dispose(): void {
    this.follow(new Set());
  }
}
