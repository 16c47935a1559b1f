/** A person's hands and eyes in VS Code: the packaged extension, installed, in a workbench of its own. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Frame, FrameLocator, Locator, Page } from 'playwright-core';
import { inject } from 'vitest';
import { LIMIT } from '../../support/limit';
import { launch, type LaunchOptions, type Session } from '../../../scripts/vscode-host/launch.mjs';

export const root = path.join(import.meta.dirname, '../../..');
const require = createRequire(import.meta.url);

/** Packs dist/ as it is into a folder. @param of a checkout @returns the package */
export function packExtension(folder: string, of = root): string {
  const vsix = path.join(folder, 'acnet.vsix');
  const vsce = path.join(root, 'node_modules/@vscode/vsce/vsce');
  const options = [
    '--no-dependencies',
    '--no-rewrite-relative-links',
    '--allow-missing-repository',
    '--out',
    vsix,
  ];
  execFileSync(process.execPath, [vsce, 'package', ...options], { cwd: of });
  return vsix;
}

/** The extension as it is installed: packed by the first file of a run that asks, and there for the others. */
export function packedExtension(): string {
  const folder = inject('packages');
  const vsix = path.join(folder, 'acnet.vsix');
  return existsSync(vsix) ? vsix : packExtension(folder);
}

/** What went wrong in the page of a webview, or against any content security policy. */
function watchProblems(page: Page): string[] {
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    const { url } = message.location();
    const ours = /inspector\.(js|css)/.test(url) || /Content Security Policy/i.test(message.text());
    if (ours) problems.push(`${message.text()} (${url})`);
  });
  page.on('pageerror', (error) => {
    if (/inspector\.js/.test(error.stack ?? '')) problems.push(String(error));
  });
  return problems;
}

export class Workbench {
  readonly problems: readonly string[];

  private constructor(
    private readonly session: Session,
    private readonly folder: string,
  ) {
    this.problems = watchProblems(session.page);
  }

  /** @param fill puts files into the fresh workspace */
  static async open(
    vsix: string,
    fill: (folder: string) => Promise<void>,
    options: Pick<LaunchOptions, 'trust' | 'env'> = {},
  ): Promise<Workbench> {
    const folder = mkdtempSync(path.join(tmpdir(), 'acnet-e2e-'));
    const workspace = path.join(folder, 'models');
    mkdirSync(workspace);
    await fill(workspace);
    const session = await launch({ vsix, workspace, viewport: { width: 1600, height: 1000 }, ...options });
    return new Workbench(session, folder);
  }

  get workspace(): string {
    return path.join(this.folder, 'models');
  }

  /** Where VS Code and its extensions keep what is the user's. */
  get userData(): string {
    return this.session.userData;
  }

  get page(): Page {
    return this.session.page;
  }

  /** The extension's own document: page > iframe.webview > iframe#active-frame. */
  get inspector(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  async inspectorFrame(): Promise<Frame> {
    const handle = await this.inspector.locator('html').elementHandle();
    const frame = await handle?.ownerFrame();
    if (!frame) throw new Error('the inspector has no page');
    return frame;
  }

  /** Opens the context menu of a file in the Explorer; again until the extension's entries are registered. */
  async contextMenu(file: string, expected: string): Promise<Locator> {
    const row = this.page.getByRole('treeitem', { name: file, exact: true });
    const menu = this.page.locator('.monaco-menu');
    const entry = menu.locator('.action-item').filter({ hasText: expected });
    await repeat(`no '${expected}' in the context menu of ${file}`, async (patience) => {
      await row.click({ button: 'right' });
      if (await appears(entry, patience)) return true;
      await this.page.keyboard.press('Escape');
      return false;
    });
    return menu;
  }

  /** Opens a folder in the Explorer until it shows a file: the Explorer may have opened it itself, and a click closes it then. */
  async expand(folder: string, file: string): Promise<void> {
    const row = this.page.getByRole('treeitem', { name: folder, exact: true });
    const inside = this.page.getByRole('treeitem', { name: file, exact: true });
    await repeat(`${folder} shows no ${file}`, async (patience) => {
      if (await appears(inside, patience)) return true;
      if ((await row.getAttribute('aria-expanded')) !== 'true') await row.click();
      return false;
    });
  }

  /** Clicks an entry in the context menu of a file in the Explorer. */
  async choose(file: string, entry: string): Promise<void> {
    await this.press(await this.contextMenu(file, entry), entry);
  }

  /** Clicks an entry of a menu that is open. */
  async press(menu: Locator, entry: string): Promise<void> {
    const item = menu.locator('.action-item').filter({ hasText: entry });
    // A menu that has just opened takes no click yet.
    await repeat(`'${entry}' takes no click`, async (patience) => {
      await this.page.waitForTimeout(300);
      await item.click({ timeout: patience }).catch(() => undefined);
      return !(await menu.isVisible());
    });
  }

  /**
   * Runs a command by its whole label: the palette's first match is not always the wanted one. Tried again until the
   * extension's commands are registered.
   */
  async palette(label: string): Promise<void> {
    const row = this.quickPickRow(label);
    await repeat(`no '${label}' in the palette`, async (patience) => {
      await this.page.keyboard.press('F1');
      await this.page.locator('.quick-input-widget input.input').fill(`>${label}`);
      if (await appears(row, patience)) return true;
      await this.page.keyboard.press('Escape');
      return false;
    });
    await row.click();
  }

  /** The quick pick that is open. */
  get quickPick(): Locator {
    return this.page.locator('.quick-input-widget');
  }

  quickPickRow(label: string): Locator {
    const exact = this.page.getByText(label, { exact: true });
    return this.quickPick.locator('.monaco-list-row').filter({ has: exact }).first();
  }

  /** A notification that is showing. */
  notification(text: string): Locator {
    return this.page.locator('.notification-toast').filter({ hasText: text });
  }

  /** Workspace settings are watched; the user's are read only at the start. */
  async setTheme(theme: string, kind: string): Promise<void> {
    mkdirSync(path.join(this.workspace, '.vscode'), { recursive: true });
    const settings = JSON.stringify({ 'workbench.colorTheme': theme });
    writeFileSync(path.join(this.workspace, '.vscode/settings.json'), settings);
    await this.inspector.locator(`body[data-vscode-theme-kind="${kind}"]`).waitFor();
  }

  /** Violations of accessibility rules in the inspector, one line each. */
  async axe(): Promise<string[]> {
    const frame = await this.inspectorFrame();
    // As a script tag it would be refused by the page's policy.
    await frame.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
    return frame.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run(options: object): Promise<AxeResult> } };
      const { violations } = await axe.run({ resultTypes: ['violations'] });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
      );
    });
  }

  async shoot(name: string): Promise<void> {
    await this.page.screenshot({ path: path.join(root, 'out/screenshots', `${name}.png`) });
  }

  async close(): Promise<void> {
    await this.session.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface AxeResult {
  readonly violations: ReadonlyArray<{
    readonly id: string;
    readonly nodes: ReadonlyArray<{ readonly target: readonly string[]; readonly failureSummary: string }>;
  }>;
}

/** Tries until it succeeds, each time with more patience. @throws Error when it never does */
async function repeat(why: string, attempt: (patience: number) => Promise<boolean>): Promise<void> {
  const end = Date.now() + LIMIT;
  for (let patience = 1500; !(await attempt(patience)); patience *= 1.3) {
    if (Date.now() > end) throw new Error(why);
  }
}

/** Whether something comes into sight in time. */
async function appears(locator: Locator, milliseconds: number): Promise<boolean> {
  return locator
    .first()
    .waitFor({ timeout: milliseconds })
    .then(
      () => true,
      () => false,
    );
}
