import path from 'node:path';
import * as vscode from 'vscode';
import type { Rereading } from '../memory/answers';
import { CHECKPOINT_GLOB, isAmbiguousName } from '../checkpoints/file-names';
import { Owner } from '../dispose';
import { isForeign } from '../kit/foreign-folders';
import { CallError } from '../workers/errors';
import { findCheckpoints } from './find';
import { Headers, type Header } from './headers';
import { itemOf } from './item';
import type { IdleReader } from './idle-reader';
import { VIEW } from './row-kinds';
import { arrange, type FileNode, type TreeNode } from './tree';

// A training run writes its files in bursts.
const SETTLE_MILLISECONDS = 500;

/** What a menu of the view hands to its command. */
export type CheckpointElement = TreeNode & { readonly uri: vscode.Uri };

/** The view "Checkpoints": what there is in the workspace, with what the headers say. */
export class CheckpointsView extends Owner implements vscode.TreeDataProvider<CheckpointElement> {
  private readonly changes = this.track(new vscode.EventEmitter<CheckpointElement | undefined>());
  readonly onDidChangeTreeData = this.changes.event;
  private readonly headers: Headers;
  private readonly tree: vscode.TreeView<CheckpointElement>;
  private readonly shown = new Map<string, CheckpointElement>();
  private roots: Promise<CheckpointElement[]> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(reader: IdleReader, rereading: Rereading) {
    super();
    this.track(reader);
    this.headers = this.track(
      new Headers(
        (path, signal) => reader.inspect(path, signal),
        (path) => this.headerCame(path),
      ),
    );
    this.track(rereading.onChange((path) => this.readAgain(path)));
    this.tree = this.track(vscode.window.createTreeView(VIEW, { treeDataProvider: this }));
    this.follow();
  }

  getTreeItem(element: CheckpointElement): vscode.TreeItem {
    if (element.kind === 'folder') return itemOf(element, element.uri);
    return itemOf(element, element.uri, this.headers.get(element));
  }

  async getChildren(element?: CheckpointElement): Promise<CheckpointElement[]> {
    if (element) return element.kind === 'folder' ? element.files.map((file) => this.element(file)) : [];
    return (this.roots ??= this.scan());
  }

  /** Needed for `reveal`, and by VS Code to tell rows apart. */
  getParent(): undefined {
    return undefined;
  }

  /** Looks at the workspace again. */
  refresh(): void {
    this.roots = undefined;
    this.changes.fire(undefined);
  }

  override dispose(): void {
    clearTimeout(this.timer);
    super.dispose();
  }

  private async scan(): Promise<CheckpointElement[]> {
    const { files, more } = await findCheckpoints();
    const kept = files.filter((file) => !this.isSomethingElse(file));
    this.headers.keep(new Set(files.map(({ path }) => path)));
    this.shown.clear();
    this.tree.message = more
      ? `More than ${files.length} checkpoints: the first ${files.length} are shown. The setting “ACNet: Checkpoints: Exclude” leaves folders out.`
      : undefined;
    return arrange(kept).map((node) => this.element(node));
  }

  /** A file of a common name, `model.json` say, that was read and is not a checkpoint. */
  private isSomethingElse(file: FileNode): boolean {
    return isAmbiguousName(file.name) && isRefused(this.headers.get(file));
  }

  private element(node: TreeNode): CheckpointElement {
    if (node.kind === 'folder') {
      const uri = vscode.Uri.file(node.files[0]?.path ?? '');
      return { ...node, uri: vscode.Uri.joinPath(uri, '..') };
    }
    const element = { ...node, uri: vscode.Uri.file(node.path) };
    this.shown.set(node.path, element);
    return element;
  }

  /** What the header of a file says has changed, though the file has not. */
  private readAgain(path: string): void {
    this.headers.forget(path);
    const element = this.shown.get(path);
    if (element) this.changes.fire(element);
  }

  private headerCame(path: string): void {
    const element = this.shown.get(path);
    if (element?.kind !== 'file') return;
    if (this.isSomethingElse(element)) this.refresh();
    else this.changes.fire(element);
  }

  private follow(): void {
    const soon = (): void => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.refresh(), SETTLE_MILLISECONDS);
    };
    const watcher = this.track(vscode.workspace.createFileSystemWatcher(CHECKPOINT_GLOB));
    this.track(watcher.onDidChange(soon));
    this.track(watcher.onDidCreate(soon));
    this.track(watcher.onDidDelete(soon));
    // Of a folder that comes or goes as a whole, VS Code reports only its own name.
    const folders = this.track(vscode.workspace.createFileSystemWatcher('**/*', false, true, false));
    const maybeFolder = (uri: vscode.Uri): void => {
      if (path.posix.extname(uri.path) === '' && !isForeign(uri.path)) soon();
    };
    this.track(folders.onDidCreate(maybeFolder));
    this.track(folders.onDidDelete(maybeFolder));
    this.track(vscode.workspace.onDidChangeWorkspaceFolders(soon));
    this.track(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(VIEW) || event.affectsConfiguration('files.exclude')) {
          soon();
        }
      }),
    );
  }
}

/** The process said that this is not a checkpoint; not that it died or was too slow. */
function isRefused(header: Header): boolean {
  return header.phase === 'error' && header.error instanceof CallError;
}
