import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { TestAccess } from '../../src/extension';
import type { InspectorState } from '../../src/contract/page';
import { LIMIT } from '../support/limit';

/** The extension under test, activated. */
export async function extensionAccess(): Promise<TestAccess> {
  const extension = vscode.extensions.getExtension<TestAccess>('acnet.acnet-vscode');
  assert.ok(extension, 'the extension is not installed');
  return extension.activate();
}

/** A file of the workspace these tests run in. */
export function workspaceFile(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'no workspace folder is open');
  return vscode.Uri.file(path.join(folder.uri.fsPath, name));
}

/** Looks until `probe` gives something. @throws AssertionError if it never does */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const end = Date.now() + LIMIT;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) assert.fail(`not within ${LIMIT / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Opens a file in the inspector and waits until a page listens and the header was read or refused. */
export async function openInspector(access: TestAccess, uri: vscode.Uri): Promise<InspectorState> {
  await vscode.commands.executeCommand('acnet.inspect', uri);
  await eventually('the page says ready', () => access.readyPages(uri) > 0);
  return settledState(access, uri);
}

export function settledState(access: TestAccess, uri: vscode.Uri): Promise<InspectorState> {
  return eventually('the header is read', () => {
    const state = access.stateOf(uri);
    return state && ['ready', 'error'].includes(state.inspect.phase) ? state : undefined;
  });
}

/** What was read. @throws AssertionError when the state is an error */
export function inspected(state: InspectorState) {
  assert.equal(state.inspect.phase, 'ready', JSON.stringify(state.inspect));
  return state.inspect.value;
}

/**
 * Does something while the reader is in the middle of writing. It runs for moments in which nothing else has a turn here,
 * and is halted between them and as soon as a file is there that was not: however busy the machine, what is done comes
 * neither too early nor too late.
 * @param uri what it works on; what it writes lies beside it
 * @param ask begins the work
 * @returns what becomes of it
 */
export async function inTheMiddleOfWriting<T>(
  access: TestAccess,
  uri: vscode.Uri,
  { ask, act }: { ask: () => PromiseLike<T>; act: (pid: number) => void },
): Promise<T> {
  const pid = access.readerPid();
  assert.ok(pid, 'no reader runs');
  const names = () => readdirSync(path.dirname(uri.fsPath));
  const known = new Set(names());
  const begunWithin = (milliseconds: number): boolean => {
    const end = Date.now() + milliseconds;
    process.kill(pid, 'SIGCONT');
    let begun: boolean;
    do begun = names().some((name) => !known.has(name));
    while (!begun && Date.now() < end);
    process.kill(pid, 'SIGSTOP');
    return begun;
  };
  process.kill(pid, 'SIGSTOP');
  const asked = ask();
  try {
    await eventually('it writes', () => begunWithin(20));
    act(pid);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  return asked;
}

type Level = 'showErrorMessage' | 'showInformationMessage' | 'showWarningMessage';

/** Collects messages of one level instead of showing them, until `restore`. */
export function catchMessages(level: Level): { readonly messages: string[]; restore(): void } {
  const window = vscode.window as unknown as Record<Level, (message: string) => Thenable<undefined>>;
  const original = window[level];
  const messages: string[] = [];
  window[level] = (message) => {
    messages.push(message);
    return Promise.resolve(undefined);
  };
  return { messages, restore: () => (window[level] = original) };
}
