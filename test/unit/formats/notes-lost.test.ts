import { describe, expect, it } from 'vitest';
import { findBlocks } from '../../../src/core/acnet/blocks';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { withConvolutions } from '../../../src/core/acnet/loose';
import { chooseSites, findSites } from '../../../src/core/acnet/sites';
import type { Variant } from '../../../src/shared/choices';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { kerasCheckpoint } from '../../../src/core/formats/keras/write/create';
import { writeCheckpoint } from '../../../src/core/formats/registry';
import { makeGraph } from '../../../src/core/graph/build';
import type { GraphNode } from '../../../src/core/graph/graph';
import type { TensorRef } from '../../../src/core/tensor/tensor';
import { NetworkBuilder } from '../../support/networks';
import { memorySink, openBytes, safetensorsOf } from '../../support/torch-files';
import {
  cifarResnet8,
  normShapes,
  partsOf,
  resaved,
  weightsFile,
  type Shapes,
} from '../../support/weights-file';

/*
 * What a conversion leaves beside the weights is not always kept: PyTorch saves tensors and nothing else, simplifiers and
 * people rename layers. Without it a file is the same network, or what it is taken for is reported.
 */

function convert(checkpoint: Checkpoint, variant: Variant): Checkpoint {
  const { chosen: sites } = chooseSites(findSites(checkpoint));
  return convertToAcnet(checkpoint, { sites, variant, branches: 'paper', seed: 2, gamma: 0.4 }).checkpoint;
}

async function bytesOf(checkpoint: Checkpoint): Promise<Uint8Array> {
  const { sink, bytes } = memorySink('x.safetensors');
  await writeCheckpoint(checkpoint, sink);
  return bytes();
}

const open = (bytes: Uint8Array): Promise<Checkpoint> => openBytes('x.safetensors', bytes);
const fused = (checkpoint: Checkpoint): ReturnType<typeof fuseAcnet> =>
  fuseAcnet(withConvolutions(checkpoint, false), { fold: false });
const valuesOf = ({ tensors }: Checkpoint, name: string): number[] => [
  ...(tensors.get(name)?.readFloat32() ?? []),
];

function expectClose(a: readonly number[], b: readonly number[]): void {
  expect(a.length).toBe(b.length);
  expect(a.length).toBeGreaterThan(0);
  a.forEach((value, i) => expect(value).toBeCloseTo(b[i], 5));
}

/** The same network under names that say nothing. */
function anonymous(checkpoint: Checkpoint): Checkpoint {
  const { graph, tensors } = checkpoint;
  if (!graph) throw new Error('no network');
  const names = new Map<string, string>();
  const renamed = (kind: string, name: string): string => {
    const key = `${kind}${name}`;
    const known = names.get(key) ?? `${kind}${names.size}`;
    names.set(key, known);
    return known;
  };
  const moved = new Map<string, TensorRef>();
  for (const [name, tensor] of tensors) {
    const free = renamed('t', name);
    const { shape, dtype } = tensor;
    moved.set(free, { name: free, shape, dtype, readFloat32: () => tensor.readFloat32() });
  }
  const nodes = graph.nodes.map((node): GraphNode => {
    const { origin: _, ...rest } = node;
    return {
      ...rest,
      name: renamed('n', node.name),
      inputs: node.inputs.map((value) => renamed('v', value)),
      outputs: node.outputs.map((value) => renamed('v', value)),
      parameters: Object.fromEntries(
        Object.entries(node.parameters).map(([role, name]) => [role, renamed('t', name)]),
      ),
    };
  });
  const outputs = graph.outputs.map((value) => renamed('v', value));
  return { ...checkpoint, tensors: moved, graph: makeGraph({ nodes, outputs }, moved) };
}

/** Kernels of the convolutions in order, and what each adds: its bias, or the β of the batch norm behind. */
function convolutions(checkpoint: Checkpoint): { kernel: number[]; shift: number[] }[] {
  const { graph } = checkpoint;
  if (!graph) throw new Error('no network');
  return graph.nodes.flatMap((node) => {
    if (node.op !== 'conv2d') return [];
    const norm = graph.nodes.find(({ op, inputs }) => op === 'batchNorm' && inputs[0] === node.outputs[0]);
    const shift = norm?.parameters.beta ?? node.parameters.bias;
    return [{ kernel: valuesOf(checkpoint, node.parameters.kernel), shift: valuesOf(checkpoint, shift) }];
  });
}

describe('names of layers, in a file that holds its network', () => {
  it.each(['skeleton', 'border'] as const)(
    'may be any: %s blocks are fused into the same kernels',
    (variant) => {
      const b = new NetworkBuilder(5);
      const first = b.relu(b.batchNorm(b.conv(b.input([9, 9, 3]), 4, [3, 3])));
      const second = b.relu(b.conv(first, 4, [3, 3], { bias: true, strides: [2, 2], padding: 'valid' }));
      const { graph, tensors } = b.finish(
        b.dense(b.apply('globalAveragePool', second, { keepDims: false }), 3),
      );
      const blocks = convert(kerasCheckpoint(graph, tensors, { path: 'x.keras', name: 'x' }), variant);
      const nameless = anonymous(blocks);
      const places = ({ graph: of, tensors: all }: Checkpoint): number[][] =>
        of ? findBlocks(of, all).map(({ row, column }) => [row, column]) : [];
      expect(places(nameless)).toEqual(places(blocks));
      expect(places(nameless)).toHaveLength(2);
      const [named, other] = [blocks, nameless].map((checkpoint) =>
        convolutions(fuseAcnet(checkpoint, { fold: false }).checkpoint),
      );
      named.forEach(({ kernel, shift }, i) => {
        expectClose(other[i].kernel, kernel);
        expectClose(other[i].shift, shift);
      });
    },
  );
});

const UNKNOWN: Shapes = { 'c.weight': [4, 2, 3, 3], ...normShapes('bn', 4), 'head.weight': [2, 4] };

describe('which layers became blocks, in weights by name', () => {
  it('is said where nothing tells it; the kernels are the same', async () => {
    const source = await open(weightsFile(UNKNOWN));
    const bytes = await bytesOf(convert(withConvolutions(source, true), 'skeleton'));
    const [noted, lost] = [await open(bytes), await open(resaved(bytes))];
    const [kept, bare] = [fused(noted), fused(lost)];
    expectClose(convolutions(bare.checkpoint)[0].kernel, convolutions(kept.checkpoint)[0].kernel);
    expectClose(convolutions(bare.checkpoint)[0].shift, convolutions(kept.checkpoint)[0].shift);
    expect(noted.weights?.fusedWarnings(kept.fused)).toEqual([]);
    expect(lost.weights?.fusedWarnings(bare.fused)?.join()).toMatch(
      /1 convolution is written as fused_conv with a bias/,
    );
    const keys = async (of: Checkpoint): Promise<string[]> => [
      ...(await open(await bytesOf(of))).tensors.keys(),
    ];
    expect(new Set(await keys(kept.checkpoint))).toEqual(new Set(Object.keys(UNKNOWN)));
    expect(await keys(bare.checkpoint)).toEqual(
      expect.arrayContaining(['c.fused_conv.weight', 'c.fused_conv.bias']),
    );
  });

  it('is told by a known network: the fused file has the original’s keys', async () => {
    const shapes = cifarResnet8();
    const bytes = resaved(await bytesOf(convert(await open(weightsFile(shapes)), 'border')));
    const blocks = await open(bytes);
    const { checkpoint, fused: names } = fused(blocks);
    expect(names).toHaveLength(7);
    expect(blocks.weights?.fusedWarnings(names)).toEqual([]);
    const back = await open(await bytesOf(checkpoint));
    expect(new Set(back.tensors.keys())).toEqual(new Set(Object.keys(shapes)));
  });

  it('is not confused with a batch norm that stayed outside of its block', async () => {
    const source = await open(weightsFile(cifarResnet8()));
    const loose = withConvolutions({ ...source, graph: undefined }, false);
    const bytes = await bytesOf(convert(loose, 'skeleton'));
    for (const file of [bytes, resaved(bytes)]) {
      const blocks = await open(file);
      const norm = blocks.graph?.nodes.find(({ name }) => name === 'bn1');
      expect(norm).toMatchObject({ op: 'batchNorm', inputs: ['conv1_acb_add'] });
      const back = await open(await bytesOf(fused(blocks).checkpoint));
      for (const name of Object.keys(normShapes('bn1', 16)))
        expect(valuesOf(back, name)).toEqual(valuesOf(source, name));
      expect(back.graph?.nodes.filter(({ op }) => op === 'batchNorm')).toHaveLength(7);
    }
  });

  it('is stored anew by the next writing, where an earlier version noted it only', async () => {
    const source = await open(weightsFile(UNKNOWN));
    const { header, data } = partsOf(await bytesOf(convert(withConvolutions(source, true), 'border')));
    const { 'c.landing': marker, ...others } = header;
    const [from, to] = marker.data_offsets;
    const moved = Object.entries(others).map(([key, entry]) => {
      if (key === '__metadata__') return [key, entry] as const;
      const offsets = entry.data_offsets.map((at) => (at >= to ? at - (to - from) : at));
      return [key, { ...entry, data_offsets: offsets }] as const;
    });
    const old = safetensorsOf(
      Object.fromEntries(moved),
      new Uint8Array([...data.subarray(0, from), ...data.subarray(to)]),
    );
    const again = await open(resaved(await bytesOf(withConvolutions(await open(old), false))));
    expect(valuesOf(again, 'c.landing')).toEqual([2, 2]);
  });
});

describe('the layout of kernels', () => {
  const factOf = async (shapes: Shapes, metadata?: object): Promise<string | undefined> => {
    const { header, data } = partsOf(weightsFile(shapes));
    const bytes = safetensorsOf(metadata ? { ...header, __metadata__: metadata } : header, data);
    return (await open(bytes)).metadata.facts.find(({ label }) => label === 'Kernels')?.value;
  };

  it('is seen by the shapes where the file does not say who wrote it', async () => {
    const shapes = { 'a.weight': [8, 3, 3, 3], 'b.weight': [4, 3, 3, 8] };
    expect(await factOf(shapes, { format: 'mlx' })).toBe('out, h, w, in (MLX)');
    expect(await factOf(shapes)).toBe('out, h, w, in (MLX)');
    expect(await factOf({ 'a.weight': [8, 3, 3, 3], 'b.weight': [4, 8, 3, 3] })).toBe('out, in, h, w');
  });

  it('is said to be assumed where they allow both', async () => {
    const shapes = { 'a.weight': [8, 3, 3, 3] };
    expect(await factOf(shapes)).toBe('out, in, h, w, assumed: their shapes allow out, h, w, in (MLX) too');
    expect(await factOf(shapes, { format: 'pt' })).toBe('out, in, h, w');
    expect(await factOf(shapes, { format: 'mlx' })).toBe('out, h, w, in (MLX)');
  });
});
