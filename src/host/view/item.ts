import path from 'node:path';
import * as vscode from 'vscode';
import { inspect } from '../commands/inspect';
import { messageOf } from '../errors';
import { nameOf } from '../kit/command';
import { treeRow } from '../ui/window';
import { CallError } from '../workers/errors';
import { bytes, describeCheckpoint, type CheckpointState } from './describe';
import type { Header } from './headers';
import { contextValueOf } from './row-kinds';
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
  item.command = { command: nameOf(inspect), title: inspect.title, arguments: [uri] };
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
      context: contextValueOf({ phase: 'reading' }),
    };
  }
  if (header.phase === 'error') {
    const why = header.error instanceof CallError ? header.error.failure.summary : messageOf(header.error);
    const icon = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
    return {
      text: `${bytes(size)} · cannot be read`,
      details: [why],
      icon,
      context: contextValueOf({ phase: 'unreadable' }),
    };
  }
  const { state, text, details, convertible, exportable } = describeCheckpoint(name, header.value);
  const icon = new vscode.ThemeIcon(ICONS[state]);
  const context = contextValueOf({ phase: 'read', state, convertible, exportable });
  return { text, details, icon, context };
}
