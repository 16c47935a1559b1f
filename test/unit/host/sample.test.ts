import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostError } from '../../../src/host/errors';
import { placeSample } from '../../../src/host/sample/place';

const source = path.join(import.meta.dirname, '../../../media/sample');

describe('placing the sample', () => {
  let parent: string;
  beforeEach(() => (parent = mkdtempSync(path.join(tmpdir(), 'acnet-sample-'))));
  afterEach(() => rmSync(parent, { recursive: true }));

  it('copies all of it', async () => {
    const { folder, checkpoint } = await placeSample(source, parent);
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(
      readdirSync(source, { recursive: true }).sort(),
    );
    expect(readFileSync(checkpoint).equals(readFileSync(path.join(source, 'mnist.keras')))).toBe(true);
    expect(readdirSync(parent)).toEqual(['acnet-sample']);
  });

  it('finds what it has placed before', async () => {
    const first = await placeSample(source, parent);
    expect(await placeSample(source, parent)).toEqual(first);
  });

  it.each([
    [
      'a folder with a file of the user’s',
      () => mkdirSync(path.join(parent, 'acnet-sample', 'mine'), { recursive: true }),
    ],
    ['an empty folder', () => mkdirSync(path.join(parent, 'acnet-sample'))],
    ['a file', () => writeFileSync(path.join(parent, 'acnet-sample'), 'mine')],
  ])('leaves alone %s of that name', async (_, make) => {
    make();
    const { folder } = await placeSample(source, parent);
    expect(folder).toBe(path.join(parent, 'acnet-sample-2'));
    expect(readdirSync(parent)).toEqual(['acnet-sample', 'acnet-sample-2']);
  });

  it('says why it cannot, and leaves nothing', async () => {
    const missing = path.join(parent, 'nowhere');
    await expect(placeSample(source, missing)).rejects.toThrow(HostError);
    await expect(placeSample(path.join(parent, 'no-sample'), parent)).rejects.toThrow();
    expect(readdirSync(parent)).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0)('says that a folder is read-only', async () => {
    chmodSync(parent, 0o500);
    await expect(placeSample(source, parent)).rejects.toThrow(/cannot be written/);
    chmodSync(parent, 0o700);
  });
});
