#!/usr/bin/env node
// Writes l10n/texts, what people read: for each side every text of its source, as ESLint's rule on plain words takes them, with the
// files that it stands in. Values are {0}, {1} …. `npm run texts`
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { isText } from './eslint/plain-words.mjs';
import { root } from './setup/shared.mjs';

/** Who shows the texts of which source; what is in none of these folders is shown by all. */
const SIDES = { page: ['webview/'], terminal: ['src/cli/'], editor: ['src/host/', 'src/extension.ts'] };
const COMMON = 'common';

/** The catalogues: a name for each side, and what is written for it. */
export function catalogues() {
  const sides = Object.fromEntries([...Object.keys(SIDES), COMMON].map((side) => [side, new Map()]));
  for (const file of sources()) {
    const side = Object.keys(SIDES).find((name) => SIDES[name].some((place) => file.startsWith(place)));
    const found = sides[side ?? COMMON];
    for (const text of textsOf(file, readFileSync(path.join(root, file), 'utf8'))) {
      found.set(text, [...(found.get(text) ?? []), file]);
    }
  }
  return Object.fromEntries(Object.entries(sides).map(([side, found]) => [side, written(found)]));
}

/** Where a side's catalogue lies. */
export function catalogueFile(side) {
  return path.join(root, 'l10n/texts', `${side}.json`);
}

function sources() {
  const names = ['src', 'webview'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true }).map((name) => `${folder}/${name}`),
  );
  return names
    .map((name) => name.replaceAll(path.sep, '/'))
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))
    .sort();
}

function written(found) {
  const entries = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(entries.map(([text, files]) => [text, files.join(', ')])), null, 2)}\n`;
}

/** The texts of a source file, each once. */
export function textsOf(file, source) {
  const kind = file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const texts = new Set();
  const visit = (node) => {
    for (const text of textsAt(node)) if (isText(text) && isWords(text)) texts.add(text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true, kind));
  return [...texts];
}

/** Style sheets and Python source are no words, nor are values with only signs between them. */
function isWords(text) {
  return /\p{L}{2}/u.test(text.replace(/\{\d+\}/g, '')) && !/[{};]\n|^\s*(?:def|class|import) /m.test(text);
}

function textsAt(node) {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node)) {
    return [
      [node.head.text, ...node.templateSpans.map(({ literal }, i) => `{${i}}${literal.text}`)].join(''),
    ];
  }
  return ts.isJsxElement(node) || ts.isJsxFragment(node) ? [sentence(node.children)] : [];
}

/** The text of an element as it is shown; what it computes and the elements in it are places of values. */
function sentence(children) {
  let values = 0;
  const parts = children.map((child) => {
    if (ts.isJsxText(child)) return jsxText(child.text);
    if (!ts.isJsxExpression(child)) return `{${values++}}`;
    if (!child.expression) return '';
    return ts.isStringLiteralLike(child.expression) ? child.expression.text : `{${values++}}`;
  });
  return parts.join('').trim();
}

/** As JSX takes it: lines are joined by a blank, and the layout of the source around them is left out. */
function jsxText(text) {
  const lines = text.split('\n');
  const inner = lines.map((line, i) => {
    const begun = i > 0 ? line.trimStart() : line;
    return i < lines.length - 1 ? begun.trimEnd() : begun;
  });
  return inner.filter((line) => line !== '').join(' ');
}

if (process.argv[1] === import.meta.filename) {
  for (const [side, text] of Object.entries(catalogues())) {
    const file = catalogueFile(side);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
