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
  const KERNEL = [3, 2, 3, 3];
  const transposed = (node: Partial<TestNode>, kernel = KERNEL, input = [1, 3, 5, 5]) =>
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

  const refused: readonly [string, Partial<TestNode>, string, number[]][] = [
    ['groups', { int: { group: 3 } }, 'it has 3 groups', KERNEL],
    ['one spatial axis', {}, 'its kernel has 1 spatial axes', [3, 2, 3]],
    ['less than nothing cut', { ints: { pads: [-1, 0, 0, 0] } }, 'its pads are not for images', KERNEL],
    [
      'an output beyond its reach',
      { ints: { output_shape: [9, 9] } },
      'longer than its kernel reaches',
      KERNEL,
    ],
    [
      'as much again',
      { ints: { pads: [0, 0, 0, 1], output_padding: [1, 1] } },
      'longer than its kernel reaches',
      KERNEL,
    ],
  ];

  it.each(refused)('with %s is passed on, and it is said why', async (_, node, reason, kernel) => {
    const checkpoint = await transposed(node, kernel, [1, 3, 5, 5].slice(0, kernel.length));
    expect(nodesOf(checkpoint)).toMatchObject([{ op: 'opaque' }]);
    expect(checkpoint.warnings.join()).toContain(reason);
  });
});

/** Whole numbers as a constant; one number without an axis where `dims` is empty. */
function whole(name: string, values: readonly number[], dims = [values.length]): TestTensor {
  return { name, dims, type: 7, raw: new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer) };
}

describe('parts of a value', () => {
  const image = [1, 6, 5, 8];

  it('are as many as a Split has outputs, along the axis where it lies', async () => {
    const split: TestNode = {
      op: 'Split',
      inputs: ['x', 'sizes'],
      outputs: ['a', 'b', 'c'],
      int: { axis: 1 },
    };
    const sum: TestNode = { op: 'Concat', inputs: ['c', 'a'], outputs: ['y'], int: { axis: 1 } };
    const checkpoint = await read([split, sum], image, [whole('sizes', [1, 2, 3])]);
    expect(nodesOf(checkpoint)).toMatchObject([
      { op: 'slice', attributes: { axis: 3, before: 0, after: 5 } },
      { op: 'slice', attributes: { axis: 3, before: 3, after: 0 } },
      { op: 'concatenate', attributes: { axis: 3 } },
    ]);
    expect(shapeOf(checkpoint)).toEqual([null, 5, 8, 4]);
  });

  it.each([
    ['channels', [1], [4], [1], [1], [null, 5, 8, 3], ['slice']],
    ['channels and rows', [1, -2], [4, 9], [1, 2], [1, 1], [null, 2, 8, 3], ['slice', 'slice']],
    ['rows and columns', [1, 0], [5, -1], [-2, 3], [1, 1], [null, 4, 7, 6], ['cropping']],
    [
      'every second row and column',
      [0, 1],
      [99, 99],
      [2, 3],
      [2, 2],
      [null, 3, 4, 6],
      ['cropping', 'maxPool'],
    ],
    ['every third row', [0], [2 ** 40], [2], [3], [null, 2, 8, 6], ['maxPool']],
    ['all', [0], [99], [1], [1], [null, 5, 8, 6], ['slice']],
  ] as const)('are %s of a Slice', async (_, starts, ends, axes, steps, shape, ops) => {
    const lists = { starts, ends, axes, steps };
    const names = Object.keys(lists);
    const checkpoint = await read(
      [
        { op: 'Relu', inputs: ['x'], outputs: ['r'] },
        { op: 'Slice', inputs: ['r', ...names], outputs: ['y'] },
      ],
      image,
      [...Object.entries(lists).map(([name, values]) => whole(name, values)), numbers('w', [1])],
    );
    expect(nodesOf(checkpoint).map(({ op }) => op)).toEqual(['relu', ...ops]);
    expect(shapeOf(checkpoint)).toEqual(shape);
  });

  it.each([
    ['one, which takes the axis away', 2, [4], [], [null, 8, 6], ['slice', 'reshape']],
    ['a row of them', 1, [1, 2, 3], [3], [null, 5, 8, 3], ['slice']],
    ['some in another order', 1, [-1, 0, 1], [3], [null, 5, 8, 3], ['slice', 'slice', 'concatenate']],
  ] as const)('are positions of a Gather: %s', async (_, axis, positions, dims, shape, ops) => {
    const checkpoint = await read(
      [{ op: 'Gather', inputs: ['x', 'at'], outputs: ['y'], int: { axis } }],
      image,
      [whole('at', positions, [...dims])],
    );
    expect(nodesOf(checkpoint).map(({ op }) => op)).toEqual(ops);
    expect(shapeOf(checkpoint)).toEqual(shape);
  });

  it.each([
    ['Split', { int: { axis: 0 } }, [], 'it takes a batch apart'],
    ['Split', { int: { axis: 1 } }, [whole('p', [7])], 'its parts are computed'],
    ['Gather', { int: { axis: 1 } }, [whole('p', [6])], 'its input has no such position'],
    ['Gather', { int: { axis: 1 } }, [whole('p', [0, 1, 2, 3], [2, 2])], 'its positions are not in a row'],
  ] as const)('of a %s that is none are passed on, and it is said why', async (op, node, tensors, reason) => {
    const inputs = ['x', ...tensors.map(({ name }) => name)];
    const checkpoint = await read([{ op, inputs, outputs: ['y'], ...node }], image, tensors);
    expect(nodesOf(checkpoint)).toMatchObject([{ op: 'opaque' }]);
    expect(checkpoint.warnings.join()).toContain(reason);
  });

  it.each(['Concat', 'Sum', 'Max'])('a %s of one value is that value', async (op) => {
    const settings = op === 'Concat' ? { int: { axis: 1 } } : {};
    const node: TestNode = { op, inputs: ['r'], outputs: ['y'], ...settings };
    const checkpoint = await read([{ op: 'Relu', inputs: ['x'], outputs: ['r'] }, node], image);
    expect(nodesOf(checkpoint)).toMatchObject([{ op: 'relu' }]);
    expect(checkpoint.warnings).toEqual([]);
  });

  it('settings that a file turns over are followed', async () => {
    // As PyTorch's exporter has F.pad: pairs from the last axis on, turned to all beginnings, then all ends.
    const nodes: TestNode[] = [
      { op: 'Shape', inputs: ['four'], outputs: ['count'] },
      { op: 'Sub', inputs: ['eight', 'count'], outputs: ['left'] },
      { op: 'ConstantOfShape', inputs: ['left'], outputs: ['none'], tensor: { value: whole('zero', [0]) } },
      { op: 'Concat', inputs: ['four', 'none'], outputs: ['pads'], int: { axis: 0 } },
      { op: 'Reshape', inputs: ['pads', 'pairs'], outputs: ['p1'] },
      { op: 'Slice', inputs: ['p1', 'last', 'first', 'zero', 'back'], outputs: ['p2'] },
      { op: 'Transpose', inputs: ['p2'], outputs: ['p3'], ints: { perm: [1, 0] } },
      { op: 'Reshape', inputs: ['p3', 'row'], outputs: ['p4'] },
      { op: 'Cast', inputs: ['p4'], outputs: ['p5'], int: { to: 7 } },
      { op: 'Pad', inputs: ['x', 'p5'], outputs: ['y'], text: { mode: 'constant' } },
    ];
    const checkpoint = await read(nodes, image, [
      whole('four', [1, 2, 3, 4]),
      whole('eight', [8]),
      whole('pairs', [-1, 2]),
      ...[whole('last', [-1]), whole('first', [-(2 ** 53)]), whole('zero', [0]), whole('back', [-1])],
      whole('row', [-1]),
    ]);
    expect(nodesOf(checkpoint)).toMatchObject([
      { op: 'zeroPadding', attributes: { sides: { left: 1, right: 2, top: 3, bottom: 4 } } },
    ]);
  });

  it('factors that a file puts together are followed', async () => {
    const nodes: TestNode[] = [
      { op: 'Concat', inputs: ['ones', 'twos'], outputs: ['scales'], int: { axis: 0 } },
      { op: 'Resize', inputs: ['x', '', 'scales'], outputs: ['y'], text: { mode: 'linear' } },
    ];
    const pair = (name: string, value: number) => ({ name, dims: [2], raw: floats(value, value) });
    const checkpoint = await read(nodes, image, [pair('ones', 1), pair('twos', 2)]);
    expect(shapeOf(checkpoint)).toEqual([null, 10, 16, 6]);
  });
});

describe('a node that a file leaves unclear', () => {
  const opsOf = (checkpoint: Checkpoint): string[] => nodesOf(checkpoint).map(({ op }) => op);

  it.each([
    ['a value', { op: 'Relu', inputs: ['x'], outputs: [''] }],
    ['a constant', { op: 'Concat', inputs: ['v', 'v'], outputs: [''] }],
  ] as const)(
    'makes %s without a name, which is not the input that the next one leaves out',
    async (_, node) => {
      const vector = numbers('v', [3]);
      const next: TestNode = { op: 'Add', inputs: ['x', ''], outputs: ['y'] };
      expect(opsOf(await read([node, next], [1, 6], [vector]))).toEqual(['opaque', 'opaque']);
      const named = [
        { ...node, outputs: ['n'] },
        { ...next, inputs: ['x', 'n'] },
      ];
      expect(opsOf(await read(named, [1, 6], [vector])).at(-1)).toMatch(/^(add|rescaling)$/);
    },
  );

  it('leaves an input out, which is not the tensor or the input that has no name', async () => {
    const sum = (second: string): TestNode => ({ op: 'Add', inputs: ['x', second], outputs: ['y'] });
    expect(opsOf(await read([sum('')], [1, 3], [numbers('', [3])]))).toEqual(['opaque']);
    expect(opsOf(await read([sum('v')], [1, 3], [numbers('v', [3])]))).toEqual(['rescaling']);
    const second = async (name: string): Promise<string[]> => {
      const inputs = ['x', name].map((each) => [each, [1, 3]] as const);
      const model = await opened(onnxModel({ nodes: [sum(name)], inputs, outputs: ['y'] }), 'a.onnx');
      model.close();
      return model.graph?.nodes.map(({ op }) => op) ?? [];
    };
    expect(await second('')).toEqual(['input', 'opaque']);
    expect(await second('z')).toEqual(['input', 'input', 'add']);
  });

  it('is a Slice whose lists are not equally long', async () => {
    const node: TestNode = { op: 'Slice', inputs: ['x', 'starts', 'ends', 'axes'], outputs: ['y'] };
    const sliced = (ends: readonly number[]): Promise<Checkpoint> =>
      read([node], [1, 6, 5, 8], [whole('starts', [0, 1]), whole('ends', ends), whole('axes', [2, 3])]);
    const odd = await sliced([3]);
    expect(opsOf(odd)).toEqual(['opaque']);
    expect(odd.warnings.join()).toContain('not equally many');
    expect(shapeOf(await sliced([3, 4]))).toEqual([null, 3, 3, 6]);
  });

  it('is an InstanceNormalization with one number as its scale', async () => {
    const normalised = (scale: string): Promise<Checkpoint> =>
      read(
        [
          { op: 'Unknown', inputs: ['x'], outputs: ['n'] },
          { op: 'InstanceNormalization', inputs: ['n', scale, 'v'], outputs: ['y'] },
        ],
        [1, 6, 5, 8],
        [numbers('v', [6]), numbers('s', [])],
      );
    const odd = await normalised('s');
    expect(opsOf(odd).at(-1)).toBe('opaque');
    expect(odd.warnings.join()).toContain('its scale is not a vector');
    expect(nodesOf(await normalised('v')).at(-1)).toMatchObject({
      op: 'groupNorm',
      attributes: { groups: 6 },
    });
  });

  it('is a Slice of weights that names an axis twice', async () => {
    const convolved = (axes: readonly number[], channels: number): Promise<Checkpoint> =>
      read(
        [
          { op: 'Slice', inputs: ['w', 'starts', 'ends', 'axes'], outputs: ['k'] },
          { op: 'Conv', inputs: ['x', 'k'], outputs: ['y'] },
        ],
        [1, channels, 5, 8],
        [numbers('w', [4, 4, 3, 3]), whole('starts', [2, 2]), whole('ends', [4, 4]), whole('axes', axes)],
      );
    expect(opsOf(await convolved([0, 0], 4))).toEqual(['opaque', 'opaque']);
    expect(opsOf(await convolved([0, -4], 4))).toEqual(['opaque', 'opaque']);
    expect(opsOf(await convolved([0, 1], 2))).toEqual(['conv2d']);
  });

  it('is a ConstantOfShape without its one number', async () => {
    const filled = (value: TestTensor): Promise<Checkpoint> =>
      read(
        [
          { op: 'ConstantOfShape', inputs: ['size'], outputs: ['k'], tensor: { value } },
          { op: 'Conv', inputs: ['x', 'k'], outputs: ['y'] },
        ],
        [1, 2, 5, 8],
        [whole('size', [4, 2, 3, 3])],
      );
    expect(opsOf(await filled({ name: 'none', dims: [0], raw: floats() }))).toEqual(['opaque', 'opaque']);
    const checkpoint = await filled({ name: 'one', dims: [1], raw: floats(3) });
    expect(opsOf(checkpoint)).toEqual(['conv2d']);
    expect(checkpoint.tensors.get('k')?.readFloat32()).toEqual(new Float32Array(72).fill(3));
  });
});
