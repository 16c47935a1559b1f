import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { kerasCheckpoint } from '../../../src/core/formats/keras/write/create';
import { writeCheckpoint } from '../../../src/core/formats/registry';
import { writeAtomically } from '../../../src/files/atomic';
import { openCheckpointFile } from '../../../src/files/open';
import { NetworkBuilder } from '../../support/networks';
import { temporaryFolder, writeModel } from './fixtures';
import { acnet } from './run';

const folder = temporaryFolder();
const file = (name: string): string => path.join(folder, name);

/** One strided convolution on images of any size, then a batch norm. */
async function writeOpen(name: string): Promise<string> {
  const b = new NetworkBuilder(1);
  const conv = b.conv(b.input([null, null, 3]), 4, [3, 3], { strides: [2, 2] });
  const { graph, tensors } = b.finish(b.batchNorm(conv));
  const checkpoint = kerasCheckpoint(graph, tensors, { path: file(name), name: 'open' });
  await writeAtomically(file(name), (sink) => writeCheckpoint(checkpoint, sink), { overwrite: true });
  return file(name);
}

/** Classes of nodes, and the values of a tensor. */
async function read(name: string, tensor: string) {
  const checkpoint = await openCheckpointFile(file(name));
  try {
    const values = [...(checkpoint.tensors.get(tensor)?.readFloat32() ?? [])];
    return {
      nodes: checkpoint.graph?.nodes.map((node) => node.name) ?? [],
      shapes: checkpoint.graph?.inputs.map((v) => checkpoint.graph?.shapes.get(v)),
      values,
    };
  } finally {
    checkpoint.close();
  }
}

describe('--input-size', () => {
  it('aligns for that size by padding, and leaves the network as open as it was', async () => {
    const source = await writeOpen('open.keras');
    const convert = (output: string, ...more: string[]) =>
      acnet('convert', source, '-o', file(output), ...more);
    expect((await convert('any.keras')).code).toBe(0);
    expect((await read('any.keras', '')).nodes.filter((name) => name.includes('_sel'))).toHaveLength(2);
    const { code, out } = await convert('sized.keras', '--input-size', '8,10');
    expect(code).toBe(0);
    expect(out).toContain('aligned for images of 8 × 10');
    const { nodes, shapes } = await read('sized.keras', '');
    expect(shapes).toEqual([[null, null, null, 3]]);
    expect(nodes.filter((name) => /_sel|_pad|_crop/.test(name))).toEqual([
      ...['conv1_acb_pad', 'conv1_acb_hor_crop', 'conv1_acb_ver_crop'],
    ]);
    const blind = await acnet('fuse', file('sized.keras'), '-o', file('fused.keras'));
    expect(blind.code).toBe(1);
    expect(blind.err).toContain('input size unknown');
    const told = await acnet('fuse', file('sized.keras'), '-o', file('fused.keras'), '--input-size', '8,10');
    expect(told.code).toBe(0);
    expect((await read('fused.keras', '')).nodes).toEqual(['input', 'conv1', 'bn2']);
  });

  it('is refused when the network says otherwise, and accepted when it says the same', async () => {
    const source = await writeModel(file('known.keras'));
    const { code, err } = await acnet('convert', source, '-o', file('a.keras'), '--input-size', '9,8');
    expect(code).toBe(1);
    expect(err).toMatch(/another input size \(image; expected N × 8 × 8.*; found 9 × 8\)/);
    expect((await acnet('convert', source, '-o', file('a.keras'), '--input-size', '8,8')).code).toBe(0);
  });
});

describe('--gamma', () => {
  it('is every branch’s γ as in the paper, and refused where branches start at zero', async () => {
    const source = await writeOpen('gamma.keras');
    const args = ['convert', source, '-o', file('third.keras'), '--gamma', '1/3'];
    const refused = await acnet(...args);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('--gamma requires --branches paper');
    expect((await acnet(...args, '--start', 'scratch')).code).toBe(0);
    for (const name of ['bn2', 'conv1_acb_hor_bn', 'conv1_acb_ver_bn']) {
      const { values } = await read('third.keras', `${name}/gamma`);
      expect(values).toEqual(new Array<number>(4).fill(Math.fround(1 / 3)));
    }
  });
});
