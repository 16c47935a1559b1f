#!/usr/bin/env node
// Builds everything that ships and packs it as a .vsix; says how large it is. `npm run package`
// With `-- --target linux-arm64` the package says that it is only for that system; it is built on that system.
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './setup/shared.mjs';

const LIMIT_MEGABYTES = 6;

const { values } = parseArgs({ options: { target: { type: 'string' } } });
const here = `${process.platform}-${process.arch}`;
if (values.target && values.target !== here) {
  console.error(`the addon in this package would be that of ${here}: pack ${values.target} there`);
  process.exit(2);
}

const run = (file, ...args) =>
  execFileSync(process.execPath, [path.join(root, file), ...args], { cwd: root, stdio: 'inherit' });

const { name, version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const suffix = values.target ? `-${values.target}` : '';
const vsix = path.join(root, `${name}${suffix}-${version}.vsix`);

run('scripts/build.mjs');
run('scripts/notices.mjs');
run('scripts/l10n.mjs');
run(
  'node_modules/@vscode/vsce/vsce',
  ...['package', '--no-dependencies', '--no-rewrite-relative-links', '--allow-missing-repository'],
  ...['--out', vsix, ...(values.target ? ['--target', values.target] : [])],
);
const megabytes = statSync(vsix).size / 1e6;
console.log(`${path.basename(vsix)}: ${megabytes.toFixed(2)} MB`);
if (megabytes > LIMIT_MEGABYTES) {
  console.error(`larger than ${LIMIT_MEGABYTES} MB`);
  process.exitCode = 1;
}
