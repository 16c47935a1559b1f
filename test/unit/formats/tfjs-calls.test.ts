import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { chooseSites, findSites } from '../../../src/core/acnet/sites';
import type { Checkpoint } from '../../../src/core/checkpoint';
import type { Json } from '../../../src/core/encodings/json';
import { referenceOutputs, tensor } from '../../support/reference';
import { bytesOf, documentOf, filesOf, openModel, reopened } from './tfjs-support';

/** Layers of two channels that may follow one another in any order, with their settings and shapes of weights. */
const KINDS = {
  Conv2D: {
    config: { filters: 2, kernel_size: [3, 3], padding: 'same', use_bias: false, activation: 'relu' },
    weights: { kernel: [3, 3, 2, 2] },
  },
  BatchNormalization: {
    config: { axis: 3, epsilon: 0.001 },
    weights: { gamma: [2], beta: [2], moving_mean: [2], moving_variance: [2] },
  },
  ReLU: { config: {}, weights: {} },
  Add: { config: {}, weights: {} },
} as const;
type Kind = keyof typeof KINDS;

/** A call of a layer, on what calls so many steps before it made. */
interface Step {
  readonly layer: number;
  readonly back: readonly [number, number];
}

const INPUT = { batch_input_shape: [null, 4, 4, 2], dtype: 'float32' };

/** A model of which layers are called in steps; the output is what the step `ends` before the last one made. */
function modelOf(kinds: readonly Kind[], steps: readonly Step[], ends: number) {
  const calls: Json[][] = kinds.map(() => []);
  const values: Json[][] = [['in', 0, 0, {}]];
  // Each layer is called once before any is called again.
  for (const { layer, back } of [...kinds.map((_kind, layer) => ({ layer, back: [1, 2] })), ...steps]) {
    const [first, second] = back.map((steps) => values[Math.max(0, values.length - steps)]);
    calls[layer].push(kinds[layer] === 'Add' ? [first, second] : [first]);
    values.push([`l${layer}`, calls[layer].length - 1, 0, {}]);
  }
  const layers = kinds.map((kind, i) => {
    const name = `l${i}`;
    return { class_name: kind, name, config: { name, ...KINDS[kind].config }, inbound_nodes: calls[i] };
  });
  const input = { class_name: 'InputLayer', name: 'in', config: { name: 'in', ...INPUT }, inbound_nodes: [] };
  const output = values[Math.max(1, values.length - 1 - ends)].slice(0, 3);
  const config = {
    name: 'm',
    layers: [input, ...layers],
    input_layers: [['in', 0, 0]],
    output_layers: [output],
  };
  const weights = kinds.flatMap((kind, i) =>
    Object.entries(KINDS[kind].weights).map(([name, shape]: [string, readonly number[]]) => ({
      ...{ name: `l${i}/${name}`, dtype: 'float32', shape: [...shape] },
    })),
  );
  const size = weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const data = bytesOf(Float32Array.from({ length: size }, (_, i) => 0.05 + (i % 7) / 10));
  const modelTopology = { class_name: 'Model', config };
  const weightsManifest = [{ paths: ['w.bin'], weights }];
  return openModel({ format: 'layers-model', modelTopology, weightsManifest }, { 'w.bin': data });
}

const X = tensor(
  [1, 4, 4, 2],
  Float64Array.from({ length: 32 }, (_, i) => Math.sin(i)),
);
function outputsOf({ graph, tensors }: Checkpoint): number[] {
  if (!graph) throw new Error('no network');
  return referenceOutputs({ graph, tensors }, [X]).flatMap(({ data }) => [...data]);
}

function converted(checkpoint: Checkpoint): Checkpoint | undefined {
  const { chosen } = chooseSites(findSites(checkpoint), undefined);
  const options = { sites: chosen, variant: 'skeleton', branches: 'zero', seed: 0 } as const;
  return chosen.length === 0 ? undefined : convertToAcnet(checkpoint, options).checkpoint;
}

function expectSame(found: Checkpoint, wanted: readonly number[]): void {
  const values = outputsOf(found);
  const largest = Math.max(1e-9, ...wanted.map(Math.abs));
  expect(values).toHaveLength(wanted.length);
  values.forEach((value, i) => expect(Math.abs(value - wanted[i]) / largest).toBeLessThan(1e-4));
}

describe('calls of layers whose result no output needs', () => {
  it('that read what no layer of the model makes are not written; others are, as they were', async () => {
    // l1's last call reads l3, which no output needs, over a call of l2; l0's last call reads l0 itself.
    const steps = [
      { layer: 0, back: [3, 1] },
      { layer: 2, back: [2, 1] },
      { layer: 1, back: [1, 1] },
    ] as const;
    const model = await modelOf(['ReLU', 'ReLU', 'ReLU', 'ReLU'], steps, 4);
    const wanted = outputsOf(model);
    const files = await filesOf(model);
    const { modelTopology } = documentOf(files) as {
      modelTopology: { config: { layers: { name: string; inbound_nodes: Json[] }[] } };
    };
    const calls = modelTopology.config.layers.map(({ name, inbound_nodes: nodes }) => [name, nodes.length]);
    expect(Object.fromEntries(calls)).toEqual({ in: 0, l0: 2, l1: 1, l2: 1 });
    expectSame(await reopened(files), wanted);
  });

  it('leave a model that opens again: as it is, converted and fused', async () => {
    const kind = fc.constantFrom(...(Object.keys(KINDS) as Kind[]));
    const step = fc.record({
      layer: fc.nat(4),
      back: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    });
    const model = fc.record({
      kinds: fc.array(kind, { minLength: 2, maxLength: 5 }),
      steps: fc.array(step, { maxLength: 5 }),
      ends: fc.nat(4),
    });
    let blocks = 0;
    await fc.assert(
      fc.asyncProperty(model, async ({ kinds, steps, ends }) => {
        const within = steps.map(({ layer, back }) => ({ layer: layer % kinds.length, back }));
        const opened = await modelOf(kinds, within, ends);
        const wanted = outputsOf(opened);
        expectSame(await reopened(await filesOf(opened)), wanted);
        const made = converted(opened);
        if (!made) return;
        blocks += 1;
        const again = await reopened(await filesOf(made));
        expectSame(again, wanted);
        expectSame(await reopened(await filesOf(fuseAcnet(again, { fold: false }).checkpoint)), wanted);
      }),
      { seed: 7, numRuns: process.env.ACNET_DEEP ? 2000 : 60 },
    );
    expect(blocks).toBeGreaterThan(10);
  });
});
