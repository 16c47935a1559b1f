// The comparison of pictures sees a change of the page, and takes two pictures of the same page for the same.
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { comparePictures } from '../pictures/compare';

const folder = mkdtempSync(path.join(tmpdir(), 'acnet-pictures-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a page is as its own picture, and not as that of another theme or state', async () => {
  const options = {
    page: process.env['ACNET_PAGE'] ?? path.join(import.meta.dirname, '../../dist/webview'),
    references: path.join(folder, 'references'),
    output: path.join(folder, 'output'),
    names: ['compare-none'],
  };
  const reference = (view: string) => path.join(options.references, `compare-none-${view}.png`);
  await comparePictures({ ...options, update: true });
  copyFileSync(reference('light-900'), reference('dark-900'));
  rmSync(reference('hc-900'));
  const results = await comparePictures({ ...options, update: false });
  expect(Object.fromEntries(results.map(({ name, verdict }) => [name, verdict]))).toEqual({
    'compare-none-dark-900.png': 'differs',
    'compare-none-light-900.png': 'same',
    'compare-none-hc-900.png': 'no reference',
    'compare-none-dark-300.png': 'same',
  });
  expect(existsSync(path.join(options.output, 'compare-none-dark-900.difference.png'))).toBe(true);
});
