#!/usr/bin/env node
// Everything this repository needs beyond Node, Python and a C++ compiler, in one place; nothing to do takes no time.
//   npm run setup                            all of it
//   npm run setup -- --no-peers --no-vscode  what the demo and the command line need
//   … --native-where-pinned                  no error on systems for which no TensorFlow is pinned
import { parseArgs } from 'node:util';
import { installDependencies } from './setup/dependencies.mjs';
import { installNative } from './setup/native.mjs';
import { installOnnx, installPeers, installTorch } from './setup/peers.mjs';
import { SetupError } from './setup/shared.mjs';
import { installVscodeHost } from './setup/vscode-host.mjs';
import { WHEELS, installWheel } from './setup/wheel.mjs';

async function timed(label, work) {
  const start = performance.now();
  const changed = await work();
  if (changed) console.log(`setup: ${label} ready (${((performance.now() - start) / 1000).toFixed(1)} s)`);
}

const { values } = parseArgs({
  options: {
    'no-peers': { type: 'boolean' },
    'no-vscode': { type: 'boolean' },
    'native-where-pinned': { type: 'boolean' },
  },
});
const withNative = !values['native-where-pinned'] || `${process.platform}-${process.arch}` in WHEELS;
const dependencies = timed('node_modules', installDependencies);
// The native backend is unpacked from it where it is kept: one download for both.
const wheel = values['no-vscode'] ? Promise.resolve() : timed("TensorFlow's package for tests", installWheel);
// The downloads run side by side.
const results = await Promise.allSettled([
  dependencies,
  ...(withNative ? [timed('native backend', () => installNative(dependencies, wheel))] : []),
  ...(values['no-peers']
    ? []
    : [
        timed('Keras for comparison', installPeers),
        timed('PyTorch for comparison', installTorch),
        timed('ONNX Runtime for comparison', installOnnx),
      ]),
  ...(values['no-vscode'] ? [] : [wheel, timed('VS Code for tests', installVscodeHost)]),
]);
const reasons = results.filter(({ status }) => status === 'rejected').map(({ reason }) => reason);
const failures = new Set(
  reasons.map((reason) => (reason instanceof SetupError ? reason.message : reason.stack)),
);
for (const failure of failures) console.error(`setup: ${failure}`);
process.exitCode = failures.size > 0 ? 1 : 0;
