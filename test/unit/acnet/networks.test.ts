import { describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { chooseSites, findSites } from '../../../src/core/acnet/sites';
import { headValue } from '../../../src/core/acnet/verify-values';
import type { Checkpoint } from '../../../src/core/checkpoint';
import {
  difference,
  NetworkBuilder,
  networkOf,
  normalTensor,
  withTrainedNorms,
} from '../../support/reference-networks';
import { referenceOutputs } from '../../support/reference';

function outputs(checkpoint: Checkpoint, training = false) {
  const network = networkOf(checkpoint);
  const shape = network.graph.shapes.get(network.graph.inputs[0]) ?? [];
  return referenceOutputs(network, [normalTensor([2, ...shape.slice(1).map(Number)], 9)], { training });
}

function maxRel(a: Checkpoint, b: Checkpoint): number {
  const other = outputs(b);
  return Math.max(...outputs(a).map((value, i) => difference(value, other[i]).maxRel));
}

function convertAll(checkpoint: Checkpoint) {
  const { chosen } = chooseSites(findSites(checkpoint));
  return convertToAcnet(checkpoint, {
    sites: chosen,
    variant: 'skeleton',
    branches: 'zero',
    seed: 1,
  });
}

/** Converts and fuses, expects the same output each time, and gives the names of nodes back. */
function roundTrip(checkpoint: Checkpoint) {
  const { checkpoint: converted, converted: names } = convertAll(checkpoint);
  expect(maxRel(checkpoint, converted)).toBeLessThanOrEqual(1e-6);
  for (const fold of [false, true]) {
    const fusion = fuseAcnet(converted, { fold });
    expect(fusion.fused).toEqual(names);
    expect(maxRel(converted, fusion.checkpoint)).toBeLessThanOrEqual(1e-5);
  }
  const nodes = networkOf(converted).graph.nodes;
  return { names: nodes.map(({ name }) => name), nodes, converted };
}

/** conv → batch norm → ReLU, twice, a shortcut around the second, two heads' worth of layers behind. */
function residual(): Checkpoint {
  const builder = new NetworkBuilder(3);
  const input = builder.input(9, 8, 3);
  const conv1 = builder.conv('conv1', input, { kernel: [3, 3], filters: 4, bias: false });
  const relu1 = builder.node('relu', 'relu1', {}, [builder.batchNorm('bn1', conv1)]);
  const conv2 = builder.conv('conv2', relu1, { kernel: [3, 3], filters: 4, bias: false });
  const sum = builder.node('add', 'sum', {}, [builder.batchNorm('bn2', conv2), relu1]);
  const conv3 = builder.conv('conv3', sum, { kernel: [3, 3], filters: 6, stride: [2, 2] });
  const relu3 = builder.node('relu', 'relu3', {}, [builder.batchNorm('bn3', conv3)]);
  const pooled = builder.node('globalAveragePool', 'pool', { keepDims: false }, [relu3]);
  return builder.build(builder.node('softmax', 'softmax', {}, [builder.dense('dense', pooled, 5)]));
}

describe('networks', () => {
  it('residual: blocks follow each other, the shortcut reads the sum', () => {
    const { nodes, converted } = roundTrip(residual());
    const read = (name: string) => nodes.find((node) => node.name === name)?.inputs;
    expect(read('relu1')).toEqual(['conv1_acb_add']);
    expect(read('sum')).toEqual(['conv2_acb_add', 'relu1']);
    expect(read('conv2_acb_hor')).toEqual(['relu1']);
    expect(difference(outputs(residual(), true)[0], outputs(converted, true)[0]).maxAbs).toBe(0);
  });

  it('conv → ReLU → batch norm: the outer batch norm stays, the block gets its own', () => {
    const builder = new NetworkBuilder(4);
    const conv = builder.conv('conv', builder.input(6, 6, 2), { kernel: [3, 3], filters: 3 });
    const network = builder.build(builder.batchNorm('bn', builder.node('relu', 'relu', {}, [conv])));
    const { names } = roundTrip(network);
    expect(names).toEqual([
      ...[
        'input',
        'conv',
        'conv_acb_bn',
        'conv_acb_hor',
        'conv_acb_hor_bn',
        'conv_acb_ver',
        'conv_acb_ver_bn',
      ],
      ...['conv_acb_add', 'relu', 'bn'],
    ]);
    expect(findSites(network)[0].batchNorm).toBe('separate');
  });

  it('activation inside the convolution layer: split off, and put back by fusing', () => {
    const builder = new NetworkBuilder(5);
    const input = builder.input(6, 6, 2);
    const conv = builder.conv('conv', input, { kernel: [3, 3], filters: 3, activation: 'relu' });
    const network = builder.build(builder.dense('dense', builder.node('flatten', 'flatten', {}, [conv]), 2));
    const { nodes, converted } = roundTrip(network);
    const activation = nodes.find(({ name }) => name === 'conv_acb_act');
    expect(activation).toMatchObject({ op: 'relu', inputs: ['conv_acb_add'] });
    expect(activation?.origin).toBeUndefined();
    const fused = networkOf(fuseAcnet(converted, { fold: false }).checkpoint).graph;
    expect(fused.nodes).toEqual(networkOf(network).graph.nodes);
  });

  it('an unknown activation inside the layer is split off with its link to that layer, and put back', () => {
    const builder = new NetworkBuilder(5);
    const input = builder.input(6, 6, 2);
    const network = builder.build(
      builder.conv('conv', input, { kernel: [3, 3], filters: 3, activation: 'swish' }),
    );
    const { checkpoint } = convertAll(network);
    expect(networkOf(checkpoint).graph.nodes.at(-1)).toMatchObject({
      name: 'conv_acb_act',
      inputs: ['conv_acb_add'],
      origin: { layer: 'conv', part: 'activation' },
    });
    const fused = networkOf(fuseAcnet(checkpoint, { fold: false }).checkpoint).graph;
    expect(fused.nodes).toEqual(networkOf(network).graph.nodes);
  });

  it('pre-activation (batch norm → ReLU → conv): the batch norm before stays where it is', () => {
    const builder = new NetworkBuilder(6);
    let value = builder.conv('stem', builder.input(8, 8, 2), { kernel: [3, 3], filters: 4, bias: false });
    for (const i of [1, 2]) {
      const norm = builder.batchNorm(`bn${i}`, value);
      const relu = builder.node('relu', `relu${i}`, {}, [norm]);
      const conv = builder.conv(`conv${i}`, relu, { kernel: [3, 3], filters: 4, bias: false });
      value = builder.node('add', `add${i}`, {}, [conv, value]);
    }
    const network = builder.build(value);
    // The stem is read twice (batch norm and shortcut), so nothing is absorbed anywhere.
    expect(findSites(network).map(({ batchNorm }) => batchNorm)).toEqual(['separate', 'separate', 'none']);
    const { names } = roundTrip(network);
    expect(names).toContain('stem_acb_bn');
    expect(names.filter((name) => name.endsWith('_acb_add'))).toHaveLength(3);
  });

  it('a convolution whose value is an output keeps being one', () => {
    const builder = new NetworkBuilder(7);
    const conv = builder.conv('conv', builder.input(6, 6, 2), { kernel: [3, 3], filters: 3 });
    const network = builder.build(conv, builder.batchNorm('bn', conv));
    expect(findSites(network)[0]).toMatchObject({ batchNorm: 'separate', absorbs: undefined });
    roundTrip(network);
  });

  it('an unknown operator behind a convolution does not hinder', () => {
    const builder = new NetworkBuilder(8);
    const conv = builder.conv('conv', builder.input(null, null, 2), { kernel: [3, 3], filters: 3 });
    const swish = builder.node('opaque', 'swish', { type: 'Swish' }, [conv]);
    const second = builder.conv('head', conv, { kernel: [3, 3], filters: 2, padding: 'valid' });
    const converted = convertAll(builder.build(swish, second));
    expect(converted.converted).toEqual(['conv', 'head']);
    const swishNode = networkOf(converted.checkpoint).graph.nodes.find(({ name }) => name === 'swish');
    expect(swishNode?.inputs).toEqual(['conv_acb_add']);
  });

  it('names already taken are not taken twice', () => {
    const builder = new NetworkBuilder(9);
    const conv = builder.conv('conv', builder.input(6, 6, 2), { kernel: [3, 3], filters: 3 });
    const { names } = roundTrip(builder.build(builder.node('relu', 'conv_acb_add', {}, [conv])));
    expect(names).toContain('conv_acb_add_2');
  });

  it('the checkpoint given is not changed and untouched tensors are shared', () => {
    const network = residual();
    const before = structuredClone(networkOf(network).graph.nodes);
    const { checkpoint } = convertAll(network);
    expect(networkOf(network).graph.nodes).toEqual(before);
    expect(checkpoint.tensors.get('conv1/kernel')).toBe(network.tensors.get('conv1/kernel'));
    expect(checkpoint.tensors.get('dense/bias')).toBe(network.tensors.get('dense/bias'));
  });

  it('compares the value before a final softmax or sigmoid', () => {
    const { graph } = networkOf(residual());
    expect(headValue(graph, 'softmax')).toBe('dense');
    expect(headValue(graph, 'dense')).toBe('dense');
  });
});

describe('layout of the branches', () => {
  const layout = (options: Parameters<NetworkBuilder['conv']>[2], size = 8): string[] => {
    const builder = new NetworkBuilder(1);
    const conv = builder.conv('c', builder.input(size, size, 1), { ...options, bias: false });
    const { checkpoint } = convertAll(builder.build(builder.batchNorm('bn', conv)));
    return networkOf(checkpoint)
      .graph.nodes.filter(({ op }) => op === 'conv2d' || op === 'zeroPadding' || op === 'cropping')
      .map((node) => {
        if (node.op === 'conv2d') return `${node.name} ${JSON.stringify(node.attributes.padding)}`;
        const { top, bottom, left, right } =
          'sides' in node.attributes ? node.attributes.sides : ({} as never);
        return `${node.name} ${[top, bottom, left, right].join()}`;
      });
  };

  it('odd kernel, stride 1, same: plain "same" convolutions, nothing else', () => {
    const expected = ['c "same"', 'c_acb_hor "same"', 'c_acb_ver "same"'];
    expect(layout({ kernel: [3, 3], filters: 2 })).toEqual(expected);
    expect(layout({ kernel: [7, 5], filters: 2 })).toEqual(expected);
  });

  it('valid: each branch reads the input without the other rows or columns', () => {
    expect(layout({ kernel: [3, 3], filters: 2, padding: 'valid' })).toEqual([
      ...['c "valid"', 'c_acb_hor_crop 1,1,0,0', 'c_acb_hor "valid"', 'c_acb_ver_crop 0,0,1,1'],
      'c_acb_ver "valid"',
    ]);
  });

  it('stride 2, same, even input: pads once (0 before, 1 after), then crops', () => {
    expect(layout({ kernel: [3, 3], filters: 2, stride: [2, 2] })).toEqual([
      ...['c "same"', 'c_acb_pad 0,1,0,1', 'c_acb_hor_crop 1,1,0,0', 'c_acb_hor "valid"'],
      ...['c_acb_ver_crop 0,0,1,1', 'c_acb_ver "valid"'],
    ]);
  });

  it('stride 2, same, odd input: plain "same" is aligned by itself', () => {
    expect(layout({ kernel: [3, 3], filters: 2, stride: [2, 2] }, 9)).toHaveLength(3);
  });

  it('zeros on each side: what is left of them; where more is cut, all of them and then the cut', () => {
    const all = (n: number) => ({ top: n, bottom: n, left: n, right: n });
    expect(layout({ kernel: [3, 3], filters: 2, stride: [2, 2], padding: all(1) })).toEqual([
      `c ${JSON.stringify(all(1))}`,
      `c_acb_hor ${JSON.stringify({ top: 0, bottom: 0, left: 1, right: 1 })}`,
      `c_acb_ver ${JSON.stringify({ top: 1, bottom: 1, left: 0, right: 0 })}`,
    ]);
    expect(layout({ kernel: [5, 5], filters: 2, padding: all(1) }).slice(1, 3)).toEqual([
      ...['c_acb_pad 1,1,1,1', 'c_acb_hor_crop 2,2,0,0'],
    ]);
  });

  it('zeros on each side of an image smaller than what a branch must not see', () => {
    const below = { top: 0, bottom: 2, left: 0, right: 0 };
    const builder = new NetworkBuilder(1);
    const conv = builder.conv('c', builder.input(3, 3, 1), { kernel: [5, 2], filters: 2, padding: below });
    const original = builder.build(conv);
    const { checkpoint } = convertToAcnet(original, {
      sites: findSites(original),
      variant: 'border',
      branches: 'paper',
      seed: 1,
    });
    // The horizontal kernel lies on row 4, where there are only zeros.
    const values = outputs(withTrainedNorms(checkpoint, 2));
    const fused = fuseAcnet(withTrainedNorms(checkpoint, 2), { fold: true });
    expect(difference(values[0], outputs(fused.checkpoint)[0]).maxRel).toBeLessThanOrEqual(1e-6);
  });
});
