import type { Conv2dAttributes } from '../../../graph/ops/conv2d';
import type { Padding, Pair } from '../../../graph/padding';
import { UnsupportedError } from '../../../errors';
import { isArray, type Json } from '../../../encodings/json';
import { item } from '../../../item';
import { kernelShape, type Shape } from '../../../tensor/tensor';
import { UnknownSetting, type Fields } from './fields';
import { divisorOf } from '../../../graph/ops/normalization';
import { present, type LayerKind } from './kind';

/** The class Conv2D; kernel [h, w, in / groups, out]. */
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

/** The class Conv2DTranspose; kernel [h, w, out, in]. */
export const conv2dTranspose: LayerKind<'conv2dTranspose'> = {
  op: 'conv2dTranspose',
  classes: ['Conv2DTranspose', 'Convolution2DTranspose'],
  read(fields) {
    fields.channelsLast();
    fields.fixed('groups', 1);
    const attributes = {
      kernelSize: fields.pair('kernel_size'),
      filters: fields.integer('filters'),
      strides: fields.pair('strides', [1, 1]),
      dilations: fields.pair('dilation_rate', [1, 1]),
      padding: fields.padding(),
      outputPadding: outputPadding(fields.integers('output_padding')),
    };
    return { attributes, roles: fields.flag('use_bias', true) ? ['kernel', 'bias'] : ['kernel'] };
  },
  write: ({ name, attributes, parameters }) => ({
    filters: attributes.filters,
    kernel_size: attributes.kernelSize,
    strides: attributes.strides,
    padding: plainPadding(name, attributes.padding),
    output_padding: attributes.outputPadding,
    data_format: 'channels_last',
    dilation_rate: attributes.dilations,
    use_bias: 'bias' in parameters,
  }),
  roles: present(['kernel', 'bias']),
};

/** One number for both axes, or one for each. */
function outputPadding(values: readonly number[] | undefined): Pair | null {
  if (values === undefined) return null;
  const [height, width = height] = values;
  if (values.length > 2 || height === undefined || width === undefined || Math.min(height, width) < 0)
    throw new UnknownSetting('output_padding');
  return [height, width];
}

/**
 * A depthwise convolution is a convolution of one group per channel: the stored kernel [h, w, in, multiplier] has the
 * elements of [h, w, 1, in · multiplier] in the same order.
 */
export const depthwiseConv2d: LayerKind<'conv2d'> = {
  op: 'conv2d',
  classes: ['DepthwiseConv2D'],
  read(fields, _rank, weights) {
    const { attributes, kernel } = depthwiseBody(fields, weights);
    const own = { attributes, roles: ['kernel'], shapes: [kernel] };
    if (!fields.flag('use_bias', true)) return own;
    return { ...own, roles: ['kernel', 'bias'], shapes: [kernel, kernel.slice(3)] };
  },
  writes: ({ attributes }) => attributes.depthwise === true,
  write: ({ name, attributes, parameters }) => ({
    kernel_size: attributes.kernelSize,
    strides: attributes.strides,
    padding: plainPadding(name, attributes.padding),
    depth_multiplier: attributes.filters / attributes.groups,
    data_format: 'channels_last',
    dilation_rate: attributes.dilations,
    use_bias: 'bias' in parameters,
  }),
  roles: present(['kernel', 'bias']),
  storedShape({ attributes: { groups } }, role, shape) {
    if (role !== 'kernel') return shape;
    const [height, width, , filters] = kernelShape(shape);
    return [height, width, groups, filters / groups];
  },
};

/**
 * Settings of a depthwise convolution, and the shape of its kernel as a tensor.
 * @param weights shapes of what is stored, first that of the kernel, [h, w, in, multiplier], which says the number of channels
 */
function depthwiseBody(fields: Fields, [stored]: readonly Shape[]) {
  fields.channelsLast();
  fields.fixed('groups', 1);
  if (stored?.length !== 4) throw new UnknownSetting('kernel');
  const [height, width, channels, multiplier] = kernelShape(stored);
  const attributes: Conv2dAttributes = {
    kernelSize: fields.pair('kernel_size'),
    filters: channels * fields.integer('depth_multiplier', 1),
    strides: fields.pair('strides', [1, 1]),
    dilations: fields.pair('dilation_rate', [1, 1]),
    groups: channels,
    padding: fields.padding(),
    depthwise: true,
  };
  return { attributes, kernel: [height, width, 1, channels * multiplier] };
}

/**
 * A separable convolution is two nodes: a depthwise convolution, and a 1 × 1 convolution that has the bias. It is
 * written as one layer only while both are as they were read.
 */
export const separableConv2d: LayerKind<'conv2d'> = {
  op: 'conv2d',
  classes: ['SeparableConv2D', 'SeparableConvolution2D'],
  read(fields, _rank, weights) {
    const { attributes, kernel } = depthwiseBody(fields, weights);
    const one: Pair = [1, 1];
    return {
      depthwise: { op: 'conv2d', attributes, roles: ['kernel'], shapes: [kernel] },
      attributes: {
        kernelSize: one,
        filters: fields.integer('filters'),
        strides: one,
        dilations: one,
        groups: 1,
        padding: 'valid',
      },
      roles: fields.flag('use_bias', true) ? ['kernel', 'bias'] : ['kernel'],
    };
  },
  writes: () => false,
  write: () => ({}),
  roles: present(['kernel', 'bias']),
};

/** The class Dense; kernel [in, units]. */
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

/** The class BatchNormalization over the last axis. */
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

/** A normalisation by numbers that its settings say: no more than a scale and an offset. */
export const fixedNormalization: LayerKind<'rescaling'> = {
  op: 'rescaling',
  classes: ['Normalization'],
  reads: (fields) => (fields.get('mean') ?? null) !== null,
  read(fields, rank) {
    const [mean, variance] = [fields.numbers('mean', 0), fields.numbers('variance', 1)];
    const single = mean.length === 1 && variance.length === 1;
    if (!isLastAxis(fields.get('axis') ?? -1, rank) && !single) throw new UnknownSetting('axis');
    if (mean.length !== variance.length && mean.length !== 1 && variance.length !== 1)
      throw new UnknownSetting('mean');
    fields.fixed('invert', false);
    const scale = variance.map((value) => 1 / divisorOf(value));
    const length = Math.max(mean.length, scale.length);
    const at = (values: readonly number[], i: number): number => item(values, values.length === 1 ? 0 : i);
    const offset = Array.from({ length }, (_, i) => -at(mean, i) * at(scale, i));
    return { attributes: { scale, offset }, roles: [] };
  },
  writes: () => false,
  write: () => ({}),
  roles: () => [],
};

/** The class Normalization with statistics of the data. */
export const normalization: LayerKind<'normalization'> = {
  op: 'normalization',
  classes: ['Normalization'],
  read(fields, rank) {
    if (!isLastAxis(fields.get('axis') ?? -1, rank)) throw new UnknownSetting('axis');
    fields.fixed('invert', false);
    fields.fixed('mean', null);
    fields.fixed('variance', null);
    return { attributes: {}, roles: ['mean', 'variance', 'count'] };
  },
  write: () => ({ axis: -1 }),
  roles: present(['mean', 'variance', 'count']),
};

/** γ and β where the settings have them. */
function scaleAndCentre(fields: Fields): readonly string[] {
  return [...(fields.flag('scale', true) ? ['gamma'] : []), ...(fields.flag('center', true) ? ['beta'] : [])];
}

/** The class LayerNormalization over the last axis. */
export const layerNorm: LayerKind<'layerNorm'> = {
  op: 'layerNorm',
  classes: ['LayerNormalization'],
  read(fields, rank) {
    if (!isLastAxis(fields.get('axis') ?? -1, rank)) throw new UnknownSetting('axis');
    fields.fixed('rms_scaling', false);
    return { attributes: { epsilon: fields.number('epsilon', 1e-3) }, roles: scaleAndCentre(fields) };
  },
  write: ({ attributes, parameters }) => ({
    axis: -1,
    epsilon: attributes.epsilon,
    center: 'beta' in parameters,
    scale: 'gamma' in parameters,
  }),
  roles: present(['gamma', 'beta']),
};

/** The class GroupNormalization over the last axis. */
export const groupNorm: LayerKind<'groupNorm'> = {
  op: 'groupNorm',
  classes: ['GroupNormalization'],
  read(fields, rank) {
    if (rank !== 4 || !isLastAxis(fields.get('axis') ?? -1, rank)) throw new UnknownSetting('axis');
    const attributes = { groups: fields.integer('groups', 32), epsilon: fields.number('epsilon', 1e-3) };
    return { attributes, roles: scaleAndCentre(fields) };
  },
  write: ({ attributes, parameters }) => ({
    groups: attributes.groups,
    axis: -1,
    epsilon: attributes.epsilon,
    center: 'beta' in parameters,
    scale: 'gamma' in parameters,
  }),
  roles: present(['gamma', 'beta']),
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
    expected: 'one of them 1 on both axes',
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
