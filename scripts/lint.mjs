#!/usr/bin/env node
// Types, rules, layout, walls between folders, and nothing unused. `npm run lint`
import { realpathSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { printTable, runParts, tool } from './parts.mjs';

/**
 * All of it, in about the order of how long each takes: the longest first.
 * @param more parts for the processor that has nothing left to do while ESLint goes on
 */
export function lint(more = []) {
  return runParts(
    [
      tool('eslint', 'eslint/bin/eslint.js', ['--max-warnings', '0', '.']),
      // Each side with what it may know: only the page has a document, only the host has vscode, core has neither.
      tool('types', 'typescript/bin/tsc', ['-b']),
      tool('walls', 'dependency-cruiser/bin/dependency-cruise.mjs', [
        ...['src', 'webview', '--config', '.dependency-cruiser.cjs'],
      ]),
      tool('layout', 'prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']),
      tool('nothing unused', 'knip/bin/knip.js', []),
      ...more,
    ],
    { atOnce: Math.min(2, availableParallelism()) },
  );
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = printTable(await lint()) ? 0 : 1;
}
