import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openCheckpointFile } from '../../src/files/open';
import { inspectFile } from '../../src/operations/inspect';
import { kernelsOfFile } from '../../src/operations/kernels';
import { runTorch } from '../support/peers';

interface Tensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  /** The first ones. */
  readonly values: readonly number[];
  /** Of all absolute values. */
  readonly sum: number;
}

const SAVE = join(import.meta.dirname, 'torchscript', 'save.py');
const folder = mkdtempSync(join(tmpdir(), 'acnet-torchscript-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ['script', 'float'],
  ['script', 'half'],
  ['trace', 'float'],
])(
  'a TorchScript archive (%s, %s) has the tensors that PyTorch finds in it',
  async (way, type) => {
    const file = join(folder, `${way}-${type}.pt`);
    const expected = JSON.parse(runTorch(SAVE, [way, file, type])) as Record<string, Tensor>;
    const checkpoint = await openCheckpointFile(file);
    const found = [...checkpoint.tensors].map(([name, tensor]) => {
      const values = [...tensor.readFloat32()];
      const sum = values.reduce((total, value) => total + Math.abs(value), 0);
      return [name, { ...tensor, values, sum }] as const;
    });
    checkpoint.close();
    expect(found.map(([name]) => name).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, { shape, dtype, values, sum }] of found) {
      expect([name, shape, dtype]).toEqual([name, expected[name].shape, expected[name].dtype]);
      expected[name].values.forEach((value, i) => expect(values[i]).toBeCloseTo(value, 6));
      expect(Math.abs(sum - expected[name].sum)).toBeLessThanOrEqual(1e-5 * expected[name].sum);
    }
    const result = await inspectFile(file);
    expect(result.facts).toContainEqual({ label: 'File', value: 'TorchScript archive' });
    const kernels = Object.entries(expected).filter(([, { shape }]) => shape.length === 4);
    expect(
      result.sites.map(({ name, outChannels, kernel }) => [`${name}.weight`, outChannels, ...kernel]),
    ).toEqual(kernels.map(([name, { shape }]) => [name, shape[0], shape[2], shape[3]]));
    expect((await kernelsOfFile(file)).layers).toHaveLength(kernels.length);
  },
  120_000,
);
