import type { Sides } from '../../../graph/padding';
import type { NoAttributes } from '../../../graph/ops/pointwise';
import { isArray, type Json, type JsonObject } from '../../../encodings/json';
import { UnknownSetting, type Fields } from './fields';
import type { LayerKind } from './kind';
import { isLastAxis, plainPadding } from './weighted';

/** Kinds without weights. */
const none = () => [];
const nothing: NoAttributes = {};

type Stateless = 'softmax' | 'flatten';

function stateless<T extends Stateless>(
  op: T,
  classes: LayerKind['classes'],
  read: (fields: Fields, rank: number | null) => void,
  settings: JsonObject,
): LayerKind<T> {
  return {
    op,
    classes,
    read(fields, rank) {
      read(fields, rank);
      return { attributes: nothing, roles: [] };
    },
    write: () => settings,
    roles: none,
  };
}

/** Softmax over the last axis. */
export const softmax = stateless(
  'softmax',
  ['Softmax'],
  (fields, rank) => {
    if (!isLastAxis(fields.get('axis') ?? -1, rank)) throw new UnknownSetting('axis');
  },
  { axis: -1 },
);

/** All dims after the batch as one. */
export const flatten = stateless('flatten', ['Flatten'], (fields) => fields.channelsLast(), {
  data_format: 'channels_last',
});

/** Axes of size 1 in a noise shape; a size other than 1 has to be the input's, which is not known here. */
function sharedNoise(shape: Json): readonly number[] {
  if (shape === null) return [];
  if (!isArray(shape) || shape.some((size) => size !== null && size !== 1))
    throw new UnknownSetting('noise_shape');
  return shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
}

/** The class Dropout; a noise shape may share its mask along whole axes. */
export const dropout: LayerKind<'dropout'> = {
  op: 'dropout',
  classes: ['Dropout'],
  read(fields) {
    const rate = fields.number('rate');
    const sharedAxes = sharedNoise(fields.get('noise_shape') ?? null);
    return { attributes: sharedAxes.length > 0 ? { rate, sharedAxes } : { rate }, roles: [] };
  },
  write: ({ attributes }) => ({ rate: attributes.rate }),
  roles: none,
};

/** Whole channels are dropped. */
export const spatialDropout: LayerKind<'dropout'> = {
  op: 'dropout',
  classes: ['SpatialDropout2D'],
  read(fields) {
    fields.channelsLast();
    return { attributes: { rate: fields.number('rate'), sharedAxes: [1, 2] }, roles: [] };
  },
  writes: () => false,
  write: ({ attributes }) => ({ rate: attributes.rate }),
  roles: none,
};

/** The class GaussianNoise. */
export const gaussianNoise: LayerKind<'noise'> = {
  op: 'noise',
  classes: ['GaussianNoise'],
  read: (fields) => ({ attributes: { how: 'add', amount: amountOf(fields, 'stddev') }, roles: [] }),
  writes: ({ attributes: { how } }) => how === 'add',
  write: ({ attributes: { amount } }) => ({ stddev: amount }),
  roles: none,
};

/** The class GaussianDropout. */
export const gaussianDropout: LayerKind<'noise'> = {
  op: 'noise',
  classes: ['GaussianDropout'],
  read(fields) {
    const amount = amountOf(fields, 'rate');
    if (amount >= 1) throw new UnknownSetting('rate');
    return { attributes: { how: 'multiply', amount }, roles: [] };
  },
  write: ({ attributes: { amount } }) => ({ rate: amount }),
  roles: none,
};

function amountOf(fields: Fields, key: string): number {
  const amount = fields.number(key);
  if (!(amount >= 0)) throw new UnknownSetting(key);
  return amount;
}

/** Layers that make pictures or values random only in training. */
const AUGMENTATIONS = [
  ...['RandomFlip', 'RandomRotation', 'RandomTranslation', 'RandomZoom', 'RandomShear', 'RandomPerspective'],
  ...['RandomBrightness', 'RandomContrast', 'RandomHue', 'RandomSaturation', 'RandomSharpness'],
  ...[
    'RandomColorJitter',
    'RandomColorDegeneration',
    'RandomGrayscale',
    'RandomInvert',
    'RandomPosterization',
  ],
  ...['RandomErasing', 'RandomGaussianBlur', 'RandomElasticTransform', 'AlphaDropout'],
];

/** Layers that pass their input on when a network is run, and here in training too: augmentation is the recipe's. */
export const passing: LayerKind<'identity'> = {
  op: 'identity',
  classes: ['Identity', 'ActivityRegularization', ...AUGMENTATIONS],
  read(fields) {
    fields.ignoreOthers();
    return { attributes: nothing, roles: [] };
  },
  writes: () => false,
  write: () => ({}),
  roles: none,
};

/** True for a class whose layers do in Keras's training what they do not do here. */
export function isAugmentation(className: string): boolean {
  return AUGMENTATIONS.includes(className);
}

/** x · scale + offset. */
export const rescaling: LayerKind<'rescaling'> = {
  op: 'rescaling',
  classes: ['Rescaling'],
  read: (fields) => ({
    attributes: { scale: fields.numbers('scale', 1), offset: fields.numbers('offset', 0) },
    roles: [],
  }),
  write: ({ attributes: { scale, offset } }) => ({ scale: single(scale), offset: single(offset) }),
  roles: none,
};

function single(values: readonly number[]): number | readonly number[] {
  const [first, ...others] = values;
  return first !== undefined && others.length === 0 ? first : values;
}

function pool<T extends 'maxPool' | 'averagePool'>(op: T, className: string): LayerKind<T> {
  return {
    op,
    classes: [className],
    read(fields) {
      fields.channelsLast();
      const poolSize = fields.pair('pool_size', [2, 2]);
      return {
        attributes: { poolSize, strides: fields.pair('strides', poolSize), padding: fields.padding() },
        roles: [],
      };
    },
    write: ({ name, attributes }) => ({
      pool_size: attributes.poolSize,
      strides: attributes.strides,
      padding: plainPadding(name, attributes.padding),
      data_format: 'channels_last',
    }),
    roles: none,
  };
}

/** The class MaxPooling2D. */
export const maxPool = pool('maxPool', 'MaxPooling2D');
/** The class AveragePooling2D. */
export const averagePool = pool('averagePool', 'AveragePooling2D');

function globalPool<T extends 'globalMaxPool' | 'globalAveragePool'>(op: T, className: string): LayerKind<T> {
  return {
    op,
    classes: [className],
    read(fields) {
      fields.channelsLast();
      return { attributes: { keepDims: fields.flag('keepdims', false) }, roles: [] };
    },
    write: ({ attributes }) => ({ data_format: 'channels_last', keepdims: attributes.keepDims }),
    roles: none,
  };
}

/** The class GlobalMaxPooling2D. */
export const globalMaxPool = globalPool('globalMaxPool', 'GlobalMaxPooling2D');
/** The class GlobalAveragePooling2D. */
export const globalAveragePool = globalPool('globalAveragePool', 'GlobalAveragePooling2D');

function sided<T extends 'zeroPadding' | 'cropping'>(op: T, className: string, key: string): LayerKind<T> {
  return {
    op,
    classes: [className],
    read(fields) {
      fields.channelsLast();
      return { attributes: { sides: fields.sides(key) }, roles: [] };
    },
    write: ({ attributes: { sides } }) => ({ [key]: nested(sides), data_format: 'channels_last' }),
    roles: none,
  };
}

function nested({ top, bottom, left, right }: Sides): readonly (readonly number[])[] {
  return [
    [top, bottom],
    [left, right],
  ];
}

/** The class ZeroPadding2D. */
export const zeroPadding = sided('zeroPadding', 'ZeroPadding2D', 'padding');
/** The class Cropping2D. */
export const cropping = sided('cropping', 'Cropping2D', 'cropping');
