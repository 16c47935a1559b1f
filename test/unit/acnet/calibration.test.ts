import { describe, expect, it } from 'vitest';
import { applyCalibration, calibrationValues } from '../../../src/core/acnet/calibration';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { findSites } from '../../../src/core/acnet/sites';
import type { Branches } from '../../../src/shared/choices';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { UserError } from '../../../src/core/errors';
import { momentsOf } from '../../support/reference-ops';
import { difference, NetworkBuilder, networkOf, normalTensor } from '../../support/reference-networks';
import { referenceOutputs, runReference } from '../../support/reference';

const DATA = normalTensor([16, 6, 6, 2], 5);

/** conv (bias) → ReLU → conv → batch norm: one block gets a batch norm, the other absorbs one. */
function network(): Checkpoint {
  const builder = new NetworkBuilder(2);
  const conv1 = builder.conv('conv1', builder.input(6, 6, 2), { kernel: [3, 3], filters: 3 });
  const relu = builder.node('relu', 'relu', {}, [conv1]);
  return builder.build(builder.batchNorm('bn2', builder.conv('conv2', relu, { kernel: [3, 3], filters: 3 })));
}

function convert(checkpoint: Checkpoint, branches: Branches = 'zero', gamma?: number) {
  return convertToAcnet(checkpoint, {
    sites: findSites(checkpoint),
    variant: 'skeleton',
    branches,
    seed: 1,
    gamma,
  });
}

function calibrate(checkpoint: Checkpoint, fresh: readonly string[]): Checkpoint {
  const values = runReference(networkOf(checkpoint), [DATA]);
  const moments = calibrationValues(checkpoint, fresh).map(({ batchNorm, value }) => {
    const measured = values.get(value);
    if (!measured) throw new Error(`no ${value}`);
    return [batchNorm, momentsOf(measured)] as const;
  });
  return applyCalibration(checkpoint, new Map(moments));
}

const output = (checkpoint: Checkpoint, training = false) =>
  referenceOutputs(networkOf(checkpoint), [DATA], { training })[0];
const values = (checkpoint: Checkpoint, name: string) => [
  ...(checkpoint.tensors.get(name)?.readFloat32() ?? []),
];

describe('calibration', () => {
  it('names the new batch norms and what they read', () => {
    const { checkpoint, fresh } = convert(network());
    expect(calibrationValues(checkpoint, fresh)).toEqual([
      { batchNorm: 'conv1_acb_bn', value: 'conv1' },
      { batchNorm: 'conv1_acb_hor_bn', value: 'conv1_acb_hor' },
      { batchNorm: 'conv1_acb_ver_bn', value: 'conv1_acb_ver' },
      { batchNorm: 'conv2_acb_hor_bn', value: 'conv2_acb_hor' },
      { batchNorm: 'conv2_acb_ver_bn', value: 'conv2_acb_ver' },
    ]);
  });

  it('an inserted batch norm first adds the bias, then γ = √(v + ε), β = bias + μ', () => {
    const original = network();
    const { checkpoint, fresh } = convert(original);
    const bias = values(original, 'conv1/bias');
    expect(values(checkpoint, 'conv1_acb_bn/beta')).toEqual(bias);
    expect(checkpoint.tensors.has('conv1/bias')).toBe(false);
    const calibrated = calibrate(checkpoint, fresh);
    const mean = values(calibrated, 'conv1_acb_bn/moving_mean');
    const variance = values(calibrated, 'conv1_acb_bn/moving_variance');
    expect(Math.min(...mean.map(Math.abs))).toBeGreaterThan(0);
    values(calibrated, 'conv1_acb_bn/gamma').forEach((gamma, i) =>
      expect(gamma).toBeCloseTo(Math.sqrt(variance[i] + 1e-3), 6),
    );
    values(calibrated, 'conv1_acb_bn/beta').forEach((beta, i) =>
      expect(beta).toBeCloseTo(bias[i] + mean[i], 6),
    );
  });

  it('leaves the output of a preserve network as it was', () => {
    const { checkpoint, fresh } = convert(network());
    const calibrated = calibrate(checkpoint, fresh);
    expect(difference(output(network()), output(calibrated)).maxRel).toBeLessThanOrEqual(1e-6);
    expect(values(calibrated, 'conv1_acb_hor_bn/moving_mean')).not.toEqual([0, 0, 0]);
    expect(values(calibrated, 'conv1_acb_hor_bn/gamma')).toEqual([0, 0, 0]);
  });

  it('on the data measured, an inserted batch norm changes nothing in training either', () => {
    const builder = new NetworkBuilder(2);
    const original = builder.build(
      builder.conv('conv', builder.input(6, 6, 2), { kernel: [3, 3], filters: 3 }),
    );
    const { checkpoint, fresh } = convert(original);
    expect(difference(output(original), output(checkpoint, true)).maxRel).toBeGreaterThan(0.01);
    const calibrated = calibrate(checkpoint, fresh);
    expect(difference(output(original), output(calibrated, true)).maxRel).toBeLessThanOrEqual(1e-6);
  });

  it('asks for a kept, fused batch norm to be measured when it is absorbed again', () => {
    const fused = fuseAcnet(convert(network()).checkpoint, { fold: false }).checkpoint;
    const again = convert(fused);
    expect(again.fresh).toContain('bn2');
    const calibrated = calibrate(again.checkpoint, again.fresh);
    expect(values(calibrated, 'bn2/moving_variance')).not.toEqual(values(fused, 'bn2/moving_variance'));
    expect(difference(output(network()), output(calibrated)).maxRel).toBeLessThanOrEqual(1e-6);
  });

  it('random starts every branch anew: γ 1 or as given, plain statistics when measured', () => {
    const { checkpoint, fresh } = convert(network(), 'paper');
    expect(fresh).toContain('bn2');
    expect(values(checkpoint, 'bn2/gamma')).toEqual([1, 1, 1]);
    expect(values(checkpoint, 'bn2/beta')).toEqual([0, 0, 0]);
    expect(values(checkpoint, 'conv1/kernel')).not.toEqual(values(network(), 'conv1/kernel'));
    const calibrated = calibrate(checkpoint, fresh);
    expect(values(calibrated, 'conv1_acb_bn/gamma')).toEqual([1, 1, 1]);
    expect(values(calibrated, 'conv1_acb_bn/moving_variance')).not.toEqual([1, 1, 1]);
    const third = convert(network(), 'paper', 1 / 3).checkpoint;
    for (const name of ['bn2', 'conv1_acb_bn', 'conv2_acb_ver_bn']) {
      expect(values(third, `${name}/gamma`)[0]).toBe(Math.fround(1 / 3));
    }
  });

  it('refuses statistics of another width', () => {
    const { checkpoint } = convert(network());
    const wrong = new Map([['conv1_acb_bn', { mean: [0, 0], variance: [1, 1] }]]);
    expect(() => applyCalibration(checkpoint, wrong)).toThrow(UserError);
    const right = new Map([['conv1_acb_bn', { mean: [0, 0, 0], variance: [1, 1, 1] }]]);
    expect(values(applyCalibration(checkpoint, right), 'conv1_acb_bn/moving_variance')).toEqual([1, 1, 1]);
  });
});

describe('random kernels', () => {
  it('follow the seed and the layer, not what else is converted', () => {
    const kernel = (seed: number, all: boolean) => {
      const checkpoint = network();
      const sites = findSites(checkpoint).filter(({ name }) => all || name === 'conv2');
      const options = { sites, variant: 'skeleton', branches: 'zero', seed } as const;
      return values(convertToAcnet(checkpoint, options).checkpoint, 'conv2_acb_hor/kernel');
    };
    expect(kernel(1, true)).toEqual(kernel(1, false));
    expect(kernel(1, true)).not.toEqual(kernel(2, true));
  });

  it('have the variance 2 / fan-in', () => {
    const builder = new NetworkBuilder(1);
    const conv = builder.conv('conv', builder.input(8, 8, 32), { kernel: [3, 3], filters: 64 });
    const { checkpoint } = convert(builder.build(conv));
    const drawn = values(checkpoint, 'conv_acb_ver/kernel');
    const variance = drawn.reduce((sum, value) => sum + value * value, 0) / drawn.length;
    expect(drawn).toHaveLength(3 * 32 * 64);
    expect(variance * ((3 * 32) / 2)).toBeCloseTo(1, 1);
  });
});
