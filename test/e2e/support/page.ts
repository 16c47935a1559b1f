/**
 * The built page in a real browser, as a webview would hold it.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import type { Page } from 'playwright-core';
import type { InspectorState, PageMessage } from '../../../src/contract/page';
import { LIMIT } from '../../support/limit';
import { PAGE, servePage } from './page-server';
import type { ThemeName } from './themes';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What the stand-in for VS Code leaves on the page's window. */
interface PageWindow {
  readonly sent: readonly PageMessage[];
  readonly violations: readonly string[];
  readonly axe: {
    run(options: { readonly resultTypes: readonly ['violations'] }): Promise<{ violations: AxeViolation[] }>;
  };
}

interface AxeViolation {
  readonly id: string;
  readonly nodes: ReadonlyArray<{ readonly target: readonly string[]; readonly failureSummary: string }>;
}

export interface OpenOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly state?: InspectorState;
}

export interface View {
  readonly page: Page;
  /** Sends what the host would send, and waits until the page has drawn it. */
  show(next: unknown): Promise<void>;
  /** What the page has sent, without `ready`. */
  sent(): Promise<PageMessage[]>;
  /** Console errors, uncaught errors and violations of the policy. */
  problems(): Promise<string[]>;
  /** Accessibility violations. */
  axe(): Promise<string[]>;
  /** Takes a picture of the whole page, or of what is in sight, where ACNET_SCREENSHOTS asks for pictures. */
  shoot(name: string, inSight?: boolean): Promise<void>;
  close(): Promise<void>;
}

export interface Pages {
  open(options?: OpenOptions): Promise<View>;
  close(): Promise<void>;
}

/** Where a browser is looked for: CHROMIUM, then the usual places. */
export function browserPath(): string {
  const places = [
    process.env.CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ];
  const found = places.find((place) => place !== undefined && existsSync(place));
  if (!found)
    throw new Error(`no Chromium: set CHROMIUM to one, or install it (${places.slice(1).join(', ')})`);
  return found;
}

/** Serves the page from 127.0.0.1 and opens it as often as asked. */
export async function startPages(folder = path.join(root, 'dist/webview')): Promise<Pages> {
  const server = createServer((request, response) => {
    if (!servePage(request, response, folder)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({
    executablePath: browserPath(),
    args: ['--no-sandbox'],
    timeout: LIMIT,
  });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  /** Tabs that nobody uses any more. A new one costs more than most tests do in it. */
  const free: Page[] = [];
  return {
    open: async (options) => {
      const page = free.pop() ?? (await browser.newPage());
      const view = await open(page, address, options);
      const close = async (): Promise<void> => {
        await leave(page);
        free.push(page);
      };
      return { ...view, close };
    },
    close: async () => {
      await browser.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Takes from a tab what a test has set in it; what its page kept is taken by the next that is opened. */
async function leave(page: Page): Promise<void> {
  page.removeAllListeners();
  await page.emulateMedia({ reducedMotion: null });
  await page.mouse.move(0, 0);
}

async function open(
  page: Page,
  address: string,
  { theme = 'dark', width = 1280, height = 900, state }: OpenOptions = {},
): Promise<Omit<View, 'close'>> {
  page.setDefaultTimeout(LIMIT);
  await page.setViewportSize({ width, height });
  const problems: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto(`${address}${PAGE}?theme=${theme}&opening=${randomUUID()}`);
  const view = viewOf(page, problems);
  if (state) {
    await view.show(state);
    await page.waitForSelector('h1');
  }
  return view;
}

function viewOf(page: Page, problems: readonly string[]): Omit<View, 'close'> {
  const inPage = <T>(read: (window: PageWindow) => T) =>
    page.evaluate<Awaited<T>>(`(${String(read)})(window)`);
  return {
    page,
    show: (next) =>
      page.evaluate(async (value) => {
        const received = new Promise((resolve) =>
          window.addEventListener('message', resolve, { once: true }),
        );
        window.postMessage({ type: 'state', state: value }, '*');
        await received;
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      }, next),
    sent: () => inPage(({ sent }) => sent.filter(({ type }) => type !== 'ready')),
    problems: async () => [...problems, ...(await inPage(({ violations }) => violations))],
    axe: async () => {
      await page.evaluate(axeSource);
      const { violations } = await inPage(({ axe }) => axe.run({ resultTypes: ['violations'] }));
      return violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
      );
    },
    shoot: async (name, inSight = false) => {
      if (!process.env['ACNET_SCREENSHOTS']) return;
      const file = path.join(root, 'out/screenshots', `page-${name}.png`);
      await page.screenshot({ path: file, fullPage: !inSight });
    },
  };
}
