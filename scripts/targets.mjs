import { besideHdf5, hdf5Bundle, nodeBundle, pageBundle } from './bundle.mjs';

/** Every bundle that is shipped. */
export const targets = [
  nodeBundle('src/extension.ts', 'dist/extension.cjs'),
  besideHdf5(nodeBundle('src/cli/index.ts', 'dist/cli.cjs', '#!/usr/bin/env node\n')),
  besideHdf5(nodeBundle('src/worker/reader.ts', 'dist/reader.cjs')),
  besideHdf5(nodeBundle('src/worker/trainer.ts', 'dist/trainer.cjs')),
  hdf5Bundle('dist'),
  pageBundle('webview/main.tsx', 'dist/webview/inspector.js'),
];
