#!/usr/bin/env node
// Builds everything that ships and packs it as a .vsix; says how large it is. `npm run package`
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { root } from './setup/shared.mjs';

const LIMIT_MEGABYTES = 6;

const run = (file, ...args) =>
  execFileSync(process.execPath, [path.join(root, file), ...args], { cwd: root, stdio: 'inherit' });

const { name, version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const vsix = path.join(root, `${name}-${version}.vsix`);

run('scripts/build.mjs');
run('scripts/notices.mjs');
run('scripts/l10n.mjs');
run(
  'node_modules/@vscode/vsce/vsce',
  ...['package', '--no-dependencies', '--no-rewrite-relative-links', '--allow-missing-repository'],
  ...['--out', vsix],
);
const megabytes = statSync(vsix).size / 1e6;
console.log(`${path.basename(vsix)}: ${megabytes.toFixed(2)} MB`);
if (megabytes > LIMIT_MEGABYTES) {
  console.error(`larger than ${LIMIT_MEGABYTES} MB`);
  process.exitCode = 1;
}
