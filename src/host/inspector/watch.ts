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

/** Watches one file at a time, another when it is told so. */
export class FileFollower implements vscode.Disposable {
  private followed: string | undefined;
  private watch: vscode.Disposable | undefined;

  constructor(private readonly onChange: () => void) {}

  /** @param file path; undefined for none */
  follow(file: string | undefined): void {
    if (file === this.followed) return;
    this.watch?.dispose();
    this.followed = file;
    this.watch = file === undefined ? undefined : watchFile(vscode.Uri.file(file), this.onChange);
  }

  dispose(): void {
    this.watch?.dispose();
  }
}
