import { NO_PADDING, type Sides } from '../../../graph/padding';
import { Mismatch } from './network';
import type { Recogniser } from './recogniser';

/** Windows of 3 × 3, two pixels apart, the last ones over the edge, as Caffe counts them. */
const POOL = { size: 3, stride: 2 } as const;
const EDGE: Sides = { ...NO_PADDING, bottom: 1, right: 1 };
/** Pixels of its images along each side. */
const SIZE = 32;

/**
 * Caffe's `cifar10_quick`: `conv1` to `conv3` of 5 × 5, `ip1` and `ip2`, with batch norms `bn1` to `bn3` or without. The first
 * convolution is followed by max pooling and ReLU, the others by ReLU and average pooling.
 */
export const cifarQuick: Recogniser = (net) => {
  if (!net.has('conv1') || !net.has('conv3') || !net.hasTensor('ip1.weight')) return undefined;
  const hasNorm = net.hasTensor('bn1.weight');
  let value = net.input('conv1', SIZE);
  for (const layer of [1, 2, 3]) {
    const path = `conv${layer}`;
    if (net.kernel(path).some((size) => size !== 5)) throw new Mismatch('a kernel not 5 × 5');
    value = net.convolution(path, hasNorm ? `bn${layer}` : undefined, value);
    const place = { at: `relu${layer}` } as const;
    value =
      layer === 1
        ? net.relu(net.pool('maxPool', value, POOL, EDGE), place)
        : net.pool('averagePool', net.relu(value, place), POOL, EDGE);
  }
  const hidden = net.dense('ip1', net.flatten(value));
  return {
    output: net.dense('ip2', hidden),
    label: `Cifar-quick${hasNorm ? ' with batch norm' : ''}`,
    reason: 'three 5 × 5 convolutions conv1 to conv3 and two layers ip1 and ip2',
  };
};
