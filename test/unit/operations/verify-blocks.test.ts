import { beforeAll, describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { chooseSites, findSites } from '../../../src/core/acnet/sites';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { makeGraph } from '../../../src/core/graph/build';
import { tensorOf } from '../../../src/core/tensor/tensor';
import type { Backend } from '../../../src/engine/backend';
import { failureOf } from '../../../src/operations/verify/verdict';
import type { VerifyResult } from '../../../src/contract/results';
import { verifyCheckpoints } from '../../../src/operations/verify/verify';
import { chosenBackend } from '../../support/chosen';
import { blockOf, mobileNetwork, MUTATIONS } from '../../support/ill-conditioned';
import { testContext } from '../../support/operation';
import { networkOf, NetworkBuilder } from '../../support/reference-networks';

let backend: Backend;
beforeAll(async () => {
  backend = await chosenBackend();
});

const verify = (a: Checkpoint, b: Checkpoint, samples = 4): Promise<VerifyResult> =>
  verifyCheckpoints(a, b, { samples }, testContext(backend));

describe('an ill-conditioned network', () => {
  const acnet = mobileNetwork(1, 3);

  it.each([false, true])('is the same when its blocks are fused (folded: %s)', async (fold) => {
    const result = await verify(acnet, fuseAcnet(acnet, { fold }).checkpoint);
    // Rounding grows until the outputs show little of the weights: a bound on them would refuse the file.
    expect(result.maxRel).toBeGreaterThan(1e-5);
    expect(result.noise).toBeGreaterThan(result.maxRel / 30);
    expect(result.blocks?.count).toBe(16);
    expect(result.blocks?.maxRel).toBeGreaterThan(0);
    expect(result.blocks?.maxRel).toBeLessThanOrEqual(1e-5);
    expect(result).toMatchObject({ passed: true });
  });

  it.each(Object.keys(MUTATIONS))('%s: it is another one, and the block is named', async (name) => {
    const block = blockOf(acnet, Object.keys(MUTATIONS).indexOf(name));
    const { passed, blocks } = await verify(acnet, MUTATIONS[name](acnet, block), 2);
    expect({ passed, worst: blocks?.worst }).toEqual({ passed: false, worst: block.square.conv.name });
    expect(blocks?.maxRel).toBeGreaterThan(1e-5);
  });
});

describe('a channel that is small beside the others', () => {
  const tiny = 1e-6;

  /** One of a block's channels made small, and the convolution behind its ReLU as much larger for it. */
  function unequal(): Checkpoint {
    const b = new NetworkBuilder(6);
    const conv = b.conv('conv', b.input(8, 8, 3), { kernel: [3, 3], filters: 4, bias: false });
    const x = b.node('relu', 'act', {}, [b.batchNorm('conv_bn', conv)]);
    const network = b.build(b.conv('after', x, { kernel: [1, 1], filters: 3 }));
    const { chosen } = chooseSites(findSites(network));
    const options = { sites: chosen, variant: 'skeleton', branches: 'paper', seed: 6 } as const;
    const acnet = convertToAcnet(network, options).checkpoint;
    const { square, horizontal, vertical } = blockOf(acnet, 0);
    const tensors = new Map(acnet.tensors);
    const scale = (name: string, factor: (i: number) => number): void => {
      const { shape = [] } = tensors.get(name) ?? {};
      const values = tensors.get(name)?.readFloat32() ?? new Float32Array();
      tensors.set(
        name,
        tensorOf(
          name,
          shape,
          values.map((value, i) => value * factor(i)),
        ),
      );
    };
    for (const { batchNorm } of [square, horizontal, vertical]) {
      for (const role of ['gamma', 'beta'] as const)
        scale(batchNorm?.parameters[role] ?? '', (i) => (i === 1 ? tiny : 1));
    }
    // [1, 1, 4, 3]
    scale('after/kernel', (i) => (Math.floor(i / 3) === 1 ? 1 / tiny : 1));
    return { ...acnet, tensors };
  }

  it('is the same when fused, and named when it is another', async () => {
    const acnet = unequal();
    const { horizontal, square } = blockOf(acnet, 0);
    expect(await verify(acnet, fuseAcnet(acnet, { fold: true }).checkpoint)).toMatchObject({ passed: true });
    const name = horizontal.batchNorm?.parameters.gamma ?? '';
    const gamma = acnet.tensors.get(name)?.readFloat32().slice() ?? new Float32Array();
    gamma[1] *= 2;
    const changed = { ...acnet, tensors: new Map(acnet.tensors).set(name, tensorOf(name, [4], gamma)) };
    const result = await verify(acnet, fuseAcnet(changed, { fold: true }).checkpoint);
    expect(result.maxRel).toBeGreaterThan(0.01);
    expect({ passed: result.passed, worst: result.blocks?.worst }).toEqual({
      passed: false,
      worst: square.conv.name,
    });
  });
});

/** Two convolutions of one shape side by side, whose outputs are put one behind the other. */
function branched(): Checkpoint {
  const b = new NetworkBuilder(5);
  const x = b.input(6, 6, 3);
  const sides = ['left', 'right'].map((name) => b.conv(name, x, { kernel: [3, 3], filters: 4 }));
  return b.build(b.node('concatenate', 'both', { axis: -1 }, sides));
}

/** The network under other names, its nodes in another order where that is possible. */
function renamed(checkpoint: Checkpoint): Checkpoint {
  const { graph, tensors } = networkOf(checkpoint);
  const [input, left, right, ...rest] = graph.nodes;
  const to = (value: string): string => (value === 'input' ? value : `other_${value}`);
  const nodes = [input, right, left, ...rest].map((node) => ({
    ...node,
    name: to(node.name),
    inputs: node.inputs.map(to),
    outputs: node.outputs.map(to),
  }));
  return { ...checkpoint, graph: makeGraph({ nodes, outputs: graph.outputs.map(to) }, tensors) };
}

describe('networks of the same pieces', () => {
  it('are found to be so under other names and in another order', async () => {
    const result = await verify(branched(), renamed(branched()));
    expect(result).toMatchObject({ passed: true, blocks: { count: 2, maxRel: 0 } });
    expect(result.unpaired).toBeUndefined();
  });

  it('are not the same where two pieces have changed places', async () => {
    const network = branched();
    const { tensors } = network;
    const swapped = new Map(tensors);
    for (const [name, from] of [
      ['left/kernel', 'right/kernel'],
      ['right/kernel', 'left/kernel'],
    ]) {
      const values = tensors.get(from)?.readFloat32() ?? new Float32Array();
      swapped.set(name, tensorOf(name, [3, 3, 3, 4], values));
    }
    for (const other of [{ ...network, tensors: swapped }, renamed({ ...network, tensors: swapped })]) {
      expect((await verify(network, other)).passed).toBe(false);
    }
  });

  it('a conversion that keeps the output is exactly the same', async () => {
    const network = fuseAcnet(mobileNetwork(3, 1), { fold: false }).checkpoint;
    const { chosen } = chooseSites(findSites(network));
    const options = { sites: chosen, variant: 'border', branches: 'zero', seed: 1 } as const;
    const { checkpoint } = convertToAcnet(network, options);
    expect(await verify(network, checkpoint)).toMatchObject({ passed: true, blocks: { maxRel: 0 } });
    expect(await verify(checkpoint, network)).toMatchObject({ passed: true, blocks: { maxRel: 0 } });
  });
});

describe('networks of different pieces', () => {
  const biased = (offset: number): Checkpoint => {
    const b = new NetworkBuilder(4);
    const x = b.conv('conv', b.input(6, 6, 2), { kernel: [3, 3], filters: 3, bias: false });
    return b.build(b.node('rescaling', 'bias', { scale: [1], offset: [offset] }, [x]));
  };
  const own = (): Checkpoint => {
    const b = new NetworkBuilder(4);
    const network = b.build(b.conv('conv', b.input(6, 6, 2), { kernel: [3, 3], filters: 3 }));
    const bias = tensorOf('conv/bias', [3], new Float32Array(3).fill(0.5));
    return { ...network, tensors: new Map(network.tensors).set('conv/bias', bias) };
  };

  it('are compared by their outputs, and it is said why', async () => {
    const same = await verify(own(), biased(0.5));
    expect(same.passed).toBe(true);
    expect(same.blocks).toBeUndefined();
    expect(same.unpaired).toBe('output 1 comes from elsewhere');
    const other = await verify(own(), biased(0.501));
    expect(other.passed).toBe(false);
    expect(failureOf(other)).toMatch(
      /^the fused network does not give the outputs of the trained one on 4 images: largest relative difference .*e−4, allowed 0.00001$/,
    );
  });

  it('so are those of which another layer differs', async () => {
    const network = mobileNetwork(3, 1);
    const bias = tensorOf('head/bias', [6], new Float32Array(6).fill(3));
    const other = { ...network, tensors: new Map(network.tensors).set('head/bias', bias) };
    expect(await verify(network, other)).toMatchObject({
      passed: false,
      unpaired: 'the weights of head differ',
    });
  });
});
