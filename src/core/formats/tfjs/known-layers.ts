import { UnsupportedError } from '../../errors';
import { isArray, isObject, type Json, type JsonObject } from '../../encodings/json';
import type { EmittedLayer, EmittedModel } from '../keras/write/emit';

/** Layers of TensorFlow.js 4.22 that a rewriting may add. A layer that was in the file already stays, whatever it is. */
const ADDABLE = new Set([
  ...['InputLayer', 'Conv2D', 'DepthwiseConv2D', 'SeparableConv2D', 'Conv2DTranspose', 'Dense'],
  ...[
    'BatchNormalization',
    'LayerNormalization',
    'Activation',
    'ReLU',
    'LeakyReLU',
    'PReLU',
    'ELU',
    'Softmax',
  ],
  ...['Add', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Concatenate', 'ZeroPadding2D', 'Cropping2D'],
  ...['MaxPooling2D', 'AveragePooling2D', 'GlobalMaxPooling2D', 'GlobalAveragePooling2D', 'UpSampling2D'],
  ...['Flatten', 'Reshape', 'Permute', 'Dropout', 'Rescaling', 'Resizing'],
]);

/**
 * Refuses what TensorFlow.js would load wrongly or not at all.
 * @throws UnsupportedError naming the layer.
 */
export function checkLayers({ model, layers }: EmittedModel): void {
  const configs = configsOf(model);
  for (const layer of layers) {
    if (layer.inside) checkLayers(layer.inside);
    else checkLayer(layer, configs.get(layer.name) ?? {});
  }
}

function checkLayer({ name, className, source }: EmittedLayer, config: JsonObject): void {
  if (source?.className !== className && !ADDABLE.has(className)) {
    throw new UnsupportedError('TensorFlow.js has no such layer', { where: name, found: className });
  }
  // It reads the setting and ignores it, so the model would not load, or compute something else.
  if (className === 'Conv2D' && typeof config.groups === 'number' && config.groups > 1) {
    throw new UnsupportedError('TensorFlow.js has no grouped convolution', {
      where: name,
      found: `groups ${config.groups}`,
      expected: 'groups 1',
    });
  }
  if (className === 'Conv2DTranspose') checkTransposed(name, config);
}

/** Settings that its transposed convolution ignores. */
function checkTransposed(name: string, { output_padding: added, dilation_rate: dilation }: JsonObject): void {
  const found = [
    ...((added ?? null) === null ? [] : [`output_padding ${JSON.stringify(added)}`]),
    ...(isArray(dilation) && dilation.some((size) => size !== 1)
      ? [`dilation_rate ${JSON.stringify(dilation)}`]
      : []),
  ];
  if (found.length === 0) return;
  throw new UnsupportedError('TensorFlow.js has no transposed convolution with these settings', {
    where: name,
    found: found.join(', '),
  });
}

function configsOf({ config }: JsonObject): Map<Json | undefined, JsonObject> {
  const layers: readonly Json[] = isObject(config) && isArray(config.layers) ? config.layers : [];
  const configs = layers.flatMap((layer) =>
    isObject(layer) && isObject(layer.config) ? [layer.config] : [],
  );
  return new Map(configs.map((each) => [each.name, each]));
}
