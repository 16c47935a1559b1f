#!/usr/bin/env node
// Writes ThirdPartyNotices.txt: the licence of every package that is in a bundle, and of what is compiled or downloaded.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { targets } from './targets.mjs';
import { root } from './setup/shared.mjs';

/** Folders of the packages that a build has taken files from. */
export function packagesOf(inputs) {
  const folders = inputs.map((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  return [...new Set(folders.filter(Boolean))].sort();
}

/** One package's entry. @throws Error for a package without a licence: it may not be shipped */
export function noticeOf(folder) {
  const at = path.join(root, folder);
  const { name, version, license, author } = JSON.parse(readFileSync(path.join(at, 'package.json'), 'utf8'));
  if (typeof license !== 'string') throw new Error(`${name} states no licence`);
  const file = readdirSync(at).find((each) => /^(licen[cs]e|copying)(\.\w+)?$/i.test(each));
  const by = typeof author === 'string' ? author : author?.name;
  const text = file
    ? readFileSync(path.join(at, file), 'utf8').trim()
    : `The package states its licence as ${license}${by ? `, its author as ${by}` : ''}.`;
  return `${name} ${version} (${license})\n\n${text}`;
}

const RULE = `\n\n${'-'.repeat(80)}\n\n`;
const HEAD =
  'ACNet for VS Code contains parts of the following packages.\n\n' +
  'TensorFlow is not among them: where its native libraries are wanted, they are downloaded from the package index\n' +
  'with their own licence (Apache-2.0). The addon that calls them is compiled from tfjs-node with small changes.';

/** The whole text for these packages. */
export function notices(folders) {
  return [HEAD, ...folders.map(noticeOf)].join(RULE) + '\n';
}

async function inputsOf(target) {
  const { metafile } = await build({ ...target, write: false, logLevel: 'error' });
  return Object.keys(metafile.inputs);
}

if (process.argv[1] === import.meta.filename) {
  const inputs = (await Promise.all(targets.map(inputsOf))).flat();
  // Compiled from its sources into the addon, and so in no bundle's list.
  const folders = packagesOf([...inputs, 'node_modules/@tensorflow/tfjs-node/binding/tfjs_backend.cc']);
  writeFileSync(path.join(root, 'ThirdPartyNotices.txt'), notices(folders));
  console.log(`ThirdPartyNotices.txt: ${folders.length} packages`);
}
