import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeFiles } from '../../src/engine/data/decoding/threads';
import type { InputSize } from '../../src/engine/data/resize';
import { runPython } from '../support/peers';

interface Case {
  readonly name: string;
  readonly size: InputSize;
  /** TensorFlow's, before they are rounded. */
  readonly squash: readonly number[];
  /** Pillow's bytes. */
  readonly antialias: readonly number[];
}

const folder = mkdtempSync(path.join(tmpdir(), 'acnet-resize-'));
let cases: readonly Case[];
beforeAll(() => {
  const script = path.join(import.meta.dirname, 'resize', 'resize.py');
  cases = JSON.parse(runPython(script, [folder])) as Case[];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The largest difference to what a framework gives, over all images. */
async function farthest(resize: 'squash' | 'antialias'): Promise<number> {
  const differences = await Promise.all(
    cases.map(async ({ name, size, [resize]: expected }) => {
      const [pixels] = await decodeFiles([path.join(folder, name)], { ...size, resize });
      expect(pixels).toHaveLength(expected.length);
      return Math.max(...expected.map((value, i) => Math.abs(value - pixels[i])));
    }),
  );
  return Math.max(...differences);
}

describe('images of another size', () => {
  it('are what tf.image.resize gives, rounded to bytes', async () => {
    expect(cases).toHaveLength(12);
    expect(await farthest('squash')).toBeLessThanOrEqual(0.5 + 1e-3);
  });

  it('are to the byte what Pillow gives, where they are smoothed', async () => {
    expect(await farthest('antialias')).toBe(0);
  });
});
