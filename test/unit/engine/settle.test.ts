import { describe, expect, it } from 'vitest';
import type { Primitive, Value } from '../../../src/core/graph/lowering';
import { samePadding, windowOutput } from '../../../src/core/graph/padding';
import { settled } from '../../../src/engine/plan/settle';

const LARGEST = 2 ** 31 - 1;
const value = (...shape: (number | null)[]): Value => ({ id: 0, shape });

interface Axis {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: 'same' | 'valid';
}

/** Which elements of the input each output of one axis is made of, and by which of the kernel; undefined without outputs. */
function meetings({ size, kernel, stride, dilation, padding }: Axis): string | undefined {
  const outputs = windowOutput(size, kernel, stride, dilation, padding) ?? 0;
  if (outputs < 1) return undefined;
  const before = padding === 'same' ? samePadding(size, kernel, stride, dilation)[0] : 0;
  return Array.from({ length: outputs }, (_, output) =>
    Array.from({ length: kernel }, (_, tap) => [output * stride - before + tap * dilation, tap])
      .filter(([position]) => position >= 0 && position < size)
      .join(' '),
  ).join(' | ');
}

/** The same of a pooling window, whose elements are alike. */
function covered({ size, kernel, stride, padding }: Axis): string | undefined {
  const outputs = windowOutput(size, kernel, stride, 1, padding) ?? 0;
  if (outputs < 1) return undefined;
  const before = padding === 'same' ? samePadding(size, kernel, stride, 1)[0] : 0;
  return Array.from({ length: outputs }, (_, output) => {
    const start = output * stride - before;
    return `${Math.max(start, 0)} to ${Math.min(start + kernel, size)}`;
  }).join(' | ');
}

const lengths = (size: number): number[] =>
  [1, 2, 3, size - 1, size, size + 1, 2 * size, 2 * size + 1, 2 * size + 2, 2 * size + 3]
    .concat([50, 51, 1000003, 2 ** 29, LARGEST])
    .filter((length) => length > 0);

const PADDINGS = ['same', 'valid'] as const;

describe('settings beyond the input', () => {
  const sizes = [1, 2, 3, 4, 5, 8, 9];

  it('of a convolution become smaller ones by which the same elements meet', () => {
    let changed = 0;
    for (const padding of PADDINGS)
      for (const size of sizes)
        for (const kernel of [1, 2, 3, 4, 5, 7])
          for (const stride of lengths(size))
            for (const dilation of lengths(size)) {
              const asked = { size, kernel, stride, dilation, padding };
              const expected = meetings(asked);
              if (expected === undefined) continue;
              const step = settled(
                { op: 'conv2d', strides: [stride, 1], dilations: [dilation, 1], padding },
                [value(null, size, 1, 1), value(kernel, 1, 1, 1)],
                [[null, windowOutput(size, kernel, stride, dilation, padding), 1, 1]],
              );
              if (step.op !== 'conv2d') throw new Error(step.op);
              const [[strides], [dilations]] = [step.strides, step.dilations];
              expect(meetings({ ...asked, stride: strides, dilation: dilations })).toBe(expected);
              expect(strides).toBeLessThanOrEqual(size);
              expect(dilations).toBeLessThanOrEqual(2 * size + 2);
              changed += Number(strides !== stride || dilations !== dilation);
            }
    expect(changed).toBeGreaterThan(1000);
  });

  it('of a pooling become smaller ones that cover the same elements', () => {
    let changed = 0;
    for (const padding of PADDINGS)
      for (const size of sizes)
        for (const kernel of lengths(size))
          for (const stride of lengths(size)) {
            const asked = { size, kernel, stride, dilation: 1, padding };
            const expected = covered(asked);
            if (expected === undefined) continue;
            const step = settled(
              { op: 'maxPool', strides: [stride, 1], poolSize: [kernel, 1], padding },
              [value(null, size, 1, 1)],
              [[null, windowOutput(size, kernel, stride, 1, padding), 1, 1]],
            );
            if (step.op !== 'maxPool') throw new Error(step.op);
            expect(covered({ ...asked, stride: step.strides[0], kernel: step.poolSize[0] })).toBe(expected);
            changed += Number(step.strides[0] !== stride || step.poolSize[0] !== kernel);
          }
    expect(changed).toBeGreaterThan(500);
  });

  const images = { x: value(2, 9, 5, 1), kernel: value(3, 3, 1, 1), y: value(2, 1, 1, 1) };
  const window = { strides: [LARGEST, LARGEST], dilations: [LARGEST, 2], padding: 'same' } as const;
  const pooling = { strides: [LARGEST, 2], poolSize: [LARGEST, 12], padding: 'same' } as const;
  const GRADIENTS: ReadonlyArray<readonly [Primitive, Value[], Value]> = [
    [{ op: 'conv2dBackpropInput', ...window }, [images.kernel, images.y], images.x],
    [{ op: 'conv2dBackpropFilter', ...window }, [images.x, images.y], images.kernel],
    [{ op: 'maxPoolGrad', ...pooling }, [images.x, images.y, images.y], images.x],
    [{ op: 'averagePoolGrad', ...pooling }, [images.y], images.x],
  ];
  it.each(GRADIENTS)('are those of the forward step in $op', (primitive, inputs, output) => {
    const step = settled(primitive, inputs, [output.shape]);
    expect(step).toMatchObject(
      primitive.op.startsWith('conv')
        ? { strides: [9, 5], dilations: [20, 2] }
        : { strides: [9, 2], poolSize: [19, 11] },
    );
  });

  it('that are within stay as they are', () => {
    const step: Primitive = { op: 'conv2d', strides: [2, 3], dilations: [4, 1], padding: 'same' };
    expect(settled(step, [value(null, 9, 9, 1), value(3, 3, 1, 1)], [[null, 5, 3, 1]])).toEqual(step);
  });
});

describe('settings that nothing can compute with', () => {
  const run = (primitive: Primitive, shape: (number | null)[] = [null, 1, 1, 1]) =>
    settled(primitive, [value(null, 4, 4, 1), value(3, 3, 1, 1)], [shape]);

  it.each([0, -1, 1.5, NaN, Infinity, LARGEST + 1, 2 ** 60])('%d are refused in a sentence', (odd) => {
    const padding = 'same';
    expect(() => run({ op: 'conv2d', strides: [1, odd], dilations: [1, 1], padding })).toThrow(
      `strides cannot be run (expected whole numbers from 1 to 2147483647; found 1 × ${odd})`,
    );
    expect(() => run({ op: 'conv2d', strides: [1, 1], dilations: [odd, 1], padding })).toThrow(
      'dilations cannot be run',
    );
    expect(() => run({ op: 'averagePool', strides: [odd, 1], poolSize: [1, 1], padding })).toThrow(
      'strides cannot be run',
    );
    expect(() => run({ op: 'maxPool', strides: [1, 1], poolSize: [odd, 1], padding })).toThrow(
      'the size of a pooling window cannot be run',
    );
  });

  it('an image too large to be counted is refused, one that is only large is not', () => {
    const pad = { op: 'pad', sides: { top: 0, bottom: 0, left: 0, right: 0 }, value: 0 } as const;
    expect(() => run(pad, [null, 2 ** 20, 2 ** 20, 2])).toThrow(
      'a value of the network is too large to be computed (expected at most ',
    );
    expect(() => run(pad, [null, 2 ** 31, 1, 1])).toThrow('too large to be computed');
    expect(run(pad, [null, 2 ** 20, 2 ** 20, 1])).toBe(pad);
  });

  it('an output padding is refused where the strides lead elsewhere', () => {
    const step = { op: 'conv2dBackpropInput', strides: [2, 2], dilations: [1, 1], padding: 'same' } as const;
    const run = (length: number) =>
      settled(step, [value(3, 3, 1, 1), value(null, 4, 4, 1)], [[null, length, 8, 1]]);
    expect(() => run(9)).toThrow('output padding of a transposed convolution does not fit its strides');
    expect(run(7)).toEqual(step);
  });
});
