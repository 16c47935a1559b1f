import path from 'node:path';
import * as vscode from 'vscode';
import { HostError } from '../errors';

/** A checkpoint that something is done with: made once where a command begins. */
export interface Target {
  readonly uri: vscode.Uri;
  /** Where it lies on a disk of the machine that the extension runs on. */
  readonly path: string;
  /** Its name among what is known of files. */
  readonly key: string;
  /** The last part of its path, for people. */
  readonly name: string;
}

/**
 * The target at a URI.
 * @throws HostError for a virtual file: those cannot be read by range
 */
export function targetOf(uri: vscode.Uri): Target {
  const file = diskPath(uri);
  return { uri, path: file, key: uri.toString(), name: path.basename(file) };
}

/** The target at a path. */
export function targetAt(file: string): Target {
  return targetOf(vscode.Uri.file(file));
}

/**
 * The path of a file or folder on a disk.
 * @throws HostError for a virtual one
 */
export function diskPath(uri: vscode.Uri): string {
  if (uri.scheme === 'file') return uri.fsPath;
  throw new HostError(
    `files of a virtual file system ('${uri.scheme}') cannot be read yet; save a copy to a disk`,
    uri.toString(true),
  );
}
