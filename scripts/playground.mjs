#!/usr/bin/env node
// The inspector's page in a browser, in every state that the tests have; it loads again when a file changes.
// `npm run playground -- --port 4000`; `--once` builds, checks that it answers, and ends.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build, context } from 'esbuild';
import { nodeBundle, pageBundle } from './bundle.mjs';
import { root } from './setup/shared.mjs';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '5173' }, once: { type: 'boolean', default: false } },
});
const folder = path.join(root, 'out/playground');
const server = path.join(folder, 'server.mjs');

// The fixtures are found from the place of the module that reads them.
await build({
  ...nodeBundle('test/playground/server.ts', server),
  ...{ format: 'esm', banner: {}, define: {}, plugins: [sourcePlace()] },
});
const { startPlayground } = await import(pathToFileURL(server).href);
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

/** `import.meta.url` of each module as it stands in the source: fixtures lie beside it. */
function sourcePlace() {
  return {
    name: 'source-place',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]test[\\/].*\.ts$/ }, async ({ path: file }) => {
        const { readFile } = await import('node:fs/promises');
        const text = await readFile(file, 'utf8');
        const url = JSON.stringify(pathToFileURL(file).href);
        return { contents: text.replaceAll('import.meta.url', url), loader: 'ts' };
      });
    },
  };
}
