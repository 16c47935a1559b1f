import { describe, expect, it } from 'vitest';
import { findBlocks } from '../../../src/core/acnet/blocks';
import { applyCalibration, calibrationValues } from '../../../src/core/acnet/calibration';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { findSites } from '../../../src/core/acnet/sites';
import type { Branches } from '../../../src/shared/choices';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { kerasCheckpoint } from '../../../src/core/formats/keras/write/create';
import { makeGraph } from '../../../src/core/graph/build';
import type { GraphNode } from '../../../src/core/graph/graph';
import {
  difference,
  NetworkBuilder,
  networkOf,
  normalTensor,
  withTrainedNorms,
} from '../../support/reference-networks';
import { referenceOutputs, runReference } from '../../support/reference';
import { momentsOf } from '../../support/reference-ops';
import { opened, written } from '../formats/support';

/** One convolution on an image, on what it makes of it, and on another image: `norm` says which calls feed `bn`. */
function network(norm: readonly boolean[], activation?: 'relu', stride: 1 | 2 = 1): Checkpoint {
  const b = new NetworkBuilder(2);
  const options = { kernel: [3, 3], filters: 3, stride: [stride, stride], bias: false, activation } as const;
  const conv = (value: string, call: number): string => {
    const name = call === 0 ? 'conv' : `conv:${call}`;
    return b.conv(name, value, call === 0 ? options : { ...options, shares: 'conv/kernel' });
  };
  const pass = (value: string, call: number): string => {
    const made = conv(value, call);
    return norm[call] ? b.batchNorm(call === 0 ? 'bn' : `bn:${call}`, made) : made;
  };
  const first = pass(b.input(9, 8, 3), 0);
  const second = pass(b.node('relu', 'relu', {}, [first]), 1);
  const built = b.build(second);
  // Calls of one batch norm have its tensors, as a reader names them.
  const nodes = built.graph.nodes.map((node) => ({
    ...node,
    ...(node.origin
      ? { origin: { ...node.origin, layer: layerOf(node.origin.layer), call: callOf(node.name) } }
      : {}),
    parameters: Object.fromEntries(
      Object.entries(node.parameters).map(([role, name]) => [role, name.replace(/^bn:1/, 'bn')]),
    ),
  })) as GraphNode[];
  return { ...built, graph: makeGraph({ nodes, outputs: built.graph.outputs }, built.tensors) };
}

const layerOf = (name: string): string => name.split(':')[0];
const callOf = (name: string): number => Number(/:(\d+)/.exec(name)?.[1] ?? 0);

function convert(checkpoint: Checkpoint, branches: Branches) {
  const sites = findSites(checkpoint);
  return convertToAcnet(checkpoint, { sites, variant: 'skeleton', branches, seed: 1 });
}

const image = normalTensor([2, 9, 8, 3], 9);
const outputOf = (checkpoint: Checkpoint, training = false) =>
  referenceOutputs(networkOf(checkpoint), [image], { training })[0];
const names = (checkpoint: Checkpoint) => networkOf(checkpoint).graph.nodes.map(({ name }) => name);

describe('a convolution that is called twice', () => {
  it('becomes one block, called twice, that absorbs the batch norm all calls feed', () => {
    const original = network([true, true]);
    expect(findSites(original)[0]).toMatchObject({ batchNorm: 'absorbed', absorbs: { name: 'bn' } });
    const { checkpoint, converted, fresh } = convert(original, 'zero');
    expect(converted).toEqual(['conv']);
    expect(fresh).toEqual(['conv_acb_hor_bn', 'conv_acb_ver_bn']);
    const { graph, tensors } = networkOf(checkpoint);
    const convs = graph.nodes.filter(({ op }) => op === 'conv2d');
    expect(convs.map(({ name, parameters }) => [name, parameters.kernel])).toEqual([
      ...['conv', 'conv_acb_hor', 'conv_acb_ver'].map((name) => [name, `${name}/kernel`]),
      ...['conv', 'conv_acb_hor', 'conv_acb_ver'].map((name) => [`${name}:1`, `${name}/kernel`]),
    ]);
    expect(findBlocks(graph, tensors)).toHaveLength(2);
    expect(findSites(checkpoint)).toMatchObject([{ name: 'conv', kind: 'acb' }]);
    for (const training of [false, true]) {
      expect(difference(outputOf(original, training), outputOf(checkpoint, training)).maxAbs).toBe(0);
    }
  });

  it.each([
    [[true, true], undefined, 1],
    [[true, true], undefined, 2],
    [[true, false], undefined, 1],
    [[false, false], undefined, 2],
    [[false, false], 'relu', 1],
  ] as const)('batch norms %j, activation %s, stride %d: fuses together', (norm, activation, stride) => {
    const original = network(norm, activation, stride);
    const preserved = convert(original, 'zero').checkpoint;
    expect(difference(outputOf(original), outputOf(preserved)).maxRel).toBeLessThanOrEqual(1e-6);
    const trained = withTrainedNorms(convert(original, 'paper').checkpoint, 3);
    for (const fold of [false, true]) {
      const { checkpoint, fused } = fuseAcnet(trained, { fold });
      expect(fused).toEqual(['conv']);
      expect(difference(outputOf(trained), outputOf(checkpoint)).maxRel).toBeLessThanOrEqual(1e-5);
      if (!fold) expect(names(checkpoint)).toEqual(names(original));
    }
  });

  it('is two calls of each layer in a Keras file, before and after fusing', async () => {
    const { graph, tensors } = networkOf(convert(network([true, true], undefined, 2), 'paper').checkpoint);
    const parts = { nodes: graph.nodes, outputs: graph.outputs };
    const made = kerasCheckpoint(parts, tensors, { path: 'any.keras', name: 'any' });
    const again = await opened(await written(made), 'any.keras');
    expect(names(again)).toContain('conv_acb_hor_bn:1');
    const used = graph.nodes.flatMap(({ parameters }) => Object.values(parameters));
    expect([...again.tensors.keys()].sort()).toEqual([...new Set(used)].sort());
    expect(difference(outputOf(made), outputOf(again)).maxAbs).toBe(0);
    const { checkpoint, fused } = fuseAcnet(again, { fold: true });
    expect(fused).toEqual(['conv']);
    const last = await opened(await written(checkpoint), 'any.keras');
    expect(names(last)).toEqual(['input', 'conv', 'relu', 'conv:1']);
    expect([...last.tensors.keys()].sort()).toEqual(['conv/bias', 'conv/kernel']);
    expect(difference(outputOf(again), outputOf(last)).maxRel).toBeLessThanOrEqual(1e-5);
  });

  it('is no block if one of its layers is also used elsewhere', () => {
    const { graph, tensors } = networkOf(convert(network([true, true]), 'paper').checkpoint);
    expect(findBlocks(graph, tensors)).toHaveLength(2);
    const branch = graph.nodes.find(({ name }) => name === 'conv_acb_hor');
    if (!branch) throw new Error('no branch');
    const other = { ...branch, name: 'other', outputs: ['other'] };
    expect(findBlocks(makeGraph({ ...graph, nodes: [...graph.nodes, other] }, tensors), tensors)).toEqual([]);
  });

  it('is measured over all calls together', () => {
    const { checkpoint, fresh } = convert(network([false, false]), 'zero');
    const wanted = calibrationValues(checkpoint, fresh);
    expect(wanted.filter(({ batchNorm }) => batchNorm === 'conv_acb_bn').map(({ value }) => value)).toEqual([
      'conv',
      'conv:1',
    ]);
    const values = runReference(networkOf(checkpoint), [image]);
    const moments = new Map(
      wanted.map(({ batchNorm, value }) => {
        const measured = values.get(value);
        if (!measured) throw new Error(`no ${value}`);
        return [batchNorm, momentsOf(measured)] as const;
      }),
    );
    const calibrated = applyCalibration(checkpoint, moments);
    expect(difference(outputOf(checkpoint), outputOf(calibrated)).maxRel).toBeLessThanOrEqual(1e-6);
  });
});
