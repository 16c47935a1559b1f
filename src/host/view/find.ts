import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { CHECKPOINT_GLOB } from '../checkpoints/file-names';
import { foreignOr } from '../kit/foreign-folders';
import type { FileNode } from './tree';

// A list longer than this is for a search, not for reading.
const LISTED = 500;
const AT_ONCE = 16;

/** What was found, and whether there is more of it. */
export interface Found {
  readonly files: readonly FileNode[];
  readonly more: boolean;
}

/** The workspace's checkpoints on a disk, at most 500 of them. */
export async function findCheckpoints(): Promise<Found> {
  const uris = await vscode.workspace.findFiles(CHECKPOINT_GLOB, excluded(), LISTED + 1);
  const onDisk = uris.filter(({ scheme }) => scheme === 'file');
  const files: FileNode[] = [];
  for (let start = 0; start < Math.min(onDisk.length, LISTED); start += AT_ONCE) {
    const some = onDisk.slice(start, Math.min(start + AT_ONCE, LISTED));
    files.push(...(await Promise.all(some.map(nodeOf))).flat());
  }
  return { files, more: onDisk.length > LISTED };
}

/** VS Code leaves out what `files.exclude` says besides. */
function excluded(): string {
  const own = vscode.workspace.getConfiguration('acnet').get<readonly string[]>('checkpoints.exclude', []);
  return foreignOr(...own.filter((pattern) => typeof pattern === 'string'));
}

/** Nothing for a file that has gone meanwhile, or is a folder of that name. */
async function nodeOf(uri: vscode.Uri): Promise<FileNode[]> {
  try {
    const { size, mtimeMs, isFile } = await status(uri.fsPath);
    if (!isFile) return [];
    const folder = path.posix.dirname(vscode.workspace.asRelativePath(uri));
    const place = { name: path.posix.basename(uri.path), folder: folder === '.' ? '' : folder };
    return [{ kind: 'file', path: uri.fsPath, size, modified: mtimeMs, ...place }];
  } catch {
    return [];
  }
}

async function status(file: string): Promise<{ size: number; mtimeMs: number; isFile: boolean }> {
  const found = await stat(file);
  return { size: found.size, mtimeMs: found.mtimeMs, isFile: found.isFile() };
}
