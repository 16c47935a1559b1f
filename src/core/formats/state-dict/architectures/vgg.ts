import { item } from '../../../item';
import { Mismatch, type NetworkBuilder } from './network';
import type { Recogniser } from './recogniser';

/** The mean over 7 × 7 fields changes nothing at this size, and would be something else at another one. */
const IMAGENET = 224;

/**
 * VGG of any depth, with and without batch norm: `features.N`, and behind them torchvision's `classifier.0/3/6`, or for
 * 32 × 32 images one `classifier`.
 */
export const vgg: Recogniser = (net) => {
  if (!net.has('features.0') || net.unit('features.0')?.weight.shape[2] !== 3) return undefined;
  const indices = Array.from({ length: 64 }, (_, i) => i).filter((i) => net.has(`features.${i}`));
  // A convolution, its batch norm, ReLU; where the next one comes later, a pooling lies between. In every depth two
  // convolutions follow each other somewhere, and their distance tells whether there are batch norms.
  const hasNorm = Math.min(...indices.slice(1).map((index, i) => index - item(indices, i))) > 2;
  const step = hasNorm ? 3 : 2;
  const isSmall = net.hasTensor('classifier.weight');
  let value = net.input('features.0', isSmall ? 32 : IMAGENET);
  indices.forEach((index, i) => {
    if (net.kernel(`features.${index}`).some((size) => size !== 3)) throw new Mismatch('a kernel not 3 × 3');
    value = net.convolution(`features.${index}`, hasNorm ? `features.${index + 1}` : undefined, value);
    value = net.relu(value, { at: `features.${index + step - 1}` });
    const next = indices.at(i + 1);
    const gap = next === undefined ? step + 1 : next - index;
    if (gap !== step && gap !== step + 1)
      throw new Mismatch(`nothing is known between features.${index} and the next`);
    if (gap === step + 1)
      value = net.maxPool(value, `features.${index + step}`, { size: 2, stride: 2, padding: 0 });
  });
  const convolutions = `${indices.length} 3 × 3 convolutions under features`;
  const norms = hasNorm ? ' with batch norm' : '';
  if (isSmall) {
    return {
      output: net.dense('classifier', net.flatten(value)),
      // Named as the one with three layers at its end.
      label: `CIFAR VGG-${indices.length + 3}${norms}`,
      reason: `${convolutions} and one layer classifier`,
    };
  }
  return {
    output: threeLayers(net, value),
    label: `VGG-${indices.length + 3}${norms} (torchvision)`,
    reason: `${convolutions} and three layers under classifier`,
  };
};

function threeLayers(net: NetworkBuilder, features: string): string {
  net.tree.expectAverage(['avgpool'], 7);
  let value = net.flatten(features);
  value = net.relu(net.dense('classifier.0', value), { at: 'classifier.1' });
  value = net.relu(net.dense('classifier.3', value), { at: 'classifier.4' });
  return net.dense('classifier.6', value);
}
