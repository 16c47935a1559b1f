#!/usr/bin/env node
// How many lines of the source the unit tests run, by folder; an error where it is less than it was. `npm run coverage`
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './setup/shared.mjs';

/** The least per cent of lines; raise one when its folder has more. A folder that is not listed has no floor yet. */
const FLOORS = {
  'src/cli': 75,
  'src/contract': 97,
  'src/core': 88,
  'src/engine': 96,
  'src/files': 96,
  'src/host': 56,
  'src/operations': 98,
  'src/shared': 98,
  'src/worker': 50,
  webview: 37,
};

const output = path.join(root, 'out/coverage');
const settings = {
  enabled: true,
  provider: 'v8',
  include: ['src/**', 'webview/**'],
  reporter: ['json-summary', 'html'],
  reportOnFailure: true,
  reportsDirectory: output,
};
const options = Object.entries(settings).flatMap(([key, value]) =>
  [value].flat().map((each) => `--coverage.${key}=${each}`),
);
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/unit', ...options], {
  cwd: root,
  stdio: 'inherit',
});

/** Lines of each folder, and how many of them are run. */
const folders = new Map();
const summary = JSON.parse(readFileSync(path.join(output, 'coverage-summary.json'), 'utf8'));
for (const [file, { lines }] of Object.entries(summary)) {
  if (file === 'total') continue;
  const [top, next = ''] = path.relative(root, file).split(path.sep);
  const name = top === 'src' && !next.includes('.') ? `src/${next}` : top;
  const sum = folders.get(name) ?? { total: 0, covered: 0 };
  folders.set(name, { total: sum.total + lines.total, covered: sum.covered + lines.covered });
}

let isLess = false;
for (const [name, { total, covered }] of [...folders].sort()) {
  const share = (100 * covered) / total;
  const floor = FLOORS[name] ?? 0;
  if (share < floor) isLess = true;
  const mark = share < floor ? 'FAILED' : 'ok    ';
  console.log(`${mark}  ${name.padEnd(16)} ${share.toFixed(1).padStart(5)} % of lines (at least ${floor} %)`);
}
process.exitCode = status === 0 && !isLess ? 0 : 1;
