import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../../src/core/checkpoint';
import type { GraphNode } from '../../../src/core/graph/graph';
import type { ValueShape } from '../../../src/core/graph/shape';
import { floats, onnxModel, type TestNode, type TestTensor } from './onnx-support';
import { opened } from './support';

/** A model of nodes in a row on one input; the last one's first output is the model's. */
async function read(
  nodes: readonly TestNode[],
  input: readonly number[],
  tensors: readonly TestTensor[] = [],
): Promise<Checkpoint> {
  const outputs = [nodes.at(-1)?.outputs[0] ?? ''];
  const model = onnxModel({ nodes, tensors, inputs: [['x', input]], outputs });
  const checkpoint = await opened(model, 'a.onnx');
  checkpoint.close();
  return checkpoint;
}

const nodesOf = ({ graph }: Checkpoint): readonly GraphNode[] => graph?.nodes.slice(1) ?? [];
const shapeOf = ({ graph }: Checkpoint): ValueShape | null | undefined => graph?.shapes.get(graph.outputs[0]);

function numbers(name: string, dims: readonly number[]): TestTensor {
  const size = dims.reduce((a, b) => a * b, 1);
  return { name, dims, raw: floats(...Array.from({ length: size }, (_, i) => Math.sin(i))) };
}

describe('a transposed convolution', () => {
  const transposed = (node: Partial<TestNode>, kernel = [3, 2, 3, 3], input = [1, 3, 5, 5]) =>
    read([{ op: 'ConvTranspose', inputs: ['x', 'w'], outputs: ['y'], ...node }], input, [
      numbers('w', kernel),
    ]);

  it.each([
    ['without settings', {}, 'valid', null, [7, 7]],
    ['as long as its strides say', { strides: [2, 2], pads: [0, 0, 1, 1] }, 'same', null, [10, 10]],
    [
      'as U-Nets have it',
      { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] },
      { top: 1, left: 1, bottom: 1, right: 1 },
      [1, 1],
      [10, 10],
    ],
    [
      'for one size',
      { strides: [2, 2], output_shape: [10, 11] },
      { top: 1, left: 0, bottom: 0, right: 0 },
      [0, 0],
      [10, 11],
    ],
  ] as const)('%s', async (_, ints, padding, outputPadding, size) => {
    const checkpoint = await transposed({ ints });
    expect(nodesOf(checkpoint)).toMatchObject([
      { op: 'conv2dTranspose', attributes: { filters: 2, padding, outputPadding } },
    ]);
    expect(shapeOf(checkpoint)).toEqual([null, ...size, 2]);
    expect(checkpoint.warnings).toEqual([]);
  });

  it.each<[string, Partial<TestNode>, string, number[]?]>([
    ['groups', { int: { group: 3 } }, 'it has 3 groups'],
    ['one spatial axis', {}, 'its kernel has 1 spatial axes', [3, 2, 3]],
    ['less than nothing cut', { ints: { pads: [-1, 0, 0, 0] } }, 'its pads are not for images'],
    ['an output beyond its reach', { ints: { output_shape: [9, 9] } }, 'longer than its kernel reaches'],
    [
      'as much again',
      { ints: { pads: [0, 0, 0, 1], output_padding: [1, 1] } },
      'longer than its kernel reaches',
    ],
  ])('with %s is passed on, and it is said why', async (_, node, reason, kernel = [3, 2, 3, 3]) => {
    const checkpoint = await transposed(node, kernel, [1, 3, 5, 5].slice(0, kernel.length));
    expect(nodesOf(checkpoint)).toMatchObject([{ op: 'opaque' }]);
    expect(checkpoint.warnings.join()).toContain(reason);
  });
});
