import { Layers, type NetworkSize, type Parameters } from './layers';

/** Filters of the 13 convolutions of Simonyan and Zisserman's (2015) configuration D; a max pooling ends each stage. */
const STAGES = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [512, 512, 512],
] as const;

/** VGG-16 for 32 × 32 images: its five poolings leave one pixel, so that one linear layer follows. */
export function cifarVgg16({ classes, channels }: NetworkSize, hasNorm: boolean): Parameters {
  const layers = new Layers();
  let inputs = channels;
  let index = 0;
  for (const stage of STAGES) {
    for (const filters of stage) {
      layers.convolution(`features.${index}`, inputs, filters, 3, true);
      if (hasNorm) layers.batchNorm(`features.${index + 1}`, filters);
      // The convolution, its batch norm, ReLU.
      index += hasNorm ? 3 : 2;
      inputs = filters;
    }
    // The pooling.
    index += 1;
  }
  layers.linear('classifier', inputs, classes);
  return layers.parameters;
}
