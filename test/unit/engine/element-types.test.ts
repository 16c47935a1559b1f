import { describe, expect, it } from 'vitest';
import type { Primitive } from '../../../src/core/graph/lowering';
import { chooseTypes } from '../../../src/engine/tensorflow/element-types';
import { DT } from '../../../src/engine/tensorflow/graph-def';

const { float, bfloat16 } = DT;
const BFLOAT16 = { precision: 'bfloat16', bfloat16Norms: true } as const;
const CONV: Primitive = { op: 'conv2d', strides: [1, 1], dilations: [1, 1], padding: 'same' };
const NORM: Primitive = { op: 'batchNormTraining', epsilon: 1e-3 };

describe('types of a step in bfloat16', () => {
  it('convolutions are narrow, whatever their operands were', () => {
    const types = chooseTypes(CONV, [float, float], BFLOAT16);
    expect(types.inputs).toEqual([bfloat16, bfloat16]);
    expect([types.images, types.output(0)]).toEqual([bfloat16, bfloat16]);
  });

  it("a batch norm's images are narrow, its parameters and statistics are not", () => {
    const types = chooseTypes(NORM, [bfloat16, float, float], BFLOAT16);
    expect(types.inputs).toEqual([bfloat16, float, float]);
    expect([0, 1, 2].map(types.output)).toEqual([bfloat16, float, float]);
  });

  it('a batch norm is float32 where TensorFlow has no other', () => {
    const types = chooseTypes(NORM, [bfloat16, float, float], { ...BFLOAT16, bfloat16Norms: false });
    expect(types.inputs).toEqual([float, float, float]);
    expect(types.output(0)).toBe(float);
  });

  it('what follows a convolution stays narrow; what follows none is not made so', () => {
    expect(chooseTypes({ op: 'addN' }, [float, bfloat16], BFLOAT16).inputs).toEqual([bfloat16, bfloat16]);
    expect(chooseTypes({ op: 'addN' }, [float, float], BFLOAT16).inputs).toEqual([float, float]);
    expect(chooseTypes({ op: 'unary', fn: 'relu6' }, [bfloat16], BFLOAT16).output(0)).toBe(bfloat16);
  });

  it.each<Primitive>([
    { op: 'biasAddGrad' },
    { op: 'softmaxCrossEntropy' },
    { op: 'movingAverage', keep: 0.9, weight: 0.1 },
    { op: 'unary', fn: 'exp' },
    { op: 'averagePool', poolSize: [2, 2], strides: [2, 2], padding: 'valid' },
  ])('$op is float32', (primitive) => {
    const types = chooseTypes(primitive, [bfloat16, bfloat16], BFLOAT16);
    expect(types.inputs).toEqual([float, float]);
    expect(types.output(0)).toBe(float);
  });

  it('nothing is narrow in float32', () => {
    const types = chooseTypes(CONV, [float, float], { ...BFLOAT16, precision: 'float32' });
    expect([...types.inputs, types.output(0), types.images]).toEqual([float, float, float, float]);
  });
});
