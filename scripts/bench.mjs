#!/usr/bin/env node
// Runs the benchmarks of test/bench one after another: `npm run bench`, or `npm run bench -- NAME…`.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { nodeBundle } from './bundle.mjs';
import { printTable, runParts, script } from './parts.mjs';
import { installTorch, peersPython, torchPython } from './setup/peers.mjs';
import { root } from './setup/shared.mjs';

// The bundles cannot look for it themselves: they lie elsewhere than the scripts they are made of.
process.env.ACNET_PEERS_PYTHON = peersPython();
process.env.ACNET_TORCH_PYTHON = torchPython();
await installTorch();

const folder = path.join(root, 'test/bench');
const wanted = process.argv.slice(2);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length))
  .filter((name) => wanted.length === 0 || wanted.includes(name));
const bundled = (name) => `out/bench/${name}.cjs`;
await Promise.all(
  names.map((name) =>
    build({ ...nodeBundle(`test/bench/${name}.bench.ts`, bundled(name)), metafile: false }),
  ),
);
const passed = printTable(await runParts(names.map((name) => script(name, bundled(name)))));
process.exitCode = passed ? 0 : 1;
