import { Layers, type NetworkSize, type Parameters } from './layers';

/** He et al. (2016), section 4.2: three stages of 16, 32 and 64 channels for 32 × 32 images, shortcuts without weights. */
export function cifarResnet({ classes, channels }: NetworkSize, depth: 20 | 32 | 44 | 56): Parameters {
  const layers = new Layers();
  layers.convolution('conv1', channels, 16, 3);
  layers.batchNorm('bn1', 16);
  const blocks = (depth - 2) / 6;
  [16, 32, 64].forEach((filters, stage) => {
    for (let block = 0; block < blocks; block++) {
      const inputs = block === 0 && stage > 0 ? filters / 2 : filters;
      basicBlock(layers, `layer${stage + 1}.${block}`, inputs, filters);
    }
  });
  layers.linear('linear', 64, classes);
  return layers.parameters;
}

/** ResNet-18 with projections where the shape changes (option B); `small` has a 3 × 3 stem and no pooling behind it. */
export function resnet18({ classes, channels }: NetworkSize, form: 'imagenet' | 'small'): Parameters {
  const layers = new Layers();
  layers.convolution('conv1', channels, 64, form === 'small' ? 3 : 7);
  layers.batchNorm('bn1', 64);
  [64, 128, 256, 512].forEach((filters, stage) => {
    const inputs = stage === 0 ? filters : filters / 2;
    const first = `layer${stage + 1}.0`;
    basicBlock(layers, first, inputs, filters);
    if (inputs !== filters) {
      layers.convolution(`${first}.downsample.0`, inputs, filters, 1);
      layers.batchNorm(`${first}.downsample.1`, filters);
    }
    basicBlock(layers, `layer${stage + 1}.1`, filters, filters);
  });
  layers.linear('fc', 512, classes);
  return layers.parameters;
}

function basicBlock(layers: Layers, path: string, inputs: number, filters: number): void {
  layers.convolution(`${path}.conv1`, inputs, filters, 3);
  layers.batchNorm(`${path}.bn1`, filters);
  layers.convolution(`${path}.conv2`, filters, filters, 3);
  layers.batchNorm(`${path}.bn2`, filters);
}
