#!/usr/bin/env node
// The inspector's page in a browser, in every state that the tests have; it loads again when a file changes.
// `npm run playground -- --port 4000`; `--once` builds, checks that it answers, and ends.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { context } from 'esbuild';
import { pageBundle } from './bundle.mjs';
import { root } from './setup/shared.mjs';
import { importTest } from './test-module.mjs';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '5173' }, once: { type: 'boolean', default: false } },
});
const folder = path.join(root, 'out/playground');
const { startPlayground } = await importTest('test/playground/server.ts');
const playground = await startPlayground(folder, values.once ? 0 : Number(values.port));
const page = await context({
  ...pageBundle('webview/main.tsx', path.join(folder, 'inspector.js')),
  sourcemap: 'inline',
  plugins: [
    ...pageBundle('webview/main.tsx', '').plugins,
    { name: 'reload', setup: ({ onEnd }) => onEnd(() => playground.reload()) },
  ],
});

if (values.once) {
  await page.rebuild();
  const { status } = await fetch(playground.address);
  console.log(`${playground.address} answered ${status}`);
  await Promise.all([page.dispose(), playground.close()]);
} else {
  await page.watch();
  console.log(`playground: ${playground.address} (Ctrl+C ends it)`);
}
