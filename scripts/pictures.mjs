#!/usr/bin/env node
// Compares pictures of the inspector's page, in every state of the playground, with those in test/pictures/references.
// `npm run pictures`; `-- --update` takes the present ones as the references; `-- robustness` looks at some of them.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { pageBundle } from './bundle.mjs';
import { root } from './setup/shared.mjs';
import { importTest } from './test-module.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { update: { type: 'boolean', default: false } },
});
const page = path.join(root, 'out/pictures/page');
await build(pageBundle('webview/main.tsx', path.join(page, 'inspector.js')));
const { comparePictures } = await importTest('test/pictures/compare.ts');
const pictures = await comparePictures({
  page,
  references: path.join(root, 'test/pictures/references'),
  output: path.join(root, 'out/pictures'),
  update: values.update,
  names: positionals,
});
const wrong = pictures.filter(({ verdict }) => verdict === 'differs' || verdict === 'no reference');
for (const { name, verdict, share } of wrong)
  console.log(
    `${verdict.padEnd(12)} ${name}${share === undefined ? '' : `: ${(100 * share).toFixed(2)} % of the pixels`}`,
  );
console.log(
  `${pictures.length} pictures, ${wrong.length} not as the reference; they are in ${path.join('out', 'pictures')}`,
);
process.exitCode = wrong.length > 0 ? 1 : 0;
