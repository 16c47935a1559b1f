// What the documents point to is there, and what they say can be run is.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { plainer } from '../../scripts/eslint/plain-words.mjs';

const root = path.join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const markdown = readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name.split(path.sep).join('/')}`);
const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...markdown];

/** The places of headings, as a browser of repositories makes them. */
function anchors(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** What people read beside the documents. */
const TEXTS = [...DOCUMENTS, 'package.nls.json', 'media/acnet-job.schema.json', 'media/walkthrough/train.md'];

it.each(TEXTS)('%s is written in plain words', (file) => {
  expect(read(file).split('\n').flatMap(plainer)).toEqual([]);
});

describe.each(DOCUMENTS)('%s', (document) => {
  const text = read(document);

  it('links to files and headings that are there', () => {
    for (const [, target] of text.matchAll(/\]\(([^)]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [file, anchor] = target.split('#');
      const place = file === '' ? document : path.posix.join(path.posix.dirname(document), file);
      expect(existsSync(path.join(root, place)), target).toBe(true);
      if (anchor !== undefined) expect(anchors(read(place)), target).toContain(anchor);
    }
  });

  it('names npm scripts that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const [, script] of text.matchAll(/\bnpm run ([\w:]+)/g))
      expect(scripts, script).toHaveProperty(script);
  });
});
