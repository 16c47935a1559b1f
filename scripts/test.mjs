#!/usr/bin/env node
// Everything that guards a change, after the set-up: `npm test`.
import { lint } from './lint.mjs';
import { printTable, runParts, script, tool } from './parts.mjs';

const VITEST = 'vitest/vitest.mjs';
const E2E = ['--config', 'vitest.e2e.config.mts'];
/** How the files end that open the page without a VS Code around it. */
const PAGES = ['page.test.ts', 'looks.test.ts', 'playground.test.ts', 'pictures.test.ts'];

/** Tests passed and failed, from the closing lines of Vitest and Mocha. */
function countTests(output) {
  const sum = (pattern) =>
    [...output.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0);
  return {
    passed: sum(/^\s*Tests\s.*?(\d+) passed/gm) + sum(/^\s*(\d+) passing/gm),
    failed: sum(/^\s*Tests\s.*?(\d+) failed/gm) + sum(/^\s*(\d+) failing/gm),
  };
}

/** What failed, and the first line of why, from what Vitest and Mocha print at their end. */
function failures({ name, output }) {
  const vitest = [...output.matchAll(/^ FAIL {2}(.+)\n(?: FAIL .*\n)*(.*)/gm)];
  const [, mocha = ''] = output.split(/^\s*\d+ failing$/m);
  const named = [...mocha.matchAll(/^ {2}\d+\) ([^]+?):\n\s*\n?\s*(.*)/gm)];
  return [...vitest, ...named].map(
    ([, test, why]) => `${name}: ${test.replace(/\s+/g, ' ')}\n    ${why.trim().slice(0, 300)}`,
  );
}

const checks = await lint([
  script('mutated inputs', 'scripts/fuzz.mjs', ['--count', '15000']),
  script('build', 'scripts/build.mjs'),
]);
const tests = await runParts([tool('unit and interop', VITEST, ['run'])]);
// A browser and a VS Code wait as much as they compute: these side by side.
const browsers = await runParts(
  [
    tool('whole flows', VITEST, [
      'run',
      ...E2E,
      ...PAGES.flatMap((name) => ['--exclude', `test/e2e/*${name}`]),
    ]),
    script('inside VS Code', 'scripts/vscode-host/run-tests.mjs'),
    tool('pages in a browser', VITEST, ['run', ...E2E, ...PAGES]),
  ],
  { atOnce: 3 },
);
tests.push(...browsers);
const passed = printTable([...checks, ...tests]);
const counts = tests.map(({ output }) => countTests(output));
const total = (key) => counts.reduce((sum, count) => sum + count[key], 0);
console.log(`\n${total('passed')} passed, ${total('failed')} failed`);
// Said once more at the very end: of a log of thousands of lines often only the end is kept.
for (const line of tests.filter(({ code }) => code !== 0).flatMap(failures)) console.log(line);
process.exitCode = passed ? 0 : 1;
