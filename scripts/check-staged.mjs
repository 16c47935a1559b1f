#!/usr/bin/env node
// Rules and layout of the staged files, and the types of everything, with caches: what a commit waits for.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { printTable, runParts, tool } from './parts.mjs';
import { root } from './setup/shared.mjs';

const names = execFileSync('git', ['diff', '--cached', '--name-only', '--diff-filter=d', '-z'], {
  cwd: root,
  encoding: 'utf8',
});
const staged = names.split('\0').filter(Boolean);
const code = staged.filter((name) => /\.(ts|tsx|mts|mjs|cjs)$/.test(name));
const cache = path.join(root, 'node_modules/.cache');

const checks = [
  ...(code.length > 0
    ? [
        tool('types', 'typescript/bin/tsc', ['-b']),
        tool('eslint', 'eslint/bin/eslint.js', [
          ...['--max-warnings', '0', '--cache', '--cache-location', path.join(cache, 'eslint/'), ...code],
        ]),
      ]
    : []),
  tool('layout', 'prettier/bin/prettier.cjs', [
    ...['--check', '--ignore-unknown', '--log-level', 'warn', ...staged],
  ]),
];
if (staged.length > 0) process.exitCode = printTable(await runParts(checks, { atOnce: 2 })) ? 0 : 1;
