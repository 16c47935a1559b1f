import { join } from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const eslint = new ESLint({ cwd: root });

/** What the rules about ways out say of a text in the place of a file. */
async function said(file: string, text: string): Promise<number> {
  const results = await eslint.lintText(text, { filePath: join(root, file) });
  const messages = results.flatMap((result) => result.messages);
  expect(messages.filter(({ fatal }) => fatal)).toEqual([]);
  return messages.filter(({ ruleId }) => ruleId?.startsWith('no-restricted-')).length;
}

const HOST = 'src/host/checks/check-command.ts';
const VSCODE = `import * as vscode from 'vscode';\n`;

describe('a way out past the functions that hold text as text is an error', () => {
  it.each([
    ['a notification', HOST, `${VSCODE}void vscode.window.showInformationMessage('a');`],
    ['another notification', HOST, `${VSCODE}void vscode.window.showErrorMessage('a');`],
    ['a pick', 'src/host/checkpoints/choose.ts', `${VSCODE}void vscode.window.showQuickPick([]);`],
    ['a prompt', HOST, `${VSCODE}void vscode.window.showInputBox({});`],
    ['the status bar', HOST, `${VSCODE}vscode.window.setStatusBarMessage('a');`],
    ['a log', 'src/extension.ts', `${VSCODE}vscode.window.createOutputChannel('a');`],
    ['the whole window', HOST, `${VSCODE}export const w = vscode.window;`],
    ['a part of vscode', HOST, `import { window } from 'vscode';\nvoid window.showErrorMessage('a');`],
    ['a piece of vscode', HOST, `${VSCODE}export const { window } = vscode;`],
    ['a row', 'src/host/view/item.ts', `${VSCODE}export const a = new vscode.TreeItem('a');`],
    ['Markdown', HOST, `${VSCODE}export const a = new vscode.MarkdownString('a');`],
    ['standard output', 'src/operations/train/train.ts', `process.stdout.write('a');`],
    ['standard error', 'src/cli/session.ts', `process.stderr.write('a');`],
    [
      'markup',
      'src/operations/report/report.ts',
      `import { Markup } from './html';\nexport const a = (t: string) => new Markup(t);`,
    ],
    [
      'HTML',
      'webview/frame/app.tsx',
      `export const a = (t: string) => <p dangerouslySetInnerHTML={{ __html: t }} />;`,
    ],
    [
      'HTML, by hand',
      'webview/frame/app.tsx',
      `export const a = (e: Element, t: string) => (e.innerHTML = t);`,
    ],
  ])('%s', async (_, file, text) => expect(await said(file, text)).toBe(1));

  it.each([
    [
      'a notification through its function',
      HOST,
      `import { notify } from '../ui/window';\nvoid notify('info', 'a');`,
    ],
    ['a window’s tab', HOST, `${VSCODE}export const a = vscode.window.tabGroups.all;`],
    ['translated words', HOST, `import { l10n } from 'vscode';\nexport const a = l10n.t('a');`],
    ['the one place that may', 'src/host/ui/window.ts', `${VSCODE}void vscode.window.showErrorMessage('a');`],
    ['the command line’s streams', 'src/cli/io.ts', `process.stdout.write('a');`],
    [
      'the style sheet',
      'src/operations/report/report.ts',
      `import { Markup } from './html';\nimport { STYLE } from './style';\nexport const a = new Markup(STYLE);`,
    ],
    [
      'a docstring of Python',
      'src/core/formats/state-dict/python/text.ts',
      'export const a = (t: string) => `"""${t}"""`;',
    ],
    ['text in JSX', 'webview/frame/app.tsx', `export const a = (t: string) => <p title={t}>{t}</p>;`],
  ])('and %s is none', async (_, file, text) => expect(await said(file, text)).toBe(0));
});

describe('behaviour that hangs on a sentence is an error', () => {
  const HOLDER = 'declare const e: { message: string; label: string; phase: string; text: string };\n';
  it.each([
    ['the beginning of a message', `export const a = e.message.startsWith('no network');`],
    ['the end of a phase', `export const a = /: training$/.test(e.phase);`],
    ['a part of a text', `export const a = e.text.includes('training');`],
    ['a fact by its label', `export const a = e.label === 'Network';`],
    ['the same, backwards', `export const a = 'Network' !== e.label;`],
    ['a variable', `export const a = (reason: string) => /^stopped/.exec(reason);`],
  ])('%s', async (_, text) => {
    for (const file of [
      'src/operations/fuse.ts',
      HOST,
      'webview/frame/app.tsx',
      'src/operations/report/report.ts',
    ]) {
      expect(await said(file, HOLDER + text), file).toBe(1);
    }
  });

  it.each([
    ['a code', `declare const e: { code: string };\nexport const a = e.code === 'noNetwork';`],
    ['no sentence at all', `${HOLDER}export const a = e.message === '';`],
    ['two labels', `${HOLDER}export const a = (label: string) => e.label === label;`],
    ['a name of a file', `export const a = (file: string) => file.endsWith('.onnx');`],
  ])('and %s is none', async (_, text) => expect(await said('src/operations/fuse.ts', text)).toBe(0));
});
