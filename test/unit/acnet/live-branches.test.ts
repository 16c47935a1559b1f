import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findBlocks } from '../../../src/core/acnet/blocks';
import { applyCalibration, calibrationValues } from '../../../src/core/acnet/calibration';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { kernelOf } from '../../../src/core/acnet/kernel';
import { liveBranches, type LiveOptions } from '../../../src/core/acnet/live-branches';
import { affineOf } from '../../../src/core/acnet/norm';
import { chooseSites, findSites } from '../../../src/core/acnet/sites';
import type { AcbBlock, Branch } from '../../../src/core/acnet/types';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { LIVE_BRANCHES, type Variant } from '../../../src/shared/choices';
import { probed } from '../../../src/operations/verify/blocks';
import { buildNetwork, CHANNELS, randomNetwork } from '../../support/random-networks';
import { NetworkBuilder, networkOf, normalTensor } from '../../support/reference-networks';
import { momentsOf } from '../../support/reference-ops';
import { runReference, type Tensor } from '../../support/reference';

/** Another one each run; one that failed is repeated with ACNET_TEST_SEED. */
const SEED = Number(process.env.ACNET_TEST_SEED ?? Date.now() % 2 ** 31);
const NETWORKS = process.env.ACNET_DEEP ? 800 : 48;
/** Of a block's largest output. */
const BOUND = 1e-6;

const blocksOf = (checkpoint: Checkpoint): AcbBlock[] =>
  findBlocks(networkOf(checkpoint).graph, checkpoint.tensors);

/** Statistics of what batch norms read. */
function measured(checkpoint: Checkpoint, fresh: readonly string[], input: Tensor): Checkpoint {
  const values = runReference(networkOf(checkpoint), [input]);
  const moments = calibrationValues(checkpoint, fresh).map(({ batchNorm, value }) => {
    const read = values.get(value);
    if (!read) throw new Error(`no ${value}`);
    return [batchNorm, momentsOf(read)] as const;
  });
  return applyCalibration(checkpoint, new Map(moments));
}

/** A network as blocks with γ = 0, and with live branches, both measured on the input. */
function started(source: Checkpoint, variant: Variant, options: LiveOptions, input: Tensor) {
  const { chosen } = chooseSites(findSites(source));
  const converted = convertToAcnet(source, { sites: chosen, variant, branches: options.branches, seed: 1 });
  const zero = measured(converted.checkpoint, converted.fresh, input);
  const unmeasured = liveBranches(zero, blocksOf(zero), options);
  const live = measured(unmeasured.checkpoint, unmeasured.fresh, input);
  return { zero, unmeasured: unmeasured.checkpoint, live };
}

/** What the outputs of each block differ by on its own inputs, of its largest output. */
function differences(a: Checkpoint, b: Checkpoint, input: Tensor): number[] {
  const pieces = probed(networkOf(a), networkOf(b));
  if ('reason' in pieces) throw new Error(pieces.reason);
  const values = runReference(pieces.network, [input]);
  const largest = pieces.values.map((name) => Math.sqrt(Math.max(...(values.get(name)?.data ?? [NaN]))));
  // A block behind units that are all dead puts out nothing, and must still do so.
  return Array.from({ length: largest.length / 2 }, (_, i) =>
    largest[2 * i] === 0 ? 0 : largest[2 * i] / largest[2 * i + 1],
  );
}

const rms = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values, (value) => value ** 2).reduce((sum, value) => sum + value, 0) / values.length);

describe('live branches', () => {
  it.each(LIVE_BRANCHES)(
    `%s: the blocks of random networks keep their outputs (ACNET_TEST_SEED=${SEED})`,
    (branches) => {
      let compared = 0;
      const property = fc.property(
        randomNetwork,
        fc.constantFrom<Variant>('skeleton', 'border'),
        fc.constantFrom(0.1, 0.5, 1),
        (network, variant, share) => {
          const source = buildNetwork(network);
          const input = normalTensor([4, ...network.size, CHANNELS], network.seed + 1);
          const { zero, unmeasured, live } = started(source, variant, { branches, share }, input);
          const fused = fuseAcnet(live, { fold: false }).checkpoint;
          for (const other of [unmeasured, live, fused]) {
            const found = differences(zero, other, input);
            compared += found.length;
            expect(Math.max(0, ...found)).toBeLessThanOrEqual(BOUND);
          }
        },
      );
      fc.assert(property, { numRuns: NETWORKS, seed: SEED });
      expect(compared).toBeGreaterThan(NETWORKS);
    },
  );

  const EPSILON = 1e-3;
  const INPUT = normalTensor([8, 7, 7, 3], 5);

  /** One convolution of six filters with a batch norm; γ of the last filter is 0. */
  function oneBlock(options: LiveOptions, variant: Variant = 'skeleton') {
    const b = new NetworkBuilder(4);
    const conv = b.conv('conv', b.input(7, 7, 3), { kernel: [3, 3], filters: 6, bias: false });
    const source = b.build(b.batchNorm('bn', conv, { epsilon: EPSILON }));
    const gamma = source.tensors.get('bn/gamma')?.readFloat32() ?? [];
    b.set('bn/gamma', [6], [...gamma].fill(0, 5));
    const { zero, live } = started(b.build('bn'), variant, options, INPUT);
    return { before: blocksOf(zero)[0], after: blocksOf(live)[0], zero, live };
  }

  /** A branch's weights, and its γ/σ, of each filter. */
  function filtersOf({ conv, batchNorm }: Branch, { tensors }: Checkpoint) {
    const { kernel, shape } = kernelOf(conv, tensors);
    if (!batchNorm) throw new Error('no batch norm');
    const { scale } = affineOf(batchNorm, tensors);
    return [...scale].map((a, f) => ({
      a,
      weights: [...kernel].filter((_, i) => i % shape[3] === f),
      gamma: tensors.get(batchNorm.parameters.gamma)?.readFloat32()[f] ?? NaN,
    }));
  }

  it.each(['skeleton', 'border'] as const)(
    'split: they take the share of the kernel on which they land, %s; the crossing is halved',
    (variant) => {
      const { before, after, zero, live } = oneBlock({ branches: 'split', share: 0.4 }, variant);
      const whole = filtersOf(before.square, zero);
      const [square, horizontal, vertical] = [after.square, after.horizontal, after.vertical].map((branch) =>
        filtersOf(branch, live),
      );
      const [row, column] = [after.row, after.column];
      for (const [f, { a, weights }] of whole.slice(0, 5).entries()) {
        weights.forEach((weight, i) => {
          const [y, x, channel] = [Math.floor(i / 9), Math.floor(i / 3) % 3, i % 3];
          const part = (y === row && x === column ? 0.2 : 0.4) * a * weight;
          const lands = { horizontal: y === row, vertical: x === column };
          const across = horizontal[f].a * horizontal[f].weights[x * 3 + channel];
          const down = vertical[f].a * vertical[f].weights[y * 3 + channel];
          if (lands.horizontal) expect(across).toBeCloseTo(part, 5);
          if (lands.vertical) expect(down).toBeCloseTo(part, 5);
          const rest = a * weight - (lands.horizontal ? part : 0) - (lands.vertical ? part : 0);
          expect(square[f].a * square[f].weights[i]).toBeCloseTo(rest, 5);
        });
        for (const branch of [horizontal, vertical])
          expect(rms(branch[f].weights) / rms(weights)).toBeCloseTo(1, 5);
      }
    },
  );

  it('compensated: they are random, of the size of the kernel, and put out the share of the block’s spread', () => {
    const share = 0.3;
    const { before, after, zero, live } = oneBlock({ branches: 'compensated', share });
    const whole = filtersOf(before.square, zero);
    const values = runReference(networkOf(live), [INPUT]);
    for (const branch of [after.horizontal, after.vertical]) {
      const out = values.get(branch.batchNorm?.name ?? '');
      if (!out) throw new Error('no output');
      const spread = momentsOf(out).variance;
      filtersOf(branch, live)
        .slice(0, 5)
        .forEach(({ weights, gamma, a }, f) => {
          expect(rms(weights) / rms(whole[f].weights)).toBeCloseTo(1, 5);
          const wanted = share * Math.abs(whole[f].gamma);
          // Where a branch's output is small by itself, its weights count as much as the square's, and no more.
          const most = Math.abs(whole[f].a);
          expect(Math.abs(a)).toBeLessThanOrEqual(most * (1 + 1e-6));
          if (Math.abs(a) < most * (1 - 1e-6)) {
            expect(gamma / (Math.sign(whole[f].gamma) * wanted)).toBeCloseTo(1, 4);
            expect(Math.sqrt(spread[f]) / wanted).toBeCloseTo(1, 2);
          } else expect(Math.sqrt(spread[f])).toBeLessThan(wanted);
        });
    }
    // The kernels differ from each other and from the square's rows: nothing of it is in them.
    const [square] = filtersOf(before.square, zero);
    const [across] = filtersOf(after.horizontal, live);
    const inRow = square.weights.filter((_, i) => Math.floor(i / 9) === after.row);
    const product = across.weights.reduce((sum, weight, i) => sum + weight * inRow[i], 0);
    expect(Math.abs(product) / (9 * rms(across.weights) * rms(inRow))).toBeLessThan(0.9);
  });

  it.each(LIVE_BRANCHES)(
    '%s: a filter that its batch norm silences keeps its branches at γ = 0',
    (branches) => {
      const { after, before, zero, live } = oneBlock({ branches, share: 0.5 });
      for (const branch of [after.horizontal, after.vertical]) {
        const filters = filtersOf(branch, live);
        expect(filters.map(({ gamma }) => gamma !== 0)).toEqual([true, true, true, true, true, false]);
        expect(rms(filters[5].weights)).toBeGreaterThan(0);
      }
      const [was, is] = [filtersOf(before.square, zero)[5], filtersOf(after.square, live)[5]];
      expect(is.weights).toEqual(was.weights);
    },
  );
});
