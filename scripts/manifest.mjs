#!/usr/bin/env node
// Writes into package.json which files are checkpoints: the editors' selectors and the `when` clauses of the Explorer's
// menus, from src/host/checkpoints/file-names.json. `npm run manifest`
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './setup/shared.mjs';

const read = (name) => JSON.parse(readFileSync(path.join(root, name), 'utf8'));
const list = read('src/host/checkpoints/file-names.json');

const escaped = (glob) => glob.replaceAll('.', '\\.').replaceAll('*', '.*');

/** On the file that a menu was opened for. */
export const checkpointWhen =
  `(resourceExtname =~ /^\\.(${[...list.owned, ...list.shared].join('|')})$/i || ` +
  `resourceFilename =~ /^(${list.names.map(escaped).join('|')})$/)`;

// What an earlier run, or a person, has written there.
const WRITTEN = /\(resourceExtname =~ .*? \|\| resourceFilename (== [\w.]+|=~ \/.*?\/i?)\)/;

const byExtension = (extension) => ({ filenamePattern: `*.${extension}` });

/** The manifest with the list in all its places. */
export function withCheckpointFiles(manifest) {
  const result = structuredClone(manifest);
  const [owner, other] = result.contributes.customEditors;
  owner.selector = list.owned.map(byExtension);
  other.selector = [
    ...list.shared.map(byExtension),
    ...list.names.map((filenamePattern) => ({ filenamePattern })),
  ];
  for (const entries of Object.values(result.contributes.menus)) {
    for (const entry of entries) entry.when = entry.when?.replace(WRITTEN, () => checkpointWhen);
  }
  return result;
}

if (process.argv[1] === import.meta.filename) {
  const manifest = withCheckpointFiles(read('package.json'));
  writeFileSync(path.join(root, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
