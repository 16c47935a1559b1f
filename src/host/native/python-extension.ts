import { statSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';

/** What is used here of what the Python extension (ms-python.python) offers. */
interface PythonApi {
  readonly environments?: {
    getActiveEnvironmentPath?(resource?: vscode.Uri): { readonly path?: unknown };
  };
}

/**
 * The interpreter that is selected in the Python extension; undefined without that extension, before it has started, and
 * when it says nothing sensible. It is not started for this.
 */
export function selectedInterpreter(): string | undefined {
  const extension = vscode.extensions.getExtension<PythonApi | undefined>('ms-python.python');
  if (!extension?.isActive) return undefined;
  try {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const found = extension.exports?.environments?.getActiveEnvironmentPath?.(folder)?.path;
    return typeof found === 'string' && path.isAbsolute(found) ? executableOf(found) : undefined;
  } catch {
    return undefined; // another extension's defect must not make this fail
  }
}

/** It gives the folder of an environment, or its executable. */
function executableOf(found: string): string {
  const isFolder = statSync(found, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!isFolder) return found;
  return process.platform === 'win32' ? path.join(found, 'python.exe') : path.join(found, 'bin', 'python');
}
