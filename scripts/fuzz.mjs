#!/usr/bin/env node
// Examines mutated checkpoints and data: `npm run fuzz -- --count 200000`; test/fuzz/run.ts says which options there are.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { build } from 'esbuild';
import { nodeBundle } from './bundle.mjs';
import { root } from './setup/shared.mjs';

const bundled = (name) => `out/fuzz/${name}.cjs`;
await Promise.all([
  build({ ...nodeBundle('test/fuzz/run.ts', bundled('fuzz')), metafile: false }),
  build({ ...nodeBundle('test/fuzz/thread.ts', bundled('fuzz-thread')), metafile: false }),
]);
const { status } = spawnSync(process.execPath, [path.join(root, bundled('fuzz')), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
