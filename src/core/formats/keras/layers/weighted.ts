import type { Conv2dAttributes } from '../../../graph/ops/conv2d';
import type { Padding, Pair } from '../../../graph/padding';
import { UnsupportedError } from '../../../errors';
import { isArray, type Json } from '../../../json';
import { UnknownSetting } from './fields';
import { present, type LayerKind } from './kind';

export const conv2d: LayerKind<'conv2d'> = {
  op: 'conv2d',
  classes: ['Conv2D', 'Convolution2D'],
  read(fields) {
    fields.channelsLast();
    const attributes = {
      kernelSize: fields.pair('kernel_size'),
      filters: fields.integer('filters'),
      strides: fields.pair('strides', [1, 1]),
      dilations: fields.pair('dilation_rate', [1, 1]),
      groups: fields.integer('groups', 1),
      padding: fields.padding(),
    };
    return { attributes, roles: fields.flag('use_bias', true) ? ['kernel', 'bias'] : ['kernel'] };
  },
  write: ({ name, attributes, parameters }) => ({
    filters: attributes.filters,
    kernel_size: attributes.kernelSize,
    strides: plainStrides(name, attributes),
    padding: plainPadding(name, attributes.padding),
    data_format: 'channels_last',
    dilation_rate: attributes.dilations,
    groups: attributes.groups,
    use_bias: 'bias' in parameters,
  }),
  roles: present(['kernel', 'bias']),
};

export const dense: LayerKind<'dense'> = {
  op: 'dense',
  classes: ['Dense'],
  read(fields) {
    const attributes = { units: fields.integer('units') };
    return { attributes, roles: fields.flag('use_bias', true) ? ['kernel', 'bias'] : ['kernel'] };
  },
  write: ({ attributes, parameters }) => ({ units: attributes.units, use_bias: 'bias' in parameters }),
  roles: present(['kernel', 'bias']),
};

export const batchNorm: LayerKind<'batchNorm'> = {
  op: 'batchNorm',
  classes: ['BatchNormalization', 'BatchNormalizationV2', 'BatchNormalizationV1'],
  read(fields, rank) {
    if (!isLastAxis(fields.get('axis') ?? -1, rank)) throw new UnknownSetting('axis');
    fields.fixed('renorm', false);
    fields.fixed('synchronized', false);
    fields.get('renorm_momentum');
    fields.fixed('fused', null, true, false);
    const roles = [
      ...(fields.flag('scale', true) ? ['gamma'] : []),
      ...(fields.flag('center', true) ? ['beta'] : []),
      'mean',
      'variance',
    ];
    return {
      attributes: { epsilon: fields.number('epsilon', 1e-3), momentum: fields.number('momentum', 0.99) },
      roles,
    };
  },
  write: ({ attributes, parameters }) => ({
    axis: -1,
    momentum: attributes.momentum,
    epsilon: attributes.epsilon,
    center: 'beta' in parameters,
    scale: 'gamma' in parameters,
  }),
  roles: present(['gamma', 'beta', 'mean', 'variance']),
};

/** True if an axis setting names the last axis: −1, the number, or a list of one. */
export function isLastAxis(axis: Json, rank: number | null): boolean {
  const value = isArray(axis) && axis.length === 1 ? axis[0] : axis;
  return value === -1 || (rank !== null && value === rank - 1);
}

/** Strides of a convolution; Keras has none above 1 together with a dilation above 1. */
function plainStrides(name: string, { strides, dilations }: Conv2dAttributes): Pair {
  if (Math.max(...strides) === 1 || Math.max(...dilations) === 1) return strides;
  throw new UnsupportedError('Keras layers have no stride together with a dilation', {
    where: name,
    found: `strides ${strides.join(' × ')}, dilation ${dilations.join(' × ')}`,
    allowed: 'one of them 1 on both axes',
  });
}

/** `same` or `valid`; zeros on each side need a layer of their own in Keras. */
export function plainPadding(name: string, padding: Padding): 'same' | 'valid' {
  if (typeof padding === 'string') return padding;
  if (Object.values(padding).every((side) => side === 0)) return 'valid';
  throw new UnsupportedError('Keras layers have no padding by sides; it needs a ZeroPadding2D before', {
    where: name,
  });
}
