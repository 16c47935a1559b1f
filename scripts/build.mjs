#!/usr/bin/env node
// Bundles everything that is shipped into dist/. `--dev` keeps names and line numbers and skips minification.
import { chmodSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { root } from './setup/shared.mjs';

const { values } = parseArgs({ options: { dev: { type: 'boolean', default: false } } });

const common = {
  absWorkingDir: root,
  bundle: true,
  minify: !values.dev,
  sourcemap: values.dev ? 'linked' : false,
  keepNames: true, // error classes are told apart by name across processes
  legalComments: 'none',
  loader: { '.wasm': 'binary' },
  logLevel: 'warning',
};

const MODULE_URL = "const moduleUrl = require('node:url').pathToFileURL(__filename).href;";

/** A program for Node: one CommonJS file, without node_modules at run time. */
const program = (entry, outfile, banner = MODULE_URL) => ({
  ...common,
  entryPoints: [entry],
  outfile,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode'],
  // The whole union (layers, data, converter, WebGL) is four times the size; tfjs-node needs its core alone.
  alias: { '@tensorflow/tfjs': '@tensorflow/tfjs-core' },
  define: { 'import.meta.url': 'moduleUrl' },
  banner: { js: banner },
});

const page = (entry, outfile) => ({
  ...common,
  entryPoints: [entry],
  outfile,
  platform: 'browser',
  format: 'iife',
  target: 'es2022',
});

const targets = [
  program('src/extension.ts', 'dist/extension.cjs'),
  program('src/cli/index.ts', 'dist/cli.cjs', `#!/usr/bin/env node\n${MODULE_URL}`),
  program('src/worker/reader.ts', 'dist/reader.cjs'),
  program('src/worker/trainer.ts', 'dist/trainer.cjs'),
  page('webview/main.tsx', 'dist/webview/inspector.js'),
];

rmSync(path.join(root, 'dist'), { recursive: true, force: true });
const present = targets.filter(({ entryPoints: [entry] }) => existsSync(path.join(root, entry)));
for (const target of targets) {
  if (!present.includes(target)) console.log(`build: ${target.entryPoints[0]} is not there yet, skipped`);
}
await Promise.all(present.map(build));
const cli = path.join(root, 'dist/cli.cjs');
if (existsSync(cli)) chmodSync(cli, 0o755);
