import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { safetensorsOf } from '../../support/torch-files';
import { temporaryFolder } from './fixtures';
import { acnet } from './run';

const folder = temporaryFolder();
const at = (name: string) => path.join(folder, name);

it.each([
  ['F16', 2, 'float16'],
  ['BF16', 2, 'bfloat16'],
  ['F32', 4, undefined],
] as const)('fusing weights of %s says how much rounding changes', async (dtype, bytes, type) => {
  const [source, blocks, fused] = ['', '.acnet', '.fused'].map((kind) => at(`${dtype}${kind}.safetensors`));
  const header = { 'c.weight': { dtype, shape: [2, 1, 3, 3], data_offsets: [0, 18 * bytes] } };
  writeFileSync(source, safetensorsOf(header, new Uint8Array(18 * bytes)));
  expect((await acnet('convert', source, '-o', blocks)).code).toBe(0);
  const { code, out } = await acnet('fuse', blocks, '-o', fused);
  expect(code).toBe(0);
  const told = out.split('\n').filter((line) => line.includes('rounded'));
  expect(told.map((line) => line.split(',')[0])).toEqual(type ? [`warning: weights are ${type}`] : []);
});
