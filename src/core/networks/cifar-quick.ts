import { Layers, type NetworkSize, type Parameters } from './layers';

/** Channels of the three convolutions, and the width of the layer behind them. */
const FILTERS = [32, 32, 64] as const;
const HIDDEN = 64;
/** Pixels that the three poolings leave of 32 × 32. */
const PIXELS = 4 * 4;

/** Caffe's `cifar10_quick`, by its names: three 5 × 5 convolutions, each with a pooling, and two linear layers. */
export function cifarQuick({ classes, channels }: NetworkSize, hasNorm: boolean): Parameters {
  const layers = new Layers();
  let inputs = channels;
  FILTERS.forEach((filters, i) => {
    layers.convolution(`conv${i + 1}`, inputs, filters, 5, !hasNorm);
    if (hasNorm) layers.batchNorm(`bn${i + 1}`, filters);
    inputs = filters;
  });
  layers.linear('ip1', inputs * PIXELS, HIDDEN);
  layers.linear('ip2', HIDDEN, classes);
  return layers.parameters;
}
