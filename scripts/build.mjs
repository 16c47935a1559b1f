#!/usr/bin/env node
// Bundles everything that is shipped into dist/. `--dev` keeps names and line numbers and skips minification; `--watch` does so
// again whenever a file changes.
import { chmodSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build, context } from 'esbuild';
import { buildShippedAddons } from './setup/native.mjs';
import { root } from './setup/shared.mjs';
import { targets } from './targets.mjs';

const { values } = parseArgs({
  options: { dev: { type: 'boolean', default: false }, watch: { type: 'boolean', default: false } },
});
const isDev = values.dev || values.watch;
const style = { minify: !isDev, sourcemap: isDev ? 'linked' : false };

/** Removes what an earlier build left: everything in dist/ is shipped. */
function removeAllBut(written) {
  const dist = path.join(root, 'dist');
  for (const name of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const file = path.join(name.parentPath ?? name.path, name.name);
    if (name.isFile() && !written.has(file)) rmSync(file);
  }
}

/** Builds all bundles, removes what else lies there, and says how large they are. */
async function buildAll() {
  const results = await Promise.all(targets.map((target) => build({ ...target, ...style })));
  const addons = await buildShippedAddons(path.join(root, 'dist/native'));
  if (addons.length === 0) console.log('no native addon: nothing to compile it against (npm run setup)');
  const outputs = results.flatMap(({ metafile }) => Object.entries(metafile.outputs));
  removeAllBut(new Set([...outputs.map(([name]) => path.join(root, name)), ...addons]));
  for (const [name, { bytes }] of outputs) console.log(`${name.padEnd(28)} ${(bytes / 1024).toFixed(0)} kB`);
  chmodSync(path.join(root, 'dist/cli.cjs'), 0o755);
}

/** Builds each bundle again when a file of it changes. An editor waits for these two lines (.vscode/tasks.json). */
async function watchAll() {
  let running = 0;
  const lines = {
    name: 'lines',
    setup({ onStart, onEnd }) {
      onStart(() => {
        if (running++ === 0) console.log('build: started');
      });
      onEnd(() => {
        if (--running === 0) console.log('build: done');
      });
    },
  };
  const contexts = await Promise.all(
    targets.map((target) => context({ ...target, ...style, plugins: [...target.plugins, lines] })),
  );
  await Promise.all(contexts.map((each) => each.watch()));
}

try {
  await buildAll();
  if (values.watch) await watchAll();
} catch (error) {
  if (!error.errors) console.error(error); // esbuild has shown its own
  process.exitCode = 1;
}
