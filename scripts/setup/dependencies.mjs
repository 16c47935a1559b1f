import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root, run } from './shared.mjs';

/** Whether node_modules holds what package-lock.json names; packages of other systems may be absent. */
function upToDate() {
  const installed = path.join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  const packages = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const have = packages(installed);
  return Object.entries(packages(path.join(root, 'package-lock.json'))).every(
    ([name, { version, optional, link }]) =>
      name === '' || link || have[name]?.version === version || (optional && !have[name]),
  );
}

/** Installs node_modules from the lock file. No package's own script is run: tfjs-node's would download TensorFlow. */
export async function installDependencies() {
  if (upToDate()) return false;
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  await run('npm ci', npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
  });
  return true;
}
