import { describe, expect, it } from 'vitest';
import { checkRun, type Measured } from '../../../src/cli/demo/checks';
import { mnistNetwork } from '../../../src/cli/demo/network';
import { balancedIndices } from '../../../src/cli/demo/sample';
import { makeGraph } from '../../../src/core/graph/build';
import { sizeOf } from '../../../src/core/tensor/tensor';
import { acnet } from './run';
import { temporaryFolder, writeImages } from './fixtures';

const evaluation = { images: 10_000, top1: 99, top5: 100, loss: 0.03, imagesPerSecond: 1, backend: 'b' };
const verification = { samples: 1, maxAbs: 0, maxRel: 0, passed: true, tolerance: 1e-5, tensors: [] };
const good: Measured = {
  baseline: evaluation,
  acnet: evaluation,
  converted: verification,
  fused: verification,
  different: 1,
};

describe('the demonstration', () => {
  it('starts from a network of images to ten classes with 70 thousand parameters', () => {
    const { parts, tensors } = mnistNetwork(1);
    const graph = makeGraph(parts, tensors);
    expect(graph.shapes.get(graph.outputs[0])).toEqual([null, 10]);
    const parameters = [...tensors.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    expect(parameters).toBe(70_746);
  });

  it('draws the same weights from the same seed and others from another', () => {
    const kernel = (seed: number) => mnistNetwork(seed).tensors.get('conv3/kernel')?.readFloat32();
    expect(kernel(1)).toEqual(kernel(1));
    expect(kernel(1)).not.toEqual(kernel(2));
  });

  it('meets its bars, or says which one it missed', () => {
    const missed = (change: Partial<Measured>) =>
      checkRun({ ...good, ...change })
        .filter(({ passed }) => !passed)
        .map(({ name }) => name);
    expect(missed({})).toEqual([]);
    expect(missed({ acnet: { ...evaluation, top1: 98.49 } })).toEqual(['ACNet top-1']);
    expect(missed({ baseline: { ...evaluation, top1: 98.5 } })).toEqual([]);
    expect(missed({ different: 2 })).toEqual(['test images that fused and unfused see differently']);
    expect(missed({ fused: { ...verification, passed: false } })).toHaveLength(1);
  });

  it('takes equally many images of each class for the sample, the first ones', () => {
    expect(balancedIndices([1, 0, 1, 1, 0, 0], 2, 2)).toEqual([0, 1, 2, 4]);
  });

  it('refuses another data set', async () => {
    const folder = temporaryFolder();
    const images = await writeImages(folder);
    const { code, errors } = await acnet('demo', '--data', images, '-o', `${folder}/out`);
    expect(code).toBe(1);
    expect(errors).toEqual([expect.stringContaining('48 and 24 images')]);
  });
});
