import { describe, expect, it } from 'vitest';
import type { OpAttributes } from '../../../src/core/graph/ops';
import { inputValuesOf } from '../../../src/core/graph/input-values';
import { tensorOf } from '../../../src/core/tensor/tensor';
import { NetworkBuilder } from '../../support/networks';

type Line = OpAttributes['rescaling'];

/** A network whose input goes through these lines, one after the other, into a convolution. */
function network(lines: readonly Line[], front: (b: NetworkBuilder, x: string) => string = (_b, x) => x) {
  const b = new NetworkBuilder();
  const x = lines.reduce((value, line) => b.apply('rescaling', value, line), front(b, b.input([8, 8, 3])));
  return b.finish(b.conv(x, 2, [3, 3]));
}

const scaled = (scale: number, offset = 0): Line => ({ scale: [scale], offset: [offset] });
const IMAGENET: Line = {
  scale: [1 / 0.229, 1 / 0.224, 1 / 0.225],
  offset: [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225],
};

describe('the values that a network takes', () => {
  it.each<readonly [string, readonly Line[], number | undefined]>([
    ['1/255', [scaled(1 / 255)], 255],
    ['−1 to 1', [scaled(1 / 127.5, -1)], 255],
    ['−1 to 1 in two steps', [scaled(1 / 127.5), scaled(1, -1)], 255],
    ['means of 0–255 only', [{ scale: [1], offset: [-103.9, -116.8, -123.7] }], 255],
    ["1/255, then ImageNet's", [scaled(1 / 255), IMAGENET], 255],
    ["ImageNet's of 0–1", [IMAGENET], 1],
    ['−1 to 1 of 0–1', [scaled(2, -1)], 1],
    ['0–1 made 0–255, less means', [scaled(255), scaled(1, -110)], 1],
    ["what is ImageNet's already, made −1 to 1", [scaled(0.458, -0.03)], undefined],
    ['nothing', [scaled(1)], undefined],
    ['no layer', [], undefined],
  ])('follow from its lines: %s', (_name, lines, highest) => {
    expect(inputValuesOf(network(lines)).evidence?.highest).toBe(highest);
  });

  it('are likely only where both could be', () => {
    expect(inputValuesOf(network([scaled(1 / 10)])).evidence).toMatchObject({
      highest: 255,
      isCertain: false,
    });
    expect(inputValuesOf(network([scaled(1 / 40)])).evidence).toMatchObject({
      highest: 255,
      isCertain: true,
    });
  });

  it('are followed through what leaves them as they are, also where they are taken apart and joined', () => {
    const flipped = (b: NetworkBuilder, x: string): string => {
      const channels = [2, 1, 0].map((i) => b.apply('slice', x, { axis: 3, before: i, after: 2 - i }, 1));
      return b.apply('concatenate', channels, { axis: 3 }, 3);
    };
    const through = network([scaled(1 / 255)], (b, x) => {
      const sides = { top: 1, bottom: 1, left: 0, right: 2 };
      const resized = b.apply('resizing', b.apply('identity', x, {}), { size: [9, 7], method: 'bilinear' });
      return flipped(b, b.apply('cropping', b.apply('zeroPadding', resized, { sides }), { sides }));
    });
    expect(inputValuesOf(through).evidence).toMatchObject({ highest: 255, by: 'rescaling' });
    expect(inputValuesOf(through).scale).toEqual([1 / 255]);
  });

  it('are not known where something else reads the input too, or computes with it first', () => {
    const b = new NetworkBuilder();
    const input = b.input([8, 8, 3]);
    const both = b.finish(b.apply('add', [b.apply('rescaling', input, scaled(1 / 255)), b.relu(input)], {}));
    expect(inputValuesOf(both).evidence).toBeUndefined();
    const behind = network([scaled(1 / 255)], (c, x) => c.relu(x));
    expect(inputValuesOf(behind)).toEqual({ scale: [1], offset: [0] });
  });

  it.each([
    ['normalization', 'normalization', 130, 5000, 255],
    ['normalization of 0–1', 'normalization', 0.5, 0.08, 1],
    ['normalization that has seen nothing', 'normalization', 0, 1, undefined],
    ['batch norm', 'batchNorm', 130, 5000, 255],
    ['batch norm of 0–1', 'batchNorm', 0.4, 0.1, 1],
    ['batch norm that has seen nothing', 'batchNorm', 0, 1, undefined],
  ] as const)('follow from the statistics of a %s', (_name, op, mean, variance, highest) => {
    const b = new NetworkBuilder();
    const input = b.input([8, 8, 2]);
    const x =
      op === 'batchNorm' ? b.batchNorm(input) : b.weighted(op, input, {}, { mean: [2], variance: [2] });
    const { graph, tensors } = b.finish(b.conv(x, 2, [3, 3]));
    const node = graph.nodes.find((each) => each.op === op);
    const known = new Map(tensors);
    for (const [role, value] of Object.entries({ mean, variance })) {
      const name = node?.parameters[role] ?? '';
      known.set(name, tensorOf(name, [2], Float32Array.of(value, value)));
    }
    const { evidence, scale } = inputValuesOf({ graph, tensors: known });
    expect(evidence?.highest).toBe(highest);
    if (evidence) expect(evidence).toMatchObject({ by: op, layer: node?.name, isCertain: true });
    // A batch norm is a layer of the network; a normalization prepares its input.
    const line = op === 'batchNorm' ? 1 : 1 / Math.sqrt(variance);
    for (const value of scale) expect(value).toBeCloseTo(line, 6);
  });
});
