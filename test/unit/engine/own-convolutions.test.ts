import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConvolutionAttributes } from '../../../src/core/graph/lowering';
import { samePadding, windowOutputs } from '../../../src/core/graph/padding';
import {
  addConvolution,
  convolutionTarget,
  DEFAULT_TARGET,
  inferenceTarget,
  type ConvolutionCall,
} from '../../../src/engine/tensorflow/convolution';
import { DT, GraphBuilder } from '../../../src/engine/tensorflow/graph-def';
import { GraphSession } from '../../../src/engine/tensorflow/session';
import { nativeLibraries } from '../../support/native';
import { NetworkBuilder } from '../../support/networks';

type Result = ConvolutionCall['result'];
type Shape4 = readonly [number, number, number, number];

/** A convolution with sizes for everything. */
interface Case {
  readonly x: Shape4;
  readonly kernel: readonly [number, number];
  readonly filters: number;
  readonly strides: readonly [number, number];
  readonly padding: 'same' | 'valid';
}

const OWN = { ...DEFAULT_TARGET, ownConvolutions: true };
const size = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

function shapesOf({ x, kernel, filters, strides, padding }: Case) {
  const window = { kernel, stride: strides, dilation: [1, 1] } as const;
  const [height, width] = windowOutputs([x[1], x[2]], window, padding);
  return { x, kernel: [...kernel, x[3], filters], y: [x[0], height ?? 0, width ?? 0, filters] } as const;
}

/** Operands of each result, and the result's own shape. */
const OPERANDS = { y: ['x', 'kernel'], x: ['kernel', 'y'], kernel: ['x', 'y'] } as const;

interface Made {
  readonly values: Float32Array;
  /** The operators in the graph. */
  readonly operators: string;
}

/** One result by the engine's graph, from operands of random numbers. */
function compute(test: Case, result: Result, target = OWN): Made {
  const shapes = shapesOf(test);
  const graph = new GraphBuilder();
  const type = target.precision === 'float32' ? DT.float : DT.bfloat16;
  const feeds = new Map(
    OPERANDS[result].map((name) => [name, { shape: shapes[name], values: operand(test, name) }] as const),
  );
  const [first, second] = OPERANDS[result].map((name) => {
    const attributes = { dtype: { type: DT.float }, shape: { shape: shapes[name] } };
    return graph.cast(graph.add('Placeholder', [], attributes, name), DT.float, type);
  });
  const attributes: ConvolutionAttributes = {
    strides: test.strides,
    dilations: [1, 1],
    padding: test.padding,
  };
  const call = { graph, target, result, attributes, operands: [first, second], shapes } as const;
  const made = graph.cast(addConvolution(call), type, DT.float);
  const inputs = new Map(OPERANDS[result].map((name) => [name, name]));
  const signature = { run: { inputs, outputs: new Map([['made', made]]) } };
  const session = new GraphSession(nativeLibraries().binding, graph, signature);
  try {
    const operators = Buffer.from(graph.savedModel(signature)).toString('latin1');
    return { values: Float32Array.from(session.run('run', feeds)[0].values), operators };
  } finally {
    session.dispose();
  }
}

function operand(test: Case, name: 'x' | 'kernel' | 'y'): Float32Array {
  const seed = { x: 1, kernel: 2, y: 3 }[name];
  return new NetworkBuilder(seed).values(...shapesOf(test)[name]);
}

/** Calls back for each product of the convolution, with the three elements' places. */
function eachProduct(test: Case, call: (x: number, kernel: number, y: number) => void): void {
  const { x, kernel, y } = shapesOf(test);
  const before = [0, 1].map((axis) =>
    test.padding === 'valid' ? 0 : samePadding(x[axis + 1] ?? 0, test.kernel[axis], test.strides[axis], 1)[0],
  );
  const [batch, rows, columns, filters] = y;
  for (let n = 0; n < batch; n++) {
    for (let p = 0; p < rows * columns; p++) {
      const [h, w] = [Math.floor(p / columns), p % columns];
      for (let tap = 0; tap < kernel[0] * kernel[1]; tap++) {
        const [i, j] = [Math.floor(tap / kernel[1]), tap % kernel[1]];
        const row = h * test.strides[0] + i - before[0];
        const column = w * test.strides[1] + j - before[1];
        if (row < 0 || row >= x[1] || column < 0 || column >= x[2]) continue;
        const pixel = ((n * x[1] + row) * x[2] + column) * x[3];
        for (let c = 0; c < x[3]; c++) {
          for (let f = 0; f < filters; f++) {
            call(pixel + c, (tap * x[3] + c) * filters + f, (n * rows * columns + p) * filters + f);
          }
        }
      }
    }
  }
}

/** The result in double precision, and for each number the sum of its products' sizes, which rounding goes by. */
function expected(test: Case, result: Result): readonly [Float64Array, Float64Array] {
  const sum = new Float64Array(size(shapesOf(test)[result]));
  const sizes = new Float64Array(sum.length);
  const [a, b] = OPERANDS[result].map((name) => operand(test, name));
  eachProduct(test, (x, kernel, y) => {
    const places = { x, kernel, y };
    const [first, second] = OPERANDS[result].map((name) => places[name]);
    const product = a[first] * b[second];
    sum[places[result]] += product;
    sizes[places[result]] += Math.abs(product);
  });
  return [sum, sizes];
}

/** The largest error as a share of what the products come to. */
function errorOf(found: Float32Array, [sum, sizes]: readonly [Float64Array, Float64Array]): number {
  return sum.reduce((worst, v, i) => Math.max(worst, Math.abs(v - found[i]) / (sizes[i] || 1)), 0);
}

const cases = fc
  .record({
    x: fc.tuple(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 5, max: 12 }),
      fc.integer({ min: 5, max: 14 }),
      fc.constantFrom(1, 3, 5, 7, 16, 32, 33, 80),
    ),
    kernel: fc.constantFrom(
      [3, 3] as const,
      [1, 3] as const,
      [3, 1] as const,
      [5, 5] as const,
      [2, 4] as const,
    ),
    filters: fc.constantFrom(16, 32, 48),
    strides: fc.constantFrom(
      [1, 1] as const,
      [1, 1] as const,
      [2, 2] as const,
      [1, 2] as const,
      [3, 2] as const,
    ),
    padding: fc.constantFrom('same' as const, 'valid' as const),
  })
  .filter(({ x, filters }) => x[3] * filters <= 1600);

const ofImage = (test: Case): boolean => Math.max(...test.strides) === 1 && test.x[3] % 16 === 0;

describe('convolutions of our own', () => {
  it.each<Result>(['y', 'kernel', 'x'])('are right whatever the sizes: %s', (result) => {
    const wanted = result === 'x' ? cases.filter(ofImage) : cases;
    fc.assert(
      fc.property(wanted, (test) => {
        const { values, operators } = compute(test, result);
        expect(operators).toContain('AcnetConvolution');
        expect(errorOf(values, expected(test, result))).toBeLessThan(3e-6);
      }),
      { numRuns: 25 },
    );
  });

  const WIDE: Case = {
    x: [2, 3, 210, 16],
    kernel: [3, 3],
    filters: 16,
    strides: [1, 1],
    padding: 'same',
  };

  it.each<Result>(['y', 'kernel', 'x'])('are right on rows that are a part each: %s', (result) => {
    expect(errorOf(compute(WIDE, result).values, expected(WIDE, result))).toBeLessThan(3e-6);
  });

  it.each<Result>(['y', 'kernel', 'x'])('round the result alone in bfloat16: %s', (result) => {
    const narrow = compute(WIDE, result, { ...OWN, precision: 'bfloat16' }).values;
    const exact = compute(WIDE, result, { ...DEFAULT_TARGET, precision: 'bfloat16', widened: true }).values;
    // The same operands and sums of float32: what is apart is a sum that lay between two bfloat16.
    narrow.forEach((v, i) =>
      expect(Math.abs(v - exact[i])).toBeLessThanOrEqual(2 ** -7 * Math.abs(exact[i]) + 1e-3),
    );
    expect(narrow.filter((v, i) => v !== exact[i]).length).toBeLessThan(0.02 * narrow.length);
  });

  it('give the same bits each time, whichever thread does which part', () => {
    for (const result of ['y', 'kernel', 'x'] as const) {
      const first = compute(WIDE, result).values;
      for (let i = 0; i < 3; i++) expect(compute(WIDE, result).values).toEqual(first);
    }
  });

  it.each<[string, Result, Partial<Case>]>([
    ['other numbers of filters', 'y', { filters: 24 }],
    ['other numbers of channels, by the image', 'x', { x: [1, 6, 6, 8] }],
    ['strides, by the image', 'x', { x: [1, 6, 6, 16], strides: [2, 2] }],
    ['one position', 'y', { kernel: [1, 1] }],
  ])('are left to TensorFlow: %s', (_, result, change) => {
    const test = { ...WIDE, x: [1, 6, 6, 16] as const, ...change };
    const { values, operators } = compute(test, result);
    expect(operators).not.toContain('AcnetConvolution');
    expect(errorOf(values, expected(test, result))).toBeLessThan(3e-6);
  });

  it('an empty batch and an image smaller than the kernel give nothing', () => {
    expect(compute({ ...WIDE, x: [0, 6, 6, 16] }, 'y').values).toHaveLength(0);
    const gradient = compute({ ...WIDE, x: [0, 6, 6, 16] }, 'kernel').values;
    expect([...new Set(gradient)]).toEqual([0]);
  });

  it('are used in training where they are faster, and not to compute forwards', () => {
    const gradients = { groupedGradients: true, dilatedGradients: true };
    for (const ownConvolutions of [true, false]) {
      const capabilities = { float32: gradients, bfloat16Norms: true, ownConvolutions };
      expect(convolutionTarget('float32', capabilities).ownConvolutions).toBe(ownConvolutions);
      expect(inferenceTarget(capabilities).ownConvolutions).toBe(false);
    }
  });
});
