import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findBlocks } from '../../../src/core/acnet/blocks';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { findSites } from '../../../src/core/acnet/sites';
import type { Branches, Variant } from '../../../src/shared/choices';
import type { Checkpoint } from '../../../src/core/checkpoint';
import type { Pair } from '../../../src/core/graph/padding';
import {
  difference,
  NetworkBuilder,
  networkOf,
  normalTensor,
  withTrainedNorms,
} from '../../support/reference-networks';
import { referenceOutputs } from '../../support/reference';

/** One random case: a convolution with its surroundings. */
interface Case {
  readonly seed: number;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: 'same' | 'valid';
  /** Input size beyond the least that "valid" allows. */
  readonly extra: Pair;
  readonly groups: number;
  readonly bias: boolean;
  readonly norm: 'none' | 'direct' | 'behind relu';
  readonly gamma: boolean;
  readonly beta: boolean;
  readonly epsilon: number;
  readonly variant: Variant;
}

const pair = (min: number, max: number): fc.Arbitrary<Pair> =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

/** Mostly square kernels and strides, as networks have them. */
const mostlyEqual = (min: number, max: number): fc.Arbitrary<Pair> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min, max }).map((n): Pair => [n, n]) },
    { weight: 1, arbitrary: pair(min, max) },
  );

const anyCase: fc.Arbitrary<Case> = fc.record({
  seed: fc.nat(),
  kernel: mostlyEqual(2, 7),
  stride: mostlyEqual(1, 3),
  dilation: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Pair>([1, 1]) },
    { weight: 1, arbitrary: pair(1, 2) },
  ),
  padding: fc.constantFrom('same', 'valid'),
  extra: pair(0, 5),
  groups: fc.constantFrom(1, 1, 2),
  bias: fc.boolean(),
  norm: fc.constantFrom('none', 'direct', 'direct', 'behind relu'),
  gamma: fc.boolean(),
  beta: fc.boolean(),
  epsilon: fc.constantFrom(1e-5, 1e-3, 1e-2),
  variant: fc.constantFrom('skeleton', 'skeleton', 'border'),
});

function inputSize({ kernel, dilation, extra }: Case): Pair {
  const size = (axis: 0 | 1): number => (kernel[axis] - 1) * dilation[axis] + 1 + extra[axis];
  return [size(0), size(1)];
}

/** input → (conv under test → batch norm, or not) → a 1 × 1 convolution that keeps the value in sight. */
function networkFor(test: Case): Checkpoint {
  const builder = new NetworkBuilder(test.seed);
  const { kernel, stride, dilation, padding, groups, bias } = test;
  const input = builder.input(...inputSize(test), 2 * groups);
  let value = builder.conv('conv', input, { kernel, stride, dilation, padding, groups, bias, filters: 4 });
  if (test.norm === 'behind relu') value = builder.node('relu', 'relu', {}, [value]);
  if (test.norm !== 'none') value = builder.batchNorm('bn', value, test);
  return builder.build(value);
}

function outputOf(checkpoint: Checkpoint, test: Case, training = false) {
  const network = networkOf(checkpoint);
  const channels = network.graph.shapes.get(network.graph.inputs[0])?.[3];
  const input = normalTensor([2, ...inputSize(test), Number(channels)], test.seed + 1);
  return referenceOutputs(network, [input], { training })[0];
}

function convert(checkpoint: Checkpoint, test: Case, branches: Branches): Checkpoint {
  const sites = findSites(checkpoint).filter(({ eligible }) => eligible);
  expect(sites.map(({ name }) => name)).toEqual(['conv']);
  return convertToAcnet(checkpoint, { sites, variant: test.variant, branches, seed: test.seed }).checkpoint;
}

const runs = { numRuns: 250 };

describe('random networks', () => {
  it('preserve changes nothing at inference, and nothing in training where a batch norm was absorbed', () => {
    fc.assert(
      fc.property(anyCase, (test) => {
        const original = networkFor(test);
        const converted = convert(original, test, 'zero');
        const gap = difference(outputOf(original, test), outputOf(converted, test));
        // An inserted batch norm divides by √(float32(1 − ε) + ε), which is 1 in float32 and 1 ± 2⁻²⁶ in float64.
        expect(gap.maxAbs).toBeLessThanOrEqual(test.norm === 'direct' ? 0 : 1e-6);
        if (test.norm !== 'direct') return;
        const inTraining = difference(outputOf(original, test, true), outputOf(converted, test, true));
        expect(inTraining.maxAbs).toBe(0);
      }),
      runs,
    );
  });

  it('fusing a trained block changes the output by at most 1e-5 of its largest value, in both forms', () => {
    fc.assert(
      fc.property(anyCase, fc.boolean(), (test, fold) => {
        const converted = withTrainedNorms(convert(networkFor(test), test, 'paper'), test.seed + 2);
        const { checkpoint, fused } = fuseAcnet(converted, { fold });
        expect(fused).toEqual(['conv']);
        expect(difference(outputOf(converted, test), outputOf(checkpoint, test)).maxRel).toBeLessThanOrEqual(
          1e-5,
        );
      }),
      runs,
    );
  });

  it('fusing gives back the layers that were there', () => {
    fc.assert(
      fc.property(anyCase, fc.boolean(), (test, fold) => {
        const original = networkFor(test);
        const { checkpoint } = fuseAcnet(convert(original, test, 'zero'), { fold });
        const expected = networkOf(original).graph.nodes.filter(
          ({ name }) => !(fold && test.norm === 'direct' && name === 'bn'),
        );
        const strip = ({ parameters: _, inputs: __, ...node }: (typeof expected)[number]) => node;
        expect(networkOf(checkpoint).graph.nodes.map(strip)).toEqual(expected.map(strip));
        if (test.norm === 'direct' && !fold) {
          expect([...checkpoint.tensors.keys()].sort()).toEqual([...original.tensors.keys()].sort());
        }
      }),
      runs,
    );
  });

  it('recognises what it made, on the rows and columns asked for', () => {
    fc.assert(
      fc.property(anyCase, (test) => {
        const { graph } = networkOf(convert(networkFor(test), test, 'zero'));
        const [block] = findBlocks(graph);
        const at = (k: number): number => (test.variant === 'border' ? k - 1 : Math.floor((k - 1) / 2));
        expect([block.row, block.column]).toEqual([at(test.kernel[0]), at(test.kernel[1])]);
        expect(block.square.conv.name).toBe('conv');
        const others = graph.nodes.filter(({ name }) => !block.nodes.has(name)).map(({ name }) => name);
        expect(others).toEqual(['input', ...(test.norm === 'behind relu' ? ['relu', 'bn'] : [])]);
      }),
      runs,
    );
  });
});
