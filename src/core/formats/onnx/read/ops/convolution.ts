import type { Pair } from '../../../../graph/padding';
import { item } from '../../../../item';
import type { NodeReading } from '../node-reading';
import { InTraining, Unreadable } from '../state';
import { IMAGE, plainOrder } from '../order';
import { transposedPadding } from './transposed-padding';
import { ceilSides, paddingOf, pairOf } from './window';

/** Conv: kernel [out, in / groups, h, w], optional bias. */
export function conv(r: NodeReading): void {
  const kernel = r.needConstant(1, 'kernel');
  if (kernel.dims.length !== 4) throw new Unreadable(`its kernel has ${kernel.dims.length - 2} spatial axes`);
  r.ignore('kernel_shape');
  const value = r.image(0);
  const filters = item(kernel.dims, 0);
  const kernelSize: Pair = [item(kernel.dims, 2), item(kernel.dims, 3)];
  const strides = pairOf(r, 'strides', 1);
  const dilations = pairOf(r, 'dilations', 1);
  const padding = paddingOf(r, r.sizeOf(value), { kernel: kernelSize, stride: strides, dilation: dilations });
  const groups = r.int('group', 1);
  r.finish();
  const attributes = { kernelSize, filters, strides, dilations, groups, padding };
  const parameters = { kernel: r.weight(kernel, 'oihw'), ...biasOf(r, 2) };
  r.giveImage(r.emit('conv2d', attributes, [value], parameters));
}

/** ConvTranspose: kernel [in, out / groups, h, w], optional bias. */
export function convTranspose(r: NodeReading): void {
  const kernel = r.needConstant(1, 'kernel');
  if (kernel.dims.length !== 4) throw new Unreadable(`its kernel has ${kernel.dims.length - 2} spatial axes`);
  r.ignore('kernel_shape');
  const value = r.image(0);
  const filters = item(kernel.dims, 1);
  const groups = r.int('group', 1);
  const window = {
    kernel: [item(kernel.dims, 2), item(kernel.dims, 3)] as const,
    stride: pairOf(r, 'strides', 1),
    dilation: pairOf(r, 'dilations', 1),
  };
  const transposed = transposedPadding(r, r.sizeOf(value), window);
  r.finish();
  if (groups !== 1) throw new Unreadable(`it has ${groups} groups`);
  const { kernel: kernelSize, stride: strides, dilation: dilations } = window;
  const attributes = { kernelSize, filters, strides, dilations, ...transposed };
  // The order that makes H × W × I × O of a convolution's kernel makes H × W × O × I of this one.
  const parameters = { kernel: r.weight(kernel, 'oihw'), ...biasOf(r, 2) };
  r.giveImage(r.emit('conv2dTranspose', attributes, [value], parameters));
}

function biasOf(r: NodeReading, input: number): Readonly<Record<string, string>> {
  if (!r.has(input)) return {};
  const bias = r.needConstant(input, 'bias');
  if (bias.dims.length !== 1) throw new Unreadable('its bias is not a vector');
  return { bias: r.weight(bias) };
}

/** BatchNormalization at inference. */
export function batchNormalization(r: NodeReading): void {
  const { node } = r;
  const others = node.outputs.slice(1).filter((name) => (r.state.readers.get(name) ?? 0) > 0);
  if (others.length > 0 || r.int('training_mode', 0) !== 0) throw new InTraining();
  if (r.int('spatial', 1) !== 1) throw new Unreadable('it normalises each position by itself');
  const attributes = { epsilon: r.float('epsilon', Math.fround(1e-5)), momentum: r.float('momentum', 0.9) };
  r.ignore('consumed_inputs', 'is_test');
  r.finish();
  const parameters = {
    gamma: r.weight(r.needConstant(1, 'scale')),
    beta: r.weight(r.needConstant(2, 'offset')),
    mean: r.weight(r.needConstant(3, 'mean')),
    variance: r.weight(r.needConstant(4, 'variance')),
  };
  const { value, order } = channelsLast(r);
  r.give(r.emit('batchNorm', attributes, [value], parameters), order);
}

/** An input with the file's axis 1 as the last one. */
function channelsLast(r: NodeReading): { readonly value: string; readonly order: readonly number[] } {
  const held = r.held(0);
  // After an operator that is not supported the rank may be unknown; such a network is not run, and images are likely.
  const rank = r.rank(held) ?? 4;
  if (rank < 2) throw new Unreadable('its input has no channels');
  const order = [0, ...plainOrder(rank).slice(2), 1];
  return { value: r.state.turn(held, order), order };
}

/** Values of three axes with the channels last. */
const ROWS: readonly number[] = [0, 2, 1];

/** InstanceNormalization: a group norm with one group per channel. */
export function instanceNormalization(r: NodeReading): void {
  const gamma = r.needConstant(1, 'scale');
  const [channels, ...others] = gamma.dims;
  if (channels === undefined || others.length > 0) throw new Unreadable('its scale is not a vector');
  const attributes = { epsilon: r.float('epsilon', Math.fround(1e-5)), groups: channels };
  r.ignore('consumed_inputs');
  r.finish();
  const parameters = { gamma: r.weight(gamma), beta: r.weight(r.needConstant(2, 'offset')) };
  if (r.rank(r.held(0)) !== 3) {
    r.giveImage(r.emit('groupNorm', attributes, [r.image(0)], parameters));
    return;
  }
  // Only rows, as exporters have the groups of a group norm: an image one pixel wide.
  const rows = r.state.turn(r.held(0), ROWS);
  const image = r.emitBefore('image', 'reshape', { shape: [-1, 1, channels] }, [rows]);
  const normalised = r.emit('groupNorm', attributes, [image], parameters);
  r.give(r.emitBefore('rows', 'reshape', { shape: [-1, channels] }, [normalised]), ROWS);
}

/** MaxPool over height and width. @throws Unreadable for settings that are not supported */
export function maxPool(r: NodeReading): void {
  if (r.node.outputs.length > 1) throw new Unreadable('its indices are asked for');
  r.ignore('storage_order');
  const { value, attributes } = pooling(r);
  r.giveImage(r.emit('maxPool', attributes, [value]));
}

/** AveragePool; one that counts its zeros is a padding and an average without. */
export function averagePool(r: NodeReading): void {
  const counts = r.int('count_include_pad', 0) !== 0;
  const { value, attributes, overhangs } = pooling(r);
  const { padding } = attributes;
  if (!counts || padding === 'valid') {
    r.giveImage(r.emit('averagePool', attributes, [value]));
    return;
  }
  if (padding === 'same' || overhangs)
    throw new Unreadable('it counts zeros whose number depends on the size');
  const padded = r.emitBefore('pad', 'zeroPadding', { sides: padding }, [value]);
  r.giveImage(r.emit('averagePool', { ...attributes, padding: 'valid' }, [padded]));
}

function pooling(r: NodeReading) {
  const value = r.image(0);
  const poolSize = pairOf(r, 'kernel_shape', 0);
  const strides = pairOf(r, 'strides', 1);
  if (pairOf(r, 'dilations', 1).some((dilation) => dilation > 1)) throw new Unreadable('it is dilated');
  const window = { kernel: poolSize, stride: strides, dilation: [1, 1] as const };
  const plain = paddingOf(r, r.sizeOf(value), window);
  const padding = r.int('ceil_mode', 0) === 0 ? plain : ceilSides(plain, r.sizeOf(value), window);
  r.ignore('count_include_pad');
  r.finish();
  const overhangs = JSON.stringify(padding) !== JSON.stringify(plain);
  return { value, attributes: { poolSize, strides, padding }, overhangs };
}

/** GlobalAveragePool, which keeps height and width as 1 × 1. */
export function globalAveragePool(r: NodeReading): void {
  r.finish();
  r.giveImage(r.emit('globalAveragePool', { keepDims: true }, [r.image(0)]));
}

/** GlobalMaxPool, which keeps height and width as 1 × 1. */
export function globalMaxPool(r: NodeReading): void {
  r.finish();
  r.giveImage(r.emit('globalMaxPool', { keepDims: true }, [r.image(0)]));
}

/** A mean or maximum over height and width, in whichever place the file has them. */
export function reduction(op: 'globalAveragePool' | 'globalMaxPool') {
  return (r: NodeReading): void => {
    const held = r.held(0);
    const axes = (r.ints('axes') ?? r.knownSizes(1) ?? []).map((axis) => (axis < 0 ? axis + 4 : axis));
    const keepDims = r.int('keepdims', 1) !== 0;
    r.ignore('noop_with_empty_axes');
    r.finish();
    const sorted = [...axes].sort((a, b) => a - b).join();
    if (r.rank(held) !== 4 || (sorted !== '2,3' && sorted !== '1,2')) {
      throw new Unreadable('it is not over the height and width of an image');
    }
    const order = sorted === '2,3' ? IMAGE : plainOrder(4);
    const value = r.emit(op, { keepDims }, [r.state.turn(held, order)]);
    r.give(value, keepDims ? order : plainOrder(2));
  };
}
