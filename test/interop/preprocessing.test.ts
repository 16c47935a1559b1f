import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/engine/backend';
import { createPortableBackend } from '../../src/engine/portable/backend';
import { evaluateFile } from '../../src/operations/evaluate';
import { inspectFile } from '../../src/operations/inspect';
import { nativeBackend } from '../support/native';
import { testContext } from '../support/operation';
import { runPython } from '../support/peers';

interface Found {
  readonly scale: number;
  readonly top1: number;
  readonly loss: number;
}

/** What each network does with its pixels first, and the words of it that an evaluation has. */
const NETWORKS = [
  ['rescaling', 'pixels 0–255, because the network rescales by itself (rescaling)'],
  ['resizing', 'pixels 0–255, because the network rescales by itself (sequential/inner)'],
  ['nearest', 'pixels 0–255, because the network rescales by itself'],
  ['padding', 'pixels 0–255, because the network rescales by itself'],
  ['cropping', 'pixels 0–255, because the network rescales by itself'],
  ['adapted', 'pixels 0–255, because the network normalises by itself (normalization)'],
  ['preprocess_input', 'pixels 0–255, because the network rescales by itself (true_divide)'],
  ['constants', 'pixels 0–255, because the network rescales by itself (true_divide_1)'],
  ['adapted_to_one', 'pixels 0–255 × 1/255, as its first layer expects (normalization_1)'],
  ['centred', 'pixels 0–255 × 1/255, as its first layer expects'],
  ['none', 'pixels 0–255 × 1/255'],
] as const;

const folder = mkdtempSync(join(tmpdir(), 'acnet-preprocessing-'));
let keras: Readonly<Record<string, Found>>;
let backends: Readonly<Record<string, Backend>>;

beforeAll(async () => {
  const script = join(import.meta.dirname, 'preprocessing', 'make_networks.py');
  keras = JSON.parse(runPython(script, [folder]).trim().split('\n').at(-1) ?? '{}') as typeof keras;
  backends = { tensorflow: await nativeBackend(), portable: await createPortableBackend() };
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(NETWORKS)('a network with %s at its input', (name, words) => {
  it.each(['tensorflow', 'portable'])(
    "has Keras's accuracy and loss without options (%s)",
    async (backend) => {
      const path = join(folder, `${name}.keras`);
      const options = { data: join(folder, 'images') };
      const result = await evaluateFile(path, options, testContext(backends[backend]));
      expect(result.preprocessing).toContain(words);
      expect(result.top1).toBeCloseTo(keras[name].top1, 4);
      expect(Math.abs((result.loss ?? NaN) / keras[name].loss - 1)).toBeLessThan(1e-4);
    },
  );

  it('is inspected with the same', async () => {
    const { inputValues, unsupported } = await inspectFile(join(folder, `${name}.keras`));
    expect(unsupported).toEqual([]);
    expect(inputValues?.highest).toBe(name === 'none' ? undefined : Math.round(keras[name].scale * 255));
  });
});
