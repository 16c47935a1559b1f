#!/usr/bin/env node
// Writes l10n/bundle.l10n.json, what translators start from: every text that the extension shows through `l10n.t`.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './setup/shared.mjs';

const CALL = /\bl10n\.t\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs;

/** Texts of the files below a folder, in order. @throws Error for one that is put together at run time */
export function texts(folder) {
  const found = new Set();
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!name.endsWith('.ts')) continue;
    const source = readFileSync(path.join(folder, name), 'utf8');
    const calls = source.match(/\bl10n\.t\(/g)?.length ?? 0;
    const literal = [...source.matchAll(CALL)];
    if (literal.length !== calls) throw new Error(`${name}: a text for l10n.t is no literal`);
    for (const [, , text] of literal) found.add(text.replace(/\\(.)/g, '$1'));
  }
  return [...found].sort();
}

/** The bundle as it is written. */
export function bundleText() {
  const entries = texts(path.join(root, 'src/host')).map((text) => [text, text]);
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

if (process.argv[1] === import.meta.filename) {
  mkdirSync(path.join(root, 'l10n'), { recursive: true });
  writeFileSync(path.join(root, 'l10n/bundle.l10n.json'), bundleText());
}
