import { readdirSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';
import * as vscode from 'vscode';

/**
 * What VS Code calls in its extension host: every *.test file beside this one, found by name; those called
 * *.restricted.test in a workspace that is not trusted.
 */
export async function run(): Promise<void> {
  // For what hangs; what waits with `eventually` says before what it waited for.
  const mocha = new Mocha({ ui: 'bdd', timeout: 300_000, color: false, reporter: 'spec' });
  const isForHere = (name: string): boolean =>
    name.includes('.restricted.') !== vscode.workspace.isTrusted && name.endsWith('.test.cjs');
  /** Set by hand: the beginning of the names of the files to run. */
  const only = process.env['ACNET_TESTS'];
  const files = readdirSync(__dirname).filter((name) => isForHere(name) && (!only || name.startsWith(only)));
  if (files.length === 0 && !only) throw new Error(`no tests in ${__dirname}`);
  for (const file of files) mocha.addFile(path.join(__dirname, file));
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures} tests failed in VS Code`);
}
