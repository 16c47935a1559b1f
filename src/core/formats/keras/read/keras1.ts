import { isArray, isObject, type Json, type JsonObject } from '../../../encodings/json';

/**
 * A layer of Keras 1 in Keras 2's words; any other as it is. What Keras 2 has no words for stays as well, and is then
 * a layer that nobody knows.
 * Source: keras/legacy/interfaces.py and keras/legacy/layers.py of Keras 2.0.
 */
export function inKeras2Words(layer: JsonObject): JsonObject {
  const { class_name: className, config } = layer;
  if (typeof className !== 'string' || !isObject(config) || layer.module !== undefined) return layer;
  const renames = RENAMES.get(className);
  if (className === 'Merge') return merged(layer, config) ?? layer;
  if (!renames || !Object.keys(config).some((key) => OLD_WORDS.has(key))) return layer;
  const translated = translate(config, renames);
  return translated
    ? { ...layer, class_name: CLASSES.get(className) ?? className, config: translated }
    : layer;
}

const CLASSES = new Map([
  ['Convolution2D', 'Conv2D'],
  ['AtrousConvolution2D', 'Conv2D'],
  ['SeparableConvolution2D', 'SeparableConv2D'],
]);

/** Words that say that a configuration is Keras 1's. */
const OLD_WORDS = new Set([
  ...['nb_filter', 'output_dim', 'border_mode', 'dim_ordering', 'subsample', 'p', 'mode', 'input_dtype'],
  ...['init', 'gamma_init', 'beta_init', 'bias'],
]);

const IMAGES = { border_mode: 'padding', dim_ordering: 'data_format' };
const TRAINED = {
  bias: 'use_bias',
  init: 'kernel_initializer',
  W_regularizer: 'kernel_regularizer',
  b_regularizer: 'bias_regularizer',
  W_constraint: 'kernel_constraint',
  b_constraint: 'bias_constraint',
};
const CONVOLUTION = { ...IMAGES, ...TRAINED, nb_filter: 'filters', subsample: 'strides' };

/** New words by old ones, by class. */
const RENAMES = new Map(
  Object.entries({
    Convolution2D: CONVOLUTION,
    AtrousConvolution2D: { ...CONVOLUTION, atrous_rate: 'dilation_rate' },
    SeparableConvolution2D: CONVOLUTION,
    Dense: { ...TRAINED, output_dim: 'units' },
    BatchNormalization: { gamma_init: 'gamma_initializer', beta_init: 'beta_initializer' },
    Dropout: { p: 'rate' },
    MaxPooling2D: IMAGES,
    AveragePooling2D: IMAGES,
    GlobalMaxPooling2D: IMAGES,
    GlobalAveragePooling2D: IMAGES,
    ZeroPadding2D: IMAGES,
    Cropping2D: IMAGES,
    UpSampling2D: IMAGES,
    InputLayer: { input_dtype: 'dtype' },
    Activation: {},
    Flatten: {},
  }).map(([name, words]) => [name, new Map(Object.entries(words))] as const),
);

/** Said elsewhere, or not at all in Keras 2. */
const DROPPED = new Set(['nb_row', 'nb_col', 'input_dim', 'mode', 'input_dtype']);

function translate(config: JsonObject, renames: ReadonlyMap<string, string>): JsonObject | undefined {
  // Statistics by sample and by sample and axis have no heir.
  if (config.mode !== undefined && config.mode !== 0) return undefined;
  const entries: [string, Json][] = [];
  const { nb_row: height, nb_col: width } = config;
  if (height !== undefined && width !== undefined) entries.push(['kernel_size', [height, width]]);
  for (const [key, value] of Object.entries(config)) {
    const name = renames.get(key);
    if (name === undefined && DROPPED.has(key)) continue;
    const translated = valueOf(name ?? key, value ?? null);
    if (translated === undefined) return undefined;
    entries.push([name ?? key, translated]);
  }
  return Object.fromEntries(entries);
}

/** A setting's value in Keras 2's words; `undefined` if there are none. */
function valueOf(name: string, value: Json): Json | undefined {
  if (name === 'data_format') return typeof value === 'string' ? ORDERINGS.get(value) : undefined;
  if (name.endsWith('_constraint')) return value === null ? null : undefined;
  if (name.endsWith('_initializer'))
    return (typeof value === 'string' ? INITIALISERS.get(value) : undefined) ?? value;
  if (!name.endsWith('_regularizer') || !isObject(value) || value.class_name !== undefined) return value;
  return { class_name: 'L1L2', config: { l1: value.l1 ?? 0, l2: value.l2 ?? 0 } };
}

const ORDERINGS = new Map([
  ['tf', 'channels_last'],
  ['th', 'channels_first'],
  ['channels_last', 'channels_last'],
  ['channels_first', 'channels_first'],
]);

const INITIALISERS = new Map([
  ['normal', 'random_normal'],
  ['uniform', 'random_uniform'],
  ['zero', 'zeros'],
  ['one', 'ones'],
]);

const MERGES = new Map([
  ['sum', 'Add'],
  ['mul', 'Multiply'],
  ['ave', 'Average'],
  ['max', 'Maximum'],
  ['concat', 'Concatenate'],
]);

/** `Merge`, which only Keras 1 has, as the layer that took its place; it was built by name of what it does. */
function merged(
  layer: JsonObject,
  { name, mode, concat_axis: axis, layers }: JsonObject,
): JsonObject | undefined {
  const className = typeof mode === 'string' ? MERGES.get(mode) : undefined;
  // A merge of models, in a sequential one, has no inputs of its own to be called on.
  if (className === undefined || (isArray(layers) && layers.length > 0)) return undefined;
  const config = { name, ...(className === 'Concatenate' ? { axis: axis ?? -1 } : {}) };
  return { ...layer, class_name: className, config };
}
