#!/usr/bin/env node
// The long runs: every test file that looks at ACNET_DEEP, with that set, and 300,000 mutated inputs. `npm run
// test:deep`, or with names of files.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { printTable, runParts, script, tool } from './parts.mjs';
import { root } from './setup/shared.mjs';

process.env.ACNET_DEEP = '1';

const wanted = process.argv.slice(2);
const files = readdirSync(path.join(root, 'test'), { recursive: true })
  .map((name) => path.join('test', String(name)))
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => readFileSync(path.join(root, file), 'utf8').includes('ACNET_DEEP'))
  .filter((file) => wanted.length === 0 || wanted.some((name) => file.includes(name)))
  .sort();
const inVscode = (file) => file.startsWith(path.join('test', 'vscode'));
const parts = files.map((file) =>
  inVscode(file)
    ? script(file, 'scripts/vscode-host/run-tests.mjs', [path.basename(file, '.ts')])
    : tool(file, 'vitest/vitest.mjs', ['run', file]),
);
if (files.some(inVscode)) parts.unshift(script('build', 'scripts/build.mjs'));
if (wanted.length === 0 || wanted.includes('fuzz')) {
  parts.push(script('mutated inputs', 'scripts/fuzz.mjs', ['--count', '300000']));
}
if (parts.length === 0) console.error('no such test has a long run');
process.exitCode = parts.length > 0 && printTable(await runParts(parts)) ? 0 : 1;
