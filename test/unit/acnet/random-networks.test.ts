import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { chooseSites, findSites } from '../../../src/core/acnet/sites';
import type { Branches, Variant } from '../../../src/shared/choices';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { makeGraph } from '../../../src/core/graph/build';
import type { Backend } from '../../../src/engine/backend';
import { nativeBackend } from '../../support/native';
import { buildNetwork, CHANNELS, randomNetwork } from '../../support/random-networks';
import { difference, networkOf, normalTensor, withTrainedNorms } from '../../support/reference-networks';
import { referenceOutputs, tensor, type Tensor } from '../../support/reference';

/** Another one each run; one that failed is repeated with ACNET_TEST_SEED. */
const SEED = Number(process.env.ACNET_TEST_SEED ?? Date.now() % 2 ** 31);
const NETWORKS = process.env.ACNET_DEEP ? 2016 : 252;
/** Every so many networks, one is run by TensorFlow too. */
const STEP = 7;
const BOUND = 1e-5;

let backend: Backend;
beforeAll(async () => {
  console.log(`random networks: ACNET_TEST_SEED=${SEED}`);
  backend = await nativeBackend();
});

type Runner = (checkpoint: Checkpoint, input: Tensor) => Tensor;

const inFloat64: Runner = (checkpoint, input) => referenceOutputs(networkOf(checkpoint), [input])[0];

const inTensorflow: Runner = (checkpoint, input) => {
  const session = backend.inference(networkOf(checkpoint));
  const [{ shape, values }] = session.run([Float32Array.from(input.data)], input.shape[0]);
  session.dispose();
  return tensor(shape, values);
};

function convert(checkpoint: Checkpoint, variant: Variant, branches: Branches, seed: number) {
  const { chosen } = chooseSites(findSites(checkpoint));
  return convertToAcnet(checkpoint, { sites: chosen, variant, branches, seed });
}

/** Another ε in each branch of a block. */
function withOwnEpsilons(checkpoint: Checkpoint): Checkpoint {
  const { graph, tensors } = networkOf(checkpoint);
  const nodes = graph.nodes.map((node, i) =>
    node.op === 'batchNorm'
      ? { ...node, attributes: { ...node.attributes, epsilon: [1e-5, 1e-3, 0.02, 1.5][i % 4] } }
      : node,
  );
  return { ...checkpoint, graph: makeGraph({ nodes, outputs: graph.outputs }, tensors) };
}

describe('random networks', () => {
  it(`convert and fuse to the same outputs (ACNET_TEST_SEED=${SEED})`, () => {
    let tried = 0;
    const inBoth = { float64: 0, float32: 0, blocks: 0 };
    const property = fc.property(
      randomNetwork,
      fc.constantFrom<Variant>('skeleton', 'border'),
      (network, variant) => {
        const original = buildNetwork(network);
        const { stages, size, seed } = network;
        const preserved = convert(original, variant, 'zero', seed);
        expect(preserved.converted).toEqual(stages.map((_, i) => `conv${i}`));
        const random = convert(original, variant, 'paper', seed).checkpoint;
        const trained = withOwnEpsilons(withTrainedNorms(random, seed + 2));
        const [kept, folded] = [false, true].map((fold) => fuseAcnet(trained, { fold }));
        expect(kept.fused).toEqual(preserved.converted);
        expect(folded.fused).toEqual(preserved.converted);
        inBoth.blocks += stages.length;

        const input = normalTensor([1, ...size, CHANNELS], seed + 1);
        const hold = (run: Runner): void => {
          const before = run(original, input);
          expect(difference(before, run(preserved.checkpoint, input)).maxRel).toBeLessThanOrEqual(BOUND);
          const block = run(trained, input);
          for (const { checkpoint } of [kept, folded]) {
            expect(difference(block, run(checkpoint, input)).maxRel).toBeLessThanOrEqual(BOUND);
          }
        };
        hold(inFloat64);
        inBoth.float64++;
        if (tried++ % STEP !== 0) return;
        hold(inTensorflow);
        inBoth.float32++;
      },
    );
    fc.assert(property, { numRuns: NETWORKS, seed: SEED });
    expect(inBoth.float64).toBe(NETWORKS);
    expect(inBoth.float32).toBe(Math.ceil(NETWORKS / STEP));
    expect(inBoth.blocks).toBeGreaterThan(NETWORKS);
  });
});
