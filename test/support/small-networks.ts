import { tensorOf } from '../../src/core/tensor/tensor';
import type { Network } from '../../src/engine/backend';
import { NetworkBuilder } from './networks';
import { temporaryFolder, writeFiles } from './folders';
import { greyPng } from './pictures';

/** The network with some tensors replaced by what a function makes of their values. */
export function changed(
  network: Network,
  name: RegExp,
  change: (value: number, i: number) => number,
): Network {
  const tensors = new Map(network.tensors);
  for (const [key, tensor] of tensors) {
    if (name.test(key)) tensors.set(key, tensorOf(key, tensor.shape, tensor.readFloat32().map(change)));
  }
  return { ...network, tensors };
}

/** A convolution, a batch norm, a classifier of ten classes. */
export function smallNetwork(end: 'softmax' | 'sigmoid' = 'softmax', units = 10, seed = 1): Network {
  const b = new NetworkBuilder(seed);
  const x = b.relu(b.batchNorm(b.conv(b.input([6, 6, 1]), 4, [3, 3])));
  const pooled = b.apply('globalAveragePool', x, { keepDims: false });
  return b.finish(b.apply(end, b.dense(pooled, units), {}));
}

/**
 * Bright or dark: the mean of the image is compared with one half. A 3×3 kernel whose weights are all 1/9 (on grey
 * images of one value, inner positions give that value), then logits (0.5 − mean, mean − 0.5) · 10.
 */
export function brightness(end: 'softmax' | 'relu' = 'softmax'): Network {
  const b = new NetworkBuilder();
  const x = b.conv(b.input([3, 3, 1]), 1, [3, 3], { padding: 'valid' });
  const flat = b.apply('flatten', x, {}, 1);
  const network = b.finish(b.apply(end, b.dense(flat, 2), {}));
  const ninth = changed(network, /conv.*kernel/, () => 1 / 9);
  const weighted = changed(ninth, /dense.*kernel/, (_, i) => [-10, 10][i]);
  return changed(weighted, /dense.*bias/, (_, i) => [5, -5][i]);
}

/** Bright and dark images, one of each wrongly filed. */
export function brightImages(): string {
  return writeFiles(temporaryFolder(), {
    'dark/1.png': greyPng(0, 3),
    'dark/2.png': greyPng(100, 3),
    'dark/wrong.png': greyPng(255, 3),
    'light/1.png': greyPng(200, 3),
    'light/2.png': greyPng(255, 3),
  });
}
