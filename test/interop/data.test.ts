import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '../../src/engine/data';
import { runTorch } from '../support/peers';

const folder = mkdtempSync(path.join(tmpdir(), 'acnet-data-'));
const at = (name: string): string => path.join(folder, name);
beforeAll(() => void runTorch(path.join(import.meta.dirname, 'data', 'arrays.py'), [folder]));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const upTo = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => (from + i) % 256);

describe('arrays that NumPy wrote', () => {
  it.each(['stored', 'deflated'])('are read as they were, %s', async (how) => {
    const { training, evaluation, classes } = openDataset(at(`${how}.npz`));
    expect([...training.labels, ...evaluation.labels]).toEqual([0, 1, 2, 0, 1, 2]);
    expect(classes).toHaveLength(3);
    const last = await training.picture(3);
    expect(last).toMatchObject({ height: 4, width: 5, channels: 3 });
    expect([...last.pixels]).toEqual(upTo(180, 240));
    expect([...(await evaluation.picture(1)).pixels]).toEqual(upTo(300, 360));
  });

  it('are refused where they hold objects', () => {
    expect(() => openDataset(at('objects.npz'))).toThrow(
      /Python objects: they are a pickle, which is not read \(y; expected numbers; found \|O/,
    );
  });
});

describe('CIFAR batches that Python pickled', () => {
  it.each([2, 3, 4].flatMap((protocol) => [`protocol-${protocol}`, `bytes-${protocol}`]))(
    'are read as they were: %s',
    async (name) => {
      mkdirSync(at(`cifar-${name}`));
      copyFileSync(at(name), at(`cifar-${name}/data_batch_1`));
      const { training } = openDataset(at(`cifar-${name}`));
      expect([...training.labels]).toEqual([1, 0]);
      const { pixels } = await training.picture(1);
      const expected = upTo(0, 1024).flatMap((i) =>
        [3072 + i, 4096 + i, 5120 + i].map((value) => value % 256),
      );
      expect([...pixels.subarray(0, 768)]).toEqual(expected.slice(0, 768));
    },
  );
});
