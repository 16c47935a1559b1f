import { beforeAll, describe, expect, it } from 'vitest';
import { findBlocks } from '../../../src/core/acnet/blocks';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { findSites } from '../../../src/core/acnet/sites';
import type { Branches, Variant } from '../../../src/shared/choices';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { kerasCheckpoint } from '../../../src/core/formats/keras/write/create';
import type { GraphNode } from '../../../src/core/graph/graph';
import type { Dim } from '../../../src/core/graph/shape';
import type { Pair } from '../../../src/core/graph/padding';
import type { Backend } from '../../../src/engine/backend';
import { inspectCheckpoint } from '../../../src/operations/inspect';
import { networkFor } from '../../../src/operations/kit/network';
import { nativeBackend } from '../../support/native';
import {
  difference,
  NetworkBuilder,
  networkOf,
  normalTensor,
  withTrainedNorms,
} from '../../support/reference-networks';
import { referenceOutputs } from '../../support/reference';
import { opened, written } from '../formats/support';

interface Shape {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation?: Pair;
  readonly groups?: number;
}

/** A strided "same" convolution with a batch norm, on images of any size unless told. */
function strided(shape: Shape, [height, width]: readonly [Dim, Dim] = [null, null]): Checkpoint {
  const builder = new NetworkBuilder(3);
  const input = builder.input(height, width, 4);
  const conv = builder.conv('conv', input, { ...shape, filters: 4, bias: false });
  return builder.build(builder.batchNorm('bn', conv));
}

function convert(checkpoint: Checkpoint, variant: Variant, branches: Branches): Checkpoint {
  const sites = findSites(checkpoint);
  return convertToAcnet(checkpoint, { sites, variant, branches, seed: 1 }).checkpoint;
}

/** The output for one image of a size. */
function outputAt(checkpoint: Checkpoint, height: number, width: number) {
  const network = networkFor(checkpoint, networkOf(checkpoint).graph, { height, width });
  return referenceOutputs(network, [normalTensor([1, height, width, 4], height + 100 * width)])[0];
}

const names = (checkpoint: Checkpoint) => networkOf(checkpoint).graph.nodes.map(({ name }) => name);

const SHAPES: readonly Shape[] = [
  { kernel: [3, 3], stride: [2, 2] },
  { kernel: [3, 3], stride: [3, 1] },
  { kernel: [2, 5], stride: [1, 2], groups: 2 },
  { kernel: [4, 3], stride: [2, 3], groups: 4 },
  { kernel: [7, 7], stride: [2, 2] },
  { kernel: [3, 3], stride: [2, 2], dilation: [2, 3] },
];
const VARIANTS: readonly Variant[] = ['skeleton', 'border'];
const CASES = SHAPES.flatMap((shape) => VARIANTS.map((variant) => ({ ...shape, variant })));

describe('"same" with a stride where the input size is unknown', () => {
  it.each(CASES)('kernel $kernel stride $stride $variant: exact for every size', ({ variant, ...shape }) => {
    const original = strided(shape);
    const preserved = convert(original, variant, 'zero');
    const trained = withTrainedNorms(convert(original, variant, 'paper'), 7);
    const fused = fuseAcnet(trained, { fold: false });
    expect(fused.fused).toEqual(['conv']);
    expect(names(fused.checkpoint)).toEqual(['input', 'conv', 'bn']);
    for (const [height, width] of [5, 6, 7, 8, 9, 10].flatMap((h) => [7, 10].map((w) => [h, w] as const))) {
      const gap = (a: Checkpoint, b: Checkpoint) =>
        difference(outputAt(a, height, width), outputAt(b, height, width));
      expect(gap(original, preserved).maxAbs).toBe(0);
      expect(gap(trained, fused.checkpoint).maxRel).toBeLessThanOrEqual(1e-5);
    }
  });

  it('puts a selector only before the branch whose short axis moves in strides', () => {
    const made = names(convert(strided({ kernel: [3, 3], stride: [2, 1] }), 'skeleton', 'zero'));
    expect(made.filter((name) => /_sel|_pad|_crop/.test(name))).toEqual(['conv_acb_hor_sel']);
    const known = names(convert(strided({ kernel: [3, 3], stride: [2, 2] }, [8, 8]), 'skeleton', 'zero'));
    expect(known.filter((name) => /_sel/.test(name))).toEqual([]);
  });

  it('recognises the block by what the selector does', () => {
    const converted = convert(strided(SHAPES[0]), 'skeleton', 'paper');
    const { graph, tensors } = networkOf(converted);
    expect(findBlocks(graph, tensors)[0]).toMatchObject({ row: 1, column: 1 });
    expect(findSites(converted).map(({ name, kind }) => [name, kind])).toEqual([['conv', 'acb']]);
    const kernel = tensors.get('conv_acb_hor_sel/kernel');
    if (!kernel) throw new Error('no selector');
    const with_ = (values: readonly number[]) =>
      findBlocks(
        graph,
        new Map(tensors).set(kernel.name, { ...kernel, readFloat32: () => Float32Array.from(values) }),
      );
    const rows = (first: number, second: number) => [first, second, 0].flatMap((v) => [v, v, v, v]);
    expect(with_(rows(1, 0))[0]).toMatchObject({ row: 0, column: 1 });
    expect(with_(rows(0.5, 0.5))).toEqual([]);
    expect(with_([1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0])).toEqual([]);
  });
});

it('stays frozen in a Keras file, and there alone', async () => {
  const { graph, tensors } = networkOf(convert(strided(SHAPES[0]), 'skeleton', 'paper'));
  const nodes = graph.nodes.map(({ origin: _origin, ...node }) => node as GraphNode);
  const parts = { nodes, outputs: graph.outputs };
  const file = await written(kerasCheckpoint(parts, tensors, { path: 'any.keras', name: 'any' }));
  const again = await opened(file, 'any.keras');
  const frozen = networkOf(again).graph.nodes.filter((node) => node.frozen);
  expect(frozen.map(({ name }) => name)).toEqual(['conv_acb_hor_sel', 'conv_acb_ver_sel']);
  expect(fuseAcnet(again, { fold: true }).fused).toEqual(['conv']);
  expect(inspectCheckpoint(again)).toMatchObject({ parameters: 288 + 24, trainableParameters: 264 });
});

describe('training', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await nativeBackend();
  });

  it('leaves a selector as it is, weight decay included, and trains the kernels behind it', () => {
    const builder = new NetworkBuilder(3);
    const conv = builder.conv('conv', builder.input(null, null, 4), { ...SHAPES[0], filters: 4 });
    const pooled = builder.node('globalAveragePool', 'pool', { keepDims: false }, [
      builder.batchNorm('bn', conv),
    ]);
    const converted = convert(builder.build(builder.dense('dense', pooled, 2)), 'skeleton', 'paper');
    const network = networkFor(converted, networkOf(converted).graph, { height: 8, width: 6 });
    const session = backend.training(network, {
      batch: 2,
      loss: 'categorical',
      optimiser: { kind: 'sgd', momentum: 0.9, weightDecay: 0.1 },
      labelSmoothing: 0,
      seed: 1,
    });
    const before = session.read();
    session.step(Float32Array.from(normalTensor([2, 8, 6, 4], 1).data), Float32Array.of(1, 0, 0, 1), 0.1);
    const after = session.read();
    session.dispose();
    for (const name of ['conv_acb_hor_sel/kernel', 'conv_acb_ver_sel/kernel']) {
      expect(before.get(name)?.length).toBe(12);
      expect(after.get(name)).toEqual(before.get(name));
    }
    for (const name of ['conv_acb_hor/kernel', 'conv_acb_ver/kernel', 'conv/kernel']) {
      expect(after.get(name)).not.toEqual(before.get(name));
    }
  });
});
