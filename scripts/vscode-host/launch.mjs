// Opens a real VS Code: the server inside npm's code-server package, its workbench in a headless Chromium.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { chromium as engine } from 'playwright-core';
import { findChromium, vscodeHost } from '../setup/vscode-host.mjs';
import { endGroup, installExtension, locate, startServer } from './server.mjs';

const QUIET_SETTINGS = {
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'workbench.reduceMotion': 'on', // else a screenshot right after a theme switch shows a half-way status bar
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.colorTheme': 'Dark Modern',
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'git.enabled': false,
  'typescript.disableAutomaticTypeAcquisition': true,
};

/** Milliseconds after which what a window is waited for counts as hanging. */
const LIMIT = 120_000;

const CHROMIUM_FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];

/** A fresh folder for all that VS Code writes. */
function makeProfile(settings) {
  const folder = mkdtempSync(path.join(tmpdir(), 'acnet-vscode-'));
  const userData = path.join(folder, 'data');
  const extensions = path.join(folder, 'extensions');
  mkdirSync(path.join(userData, 'User'), { recursive: true });
  mkdirSync(extensions);
  const text = JSON.stringify({ ...QUIET_SETTINGS, ...settings }, null, 2);
  writeFileSync(path.join(userData, 'User/settings.json'), text);
  const flags = ['--server-data-dir', folder, '--user-data-dir', userData, '--extensions-dir', extensions];
  return { folder, userData, flags };
}

/** The workbench's address; its payload names the extension under development and its tests, if any. */
function workbenchUrl(port, { workspace, extension, tests }) {
  const url = new URL(`http://127.0.0.1:${port}/`);
  const remote = (file) => `vscode-remote://127.0.0.1:${port}${realpathSync(file)}`;
  if (workspace) url.searchParams.set('folder', realpathSync(workspace));
  const payload = [];
  if (extension) payload.push(['extensionDevelopmentPath', remote(extension)]);
  if (tests) payload.push(['extensionTestsPath', remote(tests)]);
  if (payload.length > 0) url.searchParams.set('payload', JSON.stringify(payload));
  return url.href;
}

function serverFlags(profile, { extension, tests, trust }) {
  return [
    ...profile.flags,
    ...['--without-connection-token', '--accept-server-license-terms', '--disable-telemetry'],
    ...['--disable-experiments', '--telemetry-level', 'off'],
    // Obeys the payload; but with it no toasts are shown, look in the notification centre.
    ...(extension || tests ? ['--enable-smoke-test-driver'] : []),
    ...(trust ? [] : ['--disable-workspace-trust']),
  ];
}

async function openPage(browser, options, onExit) {
  const context = await browser.newContext({ viewport: options.viewport ?? { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(LIMIT);
  if (options.verbose) {
    const line = (message) => `[page:${message.type()}] ${stripVTControlCharacters(message.text())}\n`;
    page.on('console', (message) => process.stderr.write(line(message)));
  }
  page.on('crash', () => onExit({ code: 1, why: 'the page crashed' }));
  await page.exposeFunction('codeAutomationLog', (type, args) => options.onLog?.(type, args));
  await page.exposeFunction('codeAutomationExit', (code) => onExit({ code, why: 'tests ended' }));
  return page;
}

/**
 * Opens VS Code; types and meaning of the options are in launch.d.mts.
 * @throws Error when the set-up is missing, or the workbench does not come up
 */
export async function launch(options = {}) {
  const found = locate(options.install ?? vscodeHost);
  const executablePath = findChromium();
  if (!executablePath) throw new Error('Chromium is missing; run npm run setup');
  const profile = makeProfile(options.settings);
  const env = {
    ...process.env,
    NODE_NO_WARNINGS: '1',
    EXTENSIONS_GALLERY: '{"serviceUrl":""}', // looks nothing up
    ...options.env,
  };
  let server, browser, onExit;
  const exit = new Promise((resolve) => {
    onExit = resolve;
  });
  let closing;
  const close = () =>
    (closing ??= (async () => {
      await browser?.close().catch(() => {});
      if (server) await endGroup(server.child);
      rmSync(profile.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    })());
  try {
    if (options.vsix) installExtension(found, profile.flags, env, options.vsix);
    server = await startServer(found, serverFlags(profile, options), { env, verbose: options.verbose });
    server.child.once('exit', (code) => onExit({ code: 1, why: `the server ended (${code})` }));
    // Playwright's own signal handlers would race the caller's.
    const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
    browser = await engine.launch({
      ...{ executablePath, headless: true, args: CHROMIUM_FLAGS, timeout: LIMIT },
      ...signals,
    });
    const page = await openPage(browser, options, onExit);
    const url = workbenchUrl(server.port, options);
    await page.goto(url);
    await page.locator('.monaco-workbench').waitFor();
    return { page, browser, url, userData: profile.userData, serverOutput: server.output, exit, close };
  } catch (error) {
    await close();
    throw error;
  }
}
