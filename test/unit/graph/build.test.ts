import { describe, expect, it } from 'vitest';
import { consumersOf, macsOf, makeGraph } from '../../../src/core/graph/build';
import type { GraphNode } from '../../../src/core/graph/graph';
import { tensorOf, type TensorRef } from '../../../src/core/tensor/tensor';

function zeros(name: string, shape: readonly number[]): TensorRef {
  return tensorOf(name, shape, new Float32Array(shape.reduce((a, b) => a * b, 1)));
}

function tensors(...list: TensorRef[]): Map<string, TensorRef> {
  return new Map(list.map((tensor) => [tensor.name, tensor]));
}

const image: GraphNode = {
  name: 'image',
  op: 'input',
  attributes: { shape: [null, 8, 8, 3] },
  inputs: [],
  outputs: ['image'],
  parameters: {},
};

function conv(name: string, from: string, filters: number): GraphNode {
  return {
    name,
    op: 'conv2d',
    attributes: {
      kernelSize: [3, 3],
      filters,
      strides: [2, 2],
      dilations: [1, 1],
      groups: 1,
      padding: 'same',
    },
    inputs: [from],
    outputs: [name],
    parameters: { kernel: `${name}/kernel` },
  };
}

function simple(name: string, op: 'relu' | 'flatten' | 'add', ...inputs: string[]): GraphNode {
  return { name, op, attributes: {}, inputs, outputs: [name], parameters: {} };
}

describe('makeGraph', () => {
  it('infers every shape from input to output', () => {
    const weights = tensors(zeros('a/kernel', [3, 3, 3, 4]), zeros('head/kernel', [64, 10]));
    const head: GraphNode = {
      name: 'head',
      op: 'dense',
      attributes: { units: 10 },
      inputs: ['flat'],
      outputs: ['head'],
      parameters: { kernel: 'head/kernel' },
    };
    const nodes = [
      image,
      conv('a', 'image', 4),
      simple('r', 'relu', 'a'),
      simple('flat', 'flatten', 'r'),
      head,
    ];
    const graph = makeGraph({ nodes, outputs: ['head'] }, weights);
    expect(graph.inputs).toEqual(['image']);
    expect(graph.shapes.get('a')).toEqual([null, 4, 4, 4]);
    expect(graph.shapes.get('flat')).toEqual([null, 64]);
    expect(graph.shapes.get('head')).toEqual([null, 10]);
    // 4 × 4 positions, each 3 · 3 · 3 · 4 products.
    expect(macsOf(nodes[1], graph, weights)).toBe(16 * 108);
    expect(macsOf(head, graph, weights)).toBe(640);
    expect(macsOf(nodes[2], graph, weights)).toBe(0);
  });

  it('names the node whose kernel does not fit', () => {
    const weights = tensors(zeros('a/kernel', [3, 3, 2, 4]));
    const build = () => makeGraph({ nodes: [image, conv('a', 'image', 4)], outputs: ['a'] }, weights);
    expect(build).toThrow(
      /kernel does not fit its input \(a; expected kernel .*; found kernel 3 × 3 × 2 × 4 on 3 channels/,
    );
  });

  it('names a missing tensor', () => {
    expect(() => makeGraph({ nodes: [image, conv('a', 'image', 4)], outputs: ['a'] }, tensors())).toThrow(
      'a tensor is missing (a; found no a/kernel)',
    );
  });

  it('refuses a value that is read before it is made', () => {
    const nodes = [image, simple('r', 'relu', 'later')];
    expect(() => makeGraph({ nodes, outputs: ['r'] }, tensors())).toThrow(/r; found later/);
  });

  it('refuses two nodes of one name and an output nobody makes', () => {
    const twice = [image, simple('r', 'relu', 'image'), simple('r', 'relu', 'image')];
    expect(() => makeGraph({ nodes: twice, outputs: ['r'] }, tensors())).toThrow(
      'two nodes have one name (r)',
    );
    expect(() => makeGraph({ nodes: [image], outputs: ['x'] }, tensors())).toThrow(/never made \(found x\)/);
  });

  it('refuses a sum of different shapes', () => {
    const weights = tensors(zeros('a/kernel', [3, 3, 3, 4]));
    const nodes = [image, conv('a', 'image', 4), simple('s', 'add', 'a', 'image')];
    expect(() => makeGraph({ nodes, outputs: ['s'] }, weights)).toThrow(
      /values that are combined differ in shape/,
    );
  });

  const behindOdd = (node: GraphNode): GraphNode[] => {
    const odd: GraphNode = {
      name: 'odd',
      op: 'opaque',
      attributes: { type: 'Lambda' },
      inputs: ['image'],
      outputs: ['odd'],
      parameters: {},
    };
    return [image, odd, node];
  };

  it('says of what is behind an unknown operator what can be said', () => {
    const weights = tensors(zeros('a/kernel', [3, 3, 3, 4]));
    const nodes = behindOdd(conv('a', 'odd', 4));
    const graph = makeGraph({ nodes, outputs: ['a'] }, weights);
    expect(graph.shapes.get('odd')).toBeNull();
    expect(graph.shapes.get('a')).toEqual([null, null, null, 4]);
    expect(macsOf(nodes[2], graph, weights)).toBeNull();
    expect(macsOf(nodes[1], graph, weights)).toBe(0);
    expect(macsOf({ ...nodes[1], parameters: { kernel: 'a/kernel' } }, graph, weights)).toBeNull();
    const relu = behindOdd(simple('r', 'relu', 'odd'));
    expect(makeGraph({ nodes: relu, outputs: ['r'] }, tensors()).shapes.get('r')).toBeNull();
  });

  it.each([
    ['a kernel of another size', [3, 2 ** 32, 3, 4], {}, 'the kernel does not fit'],
    ['another number of filters', [3, 3, 3, 5], {}, 'the kernel does not fit'],
    ['a kernel of nothing', [3, 3, 0, 4], {}, 'the kernel does not fit'],
    ['groups beyond the filters', [3, 3, 3, 4], { groups: 2 ** 32 }, 'the groups do not fit the filters'],
    ['groups that do not divide the filters', [3, 3, 3, 4], { groups: 3 }, 'the groups do not fit'],
  ] as const)('refuses %s behind an unknown operator', (_, shape, change, message) => {
    const node = conv('a', 'odd', 4);
    const nodes = behindOdd({ ...node, attributes: { ...node.attributes, ...change } } as GraphNode);
    const kernel = { ...zeros('a/kernel', [0]), shape };
    expect(() => makeGraph({ nodes, outputs: ['a'] }, tensors(kernel))).toThrow(message);
  });

  it('refuses a bias that does not fit', () => {
    const weights = tensors(zeros('a/kernel', [3, 3, 3, 4]), zeros('a/bias', [5]));
    const node = conv('a', 'image', 4);
    const nodes = [image, { ...node, parameters: { ...node.parameters, bias: 'a/bias' } }];
    expect(() => makeGraph({ nodes, outputs: ['a'] }, weights)).toThrow(
      'the bias does not fit its kernel (a;',
    );
  });
});

describe('consumersOf', () => {
  it('counts a node that reads a value twice once', () => {
    const nodes = [image, simple('s', 'add', 'image', 'image'), simple('r', 'relu', 's')];
    const consumers = consumersOf({ nodes });
    expect(consumers.get('image')?.map((node) => node.name)).toEqual(['s']);
    expect(consumers.get('r')).toBeUndefined();
  });
});

describe('a node that reads nothing', () => {
  it('is refused by name, but for inputs of the network', () => {
    const relu: GraphNode = {
      ...{ name: 'r', op: 'relu', attributes: {}, inputs: [], outputs: ['r'], parameters: {} },
    };
    expect(() => makeGraph({ nodes: [relu], outputs: ['r'] }, new Map())).toThrow(/reads no value \(r\)/);
    const reading = { ...relu, inputs: ['image'] };
    expect(makeGraph({ nodes: [image, reading], outputs: ['r'] }, new Map()).shapes.get('r')).toEqual(
      image.op === 'input' ? image.attributes.shape : [],
    );
  });
});
