import { describe, expect, it } from 'vitest';
import { toFloat32 } from '../../../src/core/tensor/decode';
import { DictTensor, KERNEL_ORDERS } from '../../../src/core/formats/state-dict/tensor';

/** IEEE 754, 3.6: 1 sign bit, the exponent with its bias, the fraction. */
function meaning(bits: number, exponentBits: number, fractionBits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits & 0x7fff) >> fractionBits;
  const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

describe.each([
  ['float16', 5, 10],
  ['bfloat16', 8, 7],
] as const)('numbers in %s', (dtype, exponentBits, fractionBits) => {
  const bits = Uint16Array.from({ length: 0x10000 }, (_, i) => i);

  it('are all read as they are defined', () => {
    const values = toFloat32(new Uint8Array(bits.buffer), dtype);
    const wrong = bits.filter((each) => !Object.is(values[each], meaning(each, exponentBits, fractionBits)));
    expect([...wrong]).toEqual([]);
  });

  it.each(['oihw', 'ohwi'] as const)(
    'are summed by position and filter in kernels of more than one piece: %s',
    (layout) => {
      const [filters, channels, height, width] = [90, 130, 3, 4];
      const finite = Uint16Array.from(
        { length: filters * channels * height * width },
        (_, i) => (i * 7919) % 0x3c00,
      );
      const shape =
        layout === 'oihw' ? [filters, channels, height, width] : [filters, height, width, channels];
      const stored = { name: 'w', dtype, shape, readBytes: () => new Uint8Array(finite.buffer) };
      const kernel = new DictTensor(stored, KERNEL_ORDERS[layout]);
      const values = kernel.readFloat32();
      const expected = new Float64Array(height * width * filters);
      values.forEach((value, i) => {
        const filter = i % filters;
        const position = Math.floor(i / (filters * channels));
        expected[position * filters + filter] += Math.abs(value);
      });
      const sums = kernel.absoluteSums();
      expect(sums).toHaveLength(expected.length);
      sums.forEach((sum, i) => expect(Math.abs(sum - expected[i])).toBeLessThanOrEqual(1e-12 * expected[i]));
    },
  );
});
