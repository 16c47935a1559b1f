import { describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { chooseSites, findSites } from '../../../src/core/acnet/sites';
import type { Checkpoint } from '../../../src/core/checkpoint';
import type { GraphNode } from '../../../src/core/graph/graph';
import type { JsonObject } from '../../../src/core/encodings/json';
import { legacyModel, opened, written, type Weights } from './support';

const SHAPE = { batch_input_shape: [null, 8, 8, 2] };

/** A chain of one layer, as Keras 2 has it. */
async function read(className: string, settings: JsonObject, weights: Weights = {}): Promise<Checkpoint> {
  const layer = { class_name: className, config: { name: 'layer', ...SHAPE, ...settings } };
  const model = { class_name: 'Sequential', config: { name: 'chain', layers: [layer] } };
  return opened(await legacyModel(model, { layer: weights }));
}

async function nodeOf(className: string, settings: JsonObject): Promise<GraphNode | undefined> {
  const checkpoint = await read(className, settings);
  checkpoint.close();
  return checkpoint.graph?.nodes.at(-1);
}

describe('the hard sigmoid of Keras 2', () => {
  it('is steeper than that of Keras 3, alone and inside a layer', async () => {
    const alone = await nodeOf('Activation', { activation: 'hard_sigmoid' });
    expect([alone?.op, alone?.attributes]).toEqual(['hardSigmoid', { slope: 0.2 }]);
    const settings = { filters: 3, kernel_size: 3, padding: 'same', activation: 'hard_sigmoid' };
    const weights = { kernel: [3, 3, 2, 3], bias: [3] };
    const checkpoint = await read('Conv2D', settings, weights);
    expect(checkpoint.graph?.nodes.at(-1)).toMatchObject({
      name: 'layer/activation',
      attributes: { slope: 0.2 },
    });
    const { chosen } = chooseSites(findSites(checkpoint));
    const options = { variant: 'skeleton', branches: 'zero', seed: 1 } as const;
    const blocks = await opened(
      await written(convertToAcnet(checkpoint, { sites: chosen, ...options }).checkpoint),
    );
    expect(blocks.graph?.nodes.at(-1)).toMatchObject({ op: 'hardSigmoid', attributes: { slope: 0.2 } });
    const fused = await opened(await written(fuseAcnet(blocks, { fold: true }).checkpoint));
    expect(fused.graph?.nodes.map(({ name, op }) => [name, op])).toEqual(
      checkpoint.graph?.nodes.map(({ name, op }) => [name, op]),
    );
  });
});

describe('a normalisation by numbers of its own', () => {
  it('is a scale and an offset', async () => {
    const node = await nodeOf('Normalization', { axis: -1, mean: [1, -2], variance: [4, 0.25] });
    expect([node?.op, node?.attributes]).toEqual(['rescaling', { scale: [0.5, 2], offset: [-0.5, 4] }]);
    const one = await nodeOf('Normalization', { axis: null, mean: 3, variance: 4 });
    expect(one?.attributes).toEqual({ scale: [0.5], offset: [-1.5] });
    const wide = await nodeOf('Normalization', { axis: 3, mean: 3, variance: [4, 1] });
    expect(wide?.attributes).toEqual({ scale: [0.5, 1], offset: [-1.5, -3] });
  });

  it.each([
    ['another axis', { axis: 1, mean: [1, 2], variance: [1, 1] }],
    ['lengths that differ', { axis: -1, mean: [1, 2, 3], variance: [1, 1] }],
    ['the way back', { axis: -1, mean: [1, 2], variance: [1, 1], invert: true }],
  ])('is kept as it is with %s', async (_name, settings) => {
    expect((await nodeOf('Normalization', settings))?.op).toBe('opaque');
  });
});

describe('layers that are random in training alone', () => {
  it('drop whole channels', async () => {
    const node = await nodeOf('SpatialDropout2D', { rate: 0.4 });
    expect([node?.op, node?.attributes]).toEqual(['dropout', { rate: 0.4, sharedAxes: [1, 2] }]);
    expect((await nodeOf('SpatialDropout2D', { rate: 0.4, data_format: 'channels_first' }))?.op).toBe(
      'opaque',
    );
  });

  it('add or multiply noise', async () => {
    const of = async (name: string, settings: JsonObject) => {
      const node = await nodeOf(name, settings);
      return [node?.op, node?.attributes];
    };
    expect(await of('GaussianNoise', { stddev: 0.2 })).toEqual(['noise', { how: 'add', amount: 0.2 }]);
    expect(await of('GaussianDropout', { rate: 0.4 })).toEqual(['noise', { how: 'multiply', amount: 0.4 }]);
    expect((await of('GaussianDropout', { rate: 1 }))[0]).toBe('opaque');
    expect((await of('GaussianNoise', { stddev: -1 }))[0]).toBe('opaque');
  });

  it.each(['RandomFlip', 'RandomZoom', 'AlphaDropout', 'Identity'])(
    '%s passes its input on',
    async (name) => {
      const checkpoint = await read(name, { mode: 'horizontal', stddev: 0.2 });
      expect(checkpoint.graph?.nodes.at(-1)?.op).toBe('identity');
      expect(checkpoint.warnings).toHaveLength(name === 'Identity' ? 0 : 1);
      if (name !== 'Identity') {
        const { leftOut, origin } = checkpoint.graph?.nodes.at(-1) ?? {};
        expect(leftOut).toEqual([name]);
        expect(checkpoint.warnings[0]).toContain(`left out when training here: ${name} (${origin?.layer})`);
      }
      const again = await opened(await written(checkpoint));
      expect(again.graph?.nodes).toEqual(checkpoint.graph?.nodes);
    },
  );

  it('is not said of one that cuts pictures, which does so at inference too', async () => {
    const checkpoint = await read('RandomCrop', { height: 4, width: 4 });
    expect(checkpoint.graph?.nodes.at(-1)?.op).toBe('opaque');
    expect(checkpoint.warnings).toEqual([]);
  });
});
