import { UnsupportedError } from '../../../errors';
import type { NodeOf } from '../../../graph/graph';
import type { BoundedReluAttributes } from '../../../graph/ops/activations';
import type { OpAttributes } from '../../../graph/ops';
import type { JsonObject } from '../../../encodings/json';
import { UnknownSetting, type Fields } from './fields';
import { present, type LayerKind } from './kind';

// Activations that are layers with settings of their own.

const none = (): readonly string[] => [];

/** A number that newer and older Keras call differently. */
function either(fields: Fields, newer: string, older: string, fallback: number): number {
  const old = fields.get(older) === undefined ? fallback : fields.number(older, fallback);
  return fields.number(newer, old);
}

function reluSettings(fields: Fields): BoundedReluAttributes {
  const maxValue = fields.get('max_value') ?? null;
  if (maxValue !== null && typeof maxValue !== 'number') throw new UnknownSetting('max_value');
  return {
    maxValue,
    negativeSlope: either(fields, 'negative_slope', 'alpha', 0),
    threshold: fields.number('threshold', 0),
  };
}

type ReluOperator = 'relu' | 'relu6' | 'leakyRelu' | 'boundedRelu';

/** The operator that the settings of a ReLU layer mean. */
function operatorOf({ maxValue, negativeSlope, threshold }: BoundedReluAttributes): ReluOperator {
  if (threshold !== 0 || (maxValue !== null && negativeSlope !== 0)) return 'boundedRelu';
  if (maxValue === null) return negativeSlope === 0 ? 'relu' : 'leakyRelu';
  return maxValue === 6 ? 'relu6' : 'boundedRelu';
}

/** Keras's one ReLU class as one of the operators that its settings can mean. */
function reluLayer<T extends ReluOperator>(
  op: T,
  attributesOf: (settings: BoundedReluAttributes) => OpAttributes[T],
  write: (attributes: OpAttributes[T]) => JsonObject,
): LayerKind<T> {
  return {
    op,
    classes: ['ReLU'],
    reads: (fields) => operatorOf(reluSettings(fields)) === op,
    read: (fields) => ({ attributes: attributesOf(reluSettings(fields)), roles: [] }),
    write: ({ attributes }) => write(attributes),
    roles: none,
  };
}

const nothing = (): Readonly<Record<string, never>> => ({});

/** max(x, 0). */
export const relu = reluLayer('relu', nothing, nothing);
/** min(max(x, 0), 6). */
export const relu6 = reluLayer('relu6', nothing, () => ({ max_value: 6 }));
/** The class ReLU with a negative slope and no other setting. */
export const slopedRelu = reluLayer(
  'leakyRelu',
  ({ negativeSlope }) => ({ slope: negativeSlope }),
  ({ slope }) => ({ negative_slope: slope }),
);
/** The class ReLU with any of its settings. */
export const boundedRelu = reluLayer(
  'boundedRelu',
  (settings) => settings,
  ({ maxValue, negativeSlope, threshold }) => ({
    max_value: maxValue,
    negative_slope: negativeSlope,
    threshold,
  }),
);

/** The class LeakyReLU; its slope is 0.3 where none is given. */
export const leakyRelu: LayerKind<'leakyRelu'> = {
  op: 'leakyRelu',
  classes: ['LeakyReLU'],
  read: (fields) => ({ attributes: { slope: either(fields, 'negative_slope', 'alpha', 0.3) }, roles: [] }),
  write: ({ attributes: { slope } }) => ({ negative_slope: slope }),
  roles: none,
};

/** The class ELU. */
export const elu: LayerKind<'elu'> = {
  op: 'elu',
  classes: ['ELU'],
  read: (fields) => ({ attributes: { alpha: fields.number('alpha', 1) }, roles: [] }),
  write: ({ attributes: { alpha } }) => ({ alpha }),
  roles: none,
};

/** The class PReLU: slopes as a parameter. */
export const prelu: LayerKind<'prelu'> = {
  op: 'prelu',
  classes: ['PReLU'],
  read: (fields) => ({ attributes: { sharedAxes: fields.integers('shared_axes') ?? [] }, roles: ['alpha'] }),
  write: ({ attributes: { sharedAxes } }) => ({ shared_axes: sharedAxes.length > 0 ? sharedAxes : null }),
  roles: present(['alpha']),
};

type MergeOperator = 'add' | 'multiply' | 'subtract' | 'average' | 'maximum' | 'minimum';

/** A layer that is called on a list of values. */
function merge<T extends MergeOperator>(op: T, className: string): LayerKind<T> {
  return {
    op,
    classes: [className],
    list: true,
    read: () => ({ attributes: {}, roles: [] }),
    write: () => ({}),
    roles: none,
  };
}

/** Sum of its inputs. */
export const add = merge('add', 'Add');
/** Product of its inputs. */
export const multiply = merge('multiply', 'Multiply');
/** The first input less the second. */
export const subtract = merge('subtract', 'Subtract');
/** Mean of its inputs. */
export const average = merge('average', 'Average');
/** Largest of its inputs. */
export const maximum = merge('maximum', 'Maximum');
/** Smallest of its inputs. */
export const minimum = merge('minimum', 'Minimum');

/** Inputs one behind the other along an axis. */
export const concatenate: LayerKind<'concatenate'> = {
  op: 'concatenate',
  classes: ['Concatenate'],
  list: true,
  read(fields) {
    const axis = fields.number('axis', -1);
    if (!Number.isInteger(axis) || axis === 0) throw new UnknownSetting('axis');
    return { attributes: { axis }, roles: [] };
  },
  write: ({ attributes: { axis } }) => ({ axis }),
  roles: none,
};

/** The same elements in another shape. */
export const reshape: LayerKind<'reshape'> = {
  op: 'reshape',
  classes: ['Reshape'],
  read(fields) {
    const shape = fields.integers('target_shape');
    if (!shape || shape.filter((size) => size === -1).length > 1) throw new UnknownSetting('target_shape');
    if (shape.some((size) => size < 1 && size !== -1)) throw new UnknownSetting('target_shape');
    return { attributes: { shape }, roles: [] };
  },
  write: ({ attributes: { shape } }) => ({ target_shape: shape }),
  roles: none,
};

/** The axes behind the batch in another order. */
export const permute: LayerKind<'permute'> = {
  op: 'permute',
  classes: ['Permute'],
  read(fields) {
    const order = fields.integers('dims');
    if (!order) throw new UnknownSetting('dims');
    return { attributes: { order }, roles: [] };
  },
  write: ({ attributes: { order } }) => ({ dims: order }),
  roles: none,
};

function methodOf(fields: Fields, fallback: 'nearest' | 'bilinear'): 'nearest' | 'bilinear' {
  const method = fields.get('interpolation') ?? fallback;
  if (method !== 'nearest' && method !== 'bilinear') throw new UnknownSetting('interpolation');
  return method;
}

function interpolationOf({ name, attributes }: NodeOf<'upsampling'> | NodeOf<'resizing'>): string {
  if (!attributes.aligned) return attributes.method;
  throw new UnsupportedError('Keras has no layer that resizes with the corners aligned', { where: name });
}

/** The class UpSampling2D: whole factors. */
export const upsampling: LayerKind<'upsampling'> = {
  op: 'upsampling',
  classes: ['UpSampling2D'],
  read(fields) {
    fields.channelsLast();
    return {
      attributes: { factors: fields.pair('size', [2, 2]), method: methodOf(fields, 'nearest') },
      roles: [],
    };
  },
  write: (node) => ({
    size: node.attributes.factors,
    data_format: 'channels_last',
    interpolation: interpolationOf(node),
  }),
  roles: none,
};

/** The class Resizing: a given height and width. */
export const resizing: LayerKind<'resizing'> = {
  op: 'resizing',
  classes: ['Resizing'],
  read(fields) {
    fields.channelsLast();
    fields.fixed('crop_to_aspect_ratio', false);
    fields.fixed('pad_to_aspect_ratio', false);
    fields.fixed('antialias', false);
    // They matter where the aspect ratio is kept.
    fields.get('fill_mode');
    fields.get('fill_value');
    const size = [fields.integer('height'), fields.integer('width')] as const;
    return { attributes: { size, method: methodOf(fields, 'bilinear') }, roles: [] };
  },
  write: (node) => ({
    height: node.attributes.size[0],
    width: node.attributes.size[1],
    interpolation: interpolationOf(node),
    data_format: 'channels_last',
  }),
  roles: none,
};
