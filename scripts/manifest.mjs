#!/usr/bin/env node
// Writes into package.json and package.nls.json what follows from the extension's own records (src/host/manifest.ts): the
// commands with their menus and titles, and which files are checkpoints. `npm run manifest`
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { nodeBundle } from './bundle.mjs';
import { root } from './setup/shared.mjs';

/** The records import what commands do; of VS Code, which is not there, they use nothing while they are read. */
const withoutVsCode = {
  name: 'without-vscode',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^vscode$/ }, () => ({ path: 'vscode', namespace: 'stub' }));
    onLoad({ filter: /.*/, namespace: 'stub' }, () => ({
      contents: 'module.exports = { l10n: { t: (text) => text } };',
    }));
  },
};

async function records() {
  const options = nodeBundle('src/host/manifest.ts', 'manifest.cjs');
  const plugins = [withoutVsCode, ...options.plugins];
  const { outputFiles } = await build({ ...options, plugins, external: [], write: false });
  const module = { exports: {} };
  const load = new Function('module', 'exports', 'require', '__filename', '__dirname', outputFiles[0].text);
  load(module, module.exports, createRequire(import.meta.url), import.meta.filename, import.meta.dirname);
  return module.exports;
}

const change = (name, by) => {
  const file = path.join(root, name);
  const before = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, `${JSON.stringify(by(before), null, 2)}\n`);
};

const { withContributions, withTexts } = await records();
change('package.json', withContributions);
change('package.nls.json', withTexts);
