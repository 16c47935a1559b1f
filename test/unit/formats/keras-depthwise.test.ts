import { describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { findSites } from '../../../src/core/acnet/sites';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { macsOf } from '../../../src/core/graph/build';
import type { JsonObject } from '../../../src/core/encodings/json';
import { difference, networkOf, normalTensor } from '../../support/reference-networks';
import { referenceOutputs, type Tensor } from '../../support/reference';
import { legacyModel, opened, saved, written, type Weights } from './support';

/** A chain on 8 × 8 images of three channels. */
async function chain(layers: readonly JsonObject[], weights: Readonly<Record<string, Weights>>) {
  const input = { class_name: 'InputLayer', config: { name: 'in', batch_input_shape: [null, 8, 8, 3] } };
  const model = { class_name: 'Sequential', config: { name: 's', layers: [input, ...layers] } };
  return opened(await legacyModel(model, weights));
}

function depthwise(settings: JsonObject = {}): Promise<Checkpoint> {
  const config = { name: 'dw', kernel_size: [3, 3], padding: 'same', depth_multiplier: 2, ...settings };
  const weights = { dw: { depthwise_kernel: [3, 3, 3, 2], bias: [6] } };
  return chain([{ class_name: 'DepthwiseConv2D', config }], weights);
}

function separable(): Promise<Checkpoint> {
  const config = { name: 'sep', filters: 5, kernel_size: [3, 3], padding: 'same', activation: 'relu' };
  const weights = {
    sep: { depthwise_kernel: [3, 3, 3, 1], pointwise_kernel: [1, 1, 3, 5], bias: [5] },
  };
  return chain([{ class_name: 'SeparableConv2D', config }], weights);
}

async function classes(checkpoint: Checkpoint): Promise<string[]> {
  return (await saved(checkpoint)).layers.map(({ class_name: name }) =>
    typeof name === 'string' ? name : '',
  );
}

function outputOf(checkpoint: Checkpoint): Tensor {
  return referenceOutputs(networkOf(checkpoint), [normalTensor([2, 8, 8, 3], 4)])[0];
}

async function rewritten(checkpoint: Checkpoint): Promise<Checkpoint> {
  return opened(await written(checkpoint));
}

function converted(checkpoint: Checkpoint): Checkpoint {
  const sites = findSites(checkpoint).filter(({ selected }) => selected);
  expect(sites).toHaveLength(1);
  return convertToAcnet(checkpoint, { sites, variant: 'skeleton', branches: 'zero', seed: 1 }).checkpoint;
}

describe('a depthwise layer', () => {
  it('is a convolution of one group per channel, in the order of its elements', async () => {
    const checkpoint = await depthwise();
    const { graph, tensors } = networkOf(checkpoint);
    const node = graph.nodes.at(-1);
    expect(node).toMatchObject({ op: 'conv2d', attributes: { filters: 6, groups: 3, depthwise: true } });
    const kernel = tensors.get('dw/kernel');
    expect(kernel?.shape).toEqual([3, 3, 1, 6]);
    expect([...(kernel?.readFloat32() ?? [])]).toEqual(Array.from({ length: 54 }, (_, i) => i + 1));
    if (node) expect(macsOf(node, graph, tensors)).toBe(8 * 8 * 54);
  });

  it('is written as it was read, its kernel under its own name', async () => {
    const checkpoint = await depthwise();
    const again = await rewritten(checkpoint);
    expect(await classes(again)).toEqual(['InputLayer', 'DepthwiseConv2D']);
    const { arrays } = await saved(again);
    expect(arrays('dw')).toEqual((await saved(checkpoint)).arrays('dw'));
    expect(arrays('dw')).toContainEqual([expect.stringMatching(/depthwise_kernel/), [3, 3, 3, 2]]);
    expect(outputOf(again)).toEqual(outputOf(checkpoint));
  });

  it('gets branches of its own kind, and is itself again after fusing', async () => {
    const checkpoint = await depthwise({ dilation_rate: [2, 2] });
    const block = await rewritten(converted(checkpoint));
    expect((await classes(block)).filter((name) => name.endsWith('Conv2D'))).toEqual(
      new Array<string>(3).fill('DepthwiseConv2D'),
    );
    expect(difference(outputOf(checkpoint), outputOf(block)).maxRel).toBeLessThan(1e-6);
    const fused = await rewritten(fuseAcnet(block, { fold: false }).checkpoint);
    expect(await classes(fused)).toEqual(['InputLayer', 'DepthwiseConv2D']);
    expect(difference(outputOf(checkpoint), outputOf(fused)).maxRel).toBeLessThan(1e-6);
  });

  it('without a kernel is kept, not interpreted', async () => {
    const layer = { class_name: 'DepthwiseConv2D', config: { name: 'dw', kernel_size: [3, 3] } };
    expect((await chain([layer], { dw: {} })).graph?.nodes.at(-1)?.op).toBe('opaque');
  });
});

describe('a separable layer', () => {
  it('is a depthwise and a 1 × 1 convolution, and one layer when it is written untouched', async () => {
    const checkpoint = await separable();
    expect(checkpoint.graph?.nodes.map(({ name, op }) => [name, op])).toEqual([
      ['in', 'input'],
      ['sep/depthwise', 'conv2d'],
      ['sep', 'conv2d'],
      ['sep/activation', 'relu'],
    ]);
    const again = await rewritten(checkpoint);
    expect(await classes(again)).toEqual(['InputLayer', 'SeparableConv2D']);
    expect(again.graph?.nodes).toEqual(checkpoint.graph?.nodes);
    expect(outputOf(again)).toEqual(outputOf(checkpoint));
  });

  it('becomes two layers when its depthwise half is converted', async () => {
    const checkpoint = await separable();
    const block = await rewritten(converted(checkpoint));
    const kinds = await classes(block);
    expect(kinds.filter((name) => name === 'DepthwiseConv2D')).toHaveLength(3);
    expect(kinds.filter((name) => name === 'Conv2D')).toHaveLength(1);
    expect(kinds).not.toContain('SeparableConv2D');
    expect(difference(outputOf(checkpoint), outputOf(block)).maxRel).toBeLessThan(1e-6);
    // Without a batch norm of its own the depthwise half gets the bias of its block.
    expect(fuseAcnet(block, { fold: false }).biased).toEqual(['sep_depthwise']);
  });
});
