import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeLeftovers, writeAtomically } from '../../../src/files/atomic';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'acnet-leftovers-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('what a killed writer leaves', () => {
  it('is removed, and nothing else', async () => {
    const output = path.join(folder, 'model.keras');
    let unfinished: string[] = [];
    await writeAtomically(output, (sink) => {
      sink.write(new Uint8Array(10));
      unfinished = readdirSync(folder);
      return Promise.resolve();
    });
    expect(unfinished).toHaveLength(1);
    // As if the process had ended there.
    const [left = ''] = unfinished;
    const others = [
      'model.keras.tmp',
      left.slice(1),
      left.replace(`.${process.pid}.`, `.${process.pid + 1}.`),
      left.replace('.tmp', '.keras'),
    ];
    for (const name of [left, ...others]) writeFileSync(path.join(folder, name), '');
    expect(removeLeftovers(folder, process.pid)).toBe(1);
    expect(readdirSync(folder).sort()).toEqual(['model.keras', ...others].sort());
    expect(removeLeftovers(folder, process.pid)).toBe(0);
    expect(removeLeftovers(path.join(folder, 'gone'), process.pid)).toBe(0);
  });
});
