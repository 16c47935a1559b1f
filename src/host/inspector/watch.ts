import * as vscode from 'vscode';
import { FileChanges } from './file-changes';

/** Calls back when the file was changed, made or deleted, once it has been quiet for a moment. */
export function watchFile(uri: vscode.Uri, onChange: () => void): vscode.Disposable {
  if (uri.scheme !== 'file') return new vscode.Disposable(() => undefined);
  const changes = new FileChanges(uri.fsPath, onChange);
  // The whole folder: a file name may hold characters that mean something in a pattern.
  const folder = new vscode.RelativePattern(vscode.Uri.joinPath(uri, '..'), '*');
  const watcher = vscode.workspace.createFileSystemWatcher(folder);
  const heard = (changed: vscode.Uri): void => {
    if (changed.fsPath === uri.fsPath) changes.heard();
  };
  const listeners = [watcher.onDidChange(heard), watcher.onDidCreate(heard), watcher.onDidDelete(heard)];
  return vscode.Disposable.from(watcher, ...listeners, changes);
}

/** Watches some files; `follow` changes which. */
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
