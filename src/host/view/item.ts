import path from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../errors';
import { treeRow } from '../ui/window';
import { CallError } from '../workers/errors';
import { bytes, describeCheckpoint, type CheckpointState } from './describe';
import type { Header } from './headers';
import type { TreeNode } from './tree';

/** The icons of the commands that bring a file into this state. */
const ICONS: Readonly<Record<CheckpointState, string>> = {
  plain: 'circuit-board',
  acnet: 'git-branch',
  fused: 'git-merge',
};

/** One row. @param header of a file */
export function itemOf(node: TreeNode, uri: vscode.Uri, header?: Header): vscode.TreeItem {
  return node.kind === 'folder' ? folderItem(node, uri) : fileItem(node, uri, header ?? { phase: 'reading' });
}

function folderItem(node: Extract<TreeNode, { kind: 'folder' }>, uri: vscode.Uri): vscode.TreeItem {
  const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
  const state = node.open ? Expanded : Collapsed;
  const item = treeRow({ label: node.folder, state, tooltip: [uri.fsPath] });
  item.id = `folder:${uri.toString()}`;
  item.iconPath = vscode.ThemeIcon.Folder;
  item.contextValue = 'folder';
  return item;
}

function fileItem(
  node: Extract<TreeNode, { kind: 'file' }>,
  uri: vscode.Uri,
  header: Header,
): vscode.TreeItem {
  const { text, details, icon, context } = words(node.name, node.size, header);
  const item = treeRow({
    label: node.name,
    description: text,
    tooltip: [uri.fsPath, ...details],
    spoken: `${path.basename(uri.fsPath)}, ${text.replaceAll(' · ', ', ')}`,
  });
  item.id = `file:${uri.toString()}`;
  item.iconPath = icon;
  item.contextValue = context;
  item.command = { command: 'acnet.inspect', title: 'Inspect Checkpoint', arguments: [uri] };
  return item;
}

interface Words {
  readonly text: string;
  readonly details: readonly string[];
  readonly icon: vscode.ThemeIcon;
  /** For the `when` clauses of the view's menus. */
  readonly context: string;
}

function words(name: string, size: number, header: Header): Words {
  if (header.phase === 'reading') {
    return {
      text: bytes(size),
      details: [],
      icon: new vscode.ThemeIcon('circuit-board'),
      context: 'reading',
    };
  }
  if (header.phase === 'error') {
    const why = header.error instanceof CallError ? header.error.failure.summary : messageOf(header.error);
    const icon = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
    return { text: `${bytes(size)} · cannot be read`, details: [why], icon, context: 'unreadable' };
  }
  const { state, text, details, convertible, exportable } = describeCheckpoint(name, header.value);
  const icon = new vscode.ThemeIcon(ICONS[state]);
  const can = `${convertible ? '-convertible' : ''}${exportable ? '-exportable' : ''}`;
  return { text, details, icon, context: `checkpoint-${state}${can}` };
}
