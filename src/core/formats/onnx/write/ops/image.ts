import { UnsupportedError } from '../../../../errors';
import type { NodeOf } from '../../../../graph/graph';
import { inputOf, outputOf, tensorNameOf } from '../../../../graph/node';
import type { ResizeAttributes } from '../../../../graph/lowering';
import { extent, type Padding, type Pair, type Sides } from '../../../../graph/padding';
import { IMAGE } from '../../read/order';
import type { Emission } from '../emission';
import { END, float, int, ints, text, type Setting } from '../node-bytes';

/** Reads an image channels first and gives one. */
function onImages(
  e: Emission,
  node: { readonly inputs: readonly string[]; readonly outputs: readonly string[]; readonly name: string },
  op: string,
  more: readonly string[],
  settings: Readonly<Record<string, Setting>>,
): void {
  const input = e.provide(inputOf(node), IMAGE);
  const output = e.resultName(outputOf(node), IMAGE);
  e.add(op, [input, ...more], [output], settings, node.name);
  e.define(outputOf(node), { name: output, order: IMAGE });
}

function paddingSettings(padding: Padding): Readonly<Record<string, Setting>> {
  if (padding === 'valid') return {};
  if (padding === 'same') return { auto_pad: text('SAME_UPPER') };
  const { top, left, bottom, right } = padding;
  return { pads: ints([top, left, bottom, right]) };
}

/** Writes a Conv; its kernel becomes [out, in / groups, h, w]. */
export function conv2d(e: Emission, node: NodeOf<'conv2d'>): void {
  const { kernelSize, strides, dilations, groups, padding } = node.attributes;
  const settings = {
    kernel_shape: ints(kernelSize),
    strides: ints(strides),
    dilations: ints(dilations),
    group: int(groups),
    ...paddingSettings(padding),
  };
  onImages(e, node, 'Conv', kernelAndBias(e, node), settings);
}

/** Writes a ConvTranspose; its kernel becomes [in, out, h, w]. */
export function conv2dTranspose(e: Emission, node: NodeOf<'conv2dTranspose'>): void {
  const { kernelSize, strides, dilations } = node.attributes;
  const settings = {
    kernel_shape: ints(kernelSize),
    strides: ints(strides),
    dilations: ints(dilations),
    ...transposedEnds(node),
  };
  // The order that makes O × I × H × W of a convolution's kernel makes I × O × H × W of this one, as ONNX has it.
  onImages(e, node, 'ConvTranspose', kernelAndBias(e, node), settings);
}

function kernelAndBias(e: Emission, node: NodeOf<'conv2d'> | NodeOf<'conv2dTranspose'>): string[] {
  const { bias } = node.parameters;
  return [e.weight(tensorNameOf(node, 'kernel'), 'oihw'), ...(bias ? [e.weight(bias)] : [])];
}

function transposedEnds({ attributes }: NodeOf<'conv2dTranspose'>): Readonly<Record<string, Setting>> {
  const { kernelSize, strides, dilations, padding, outputPadding } = attributes;
  if (typeof padding !== 'string')
    return { ...paddingSettings(padding), output_padding: ints(outputPadding ?? [0, 0]) };
  // By how much the output is shorter than all that the kernel reaches; the same whatever the input's length.
  const cutAlong = (axis: 0 | 1): number => {
    const reach = extent(kernelSize[axis], dilations[axis]);
    if (outputPadding !== null)
      return (padding === 'same' ? 2 * Math.floor(reach / 2) : 0) - outputPadding[axis];
    const least = reach - strides[axis];
    return padding === 'same' ? least : Math.min(least, 0);
  };
  const ends = ([0, 1] as const).map((axis) => {
    const cut = cutAlong(axis);
    const before = Math.max(0, Math.floor(cut / 2));
    return { before, after: Math.max(0, cut) - before, more: Math.max(0, -cut) };
  });
  return {
    pads: ints([...ends.map(({ before }) => before), ...ends.map(({ after }) => after)]),
    output_padding: ints(ends.map(({ more }) => more)),
  };
}

/** Writes a BatchNormalization; γ and β that are missing become ones and zeros. */
export function batchNorm(e: Emission, node: NodeOf<'batchNorm'>): void {
  const { gamma, beta } = node.parameters;
  const [mean, variance] = [tensorNameOf(node, 'mean'), tensorNameOf(node, 'variance')];
  const channels = e.weights.get(mean)?.shape[0] ?? 0;
  const all = (role: string, value: number): string =>
    e.numbers(`${node.name}/${role}`, [channels], new Array<number>(channels).fill(value));
  const inputs = [
    gamma ? e.weight(gamma) : all('gamma', 1),
    beta ? e.weight(beta) : all('beta', 0),
    e.weight(mean),
    e.weight(variance),
  ];
  const settings = { epsilon: float(node.attributes.epsilon), momentum: float(node.attributes.momentum) };
  const rank = e.rank(inputOf(node));
  // ONNX has the channels on axis 1 whatever the rank.
  const order = [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
  const output = e.resultName(outputOf(node), order);
  e.add('BatchNormalization', [e.provide(inputOf(node), order), ...inputs], [output], settings, node.name);
  e.define(outputOf(node), { name: output, order });
}

/** Writes a MaxPool. */
export function maxPool(e: Emission, node: NodeOf<'maxPool'>): void {
  onImages(e, node, 'MaxPool', [], poolSettings(node.attributes));
}

/** The graph's average leaves zeros out of the count, as ONNX's does by default. */
export function averagePool(e: Emission, node: NodeOf<'averagePool'>): void {
  onImages(e, node, 'AveragePool', [], poolSettings(node.attributes));
}

function poolSettings({ poolSize, strides, padding }: { poolSize: Pair; strides: Pair; padding: Padding }) {
  return { kernel_shape: ints(poolSize), strides: ints(strides), ...paddingSettings(padding) };
}

/** Writes a global pooling. */
export function globalPool(op: 'GlobalAveragePool' | 'GlobalMaxPool') {
  return (e: Emission, node: NodeOf<'globalAveragePool'> | NodeOf<'globalMaxPool'>): void => {
    if (node.attributes.keepDims) {
      onImages(e, node, op, [], {});
      return;
    }
    const pooled = e.freeName(`${node.name}_pooled`);
    e.add(op, [e.provide(inputOf(node), IMAGE)], [pooled]);
    const output = e.resultName(outputOf(node), [0, 1]);
    e.add('Flatten', [pooled], [output], { axis: int(1) }, node.name);
    e.define(outputOf(node), { name: output, order: [0, 1] });
  };
}

/** Writes a Pad with zeros around height and width. */
export function zeroPadding(e: Emission, node: NodeOf<'zeroPadding'>): void {
  const { top, left, bottom, right } = node.attributes.sides;
  const pads = [0, 0, top, left, 0, 0, bottom, right];
  if (e.opset < 11) onImages(e, node, 'Pad', [], { pads: ints(pads) });
  else onImages(e, node, 'Pad', [e.numbers(`${node.name}_pads`, [8], pads, 'int64')], {});
}

/** Writes a Slice over height and width. */
export function cropping(e: Emission, node: NodeOf<'cropping'>): void {
  const { top, left, bottom, right }: Sides = node.attributes.sides;
  const starts = [top, left];
  const ends = [bottom, right].map((cut) => (cut === 0 ? END : -cut));
  if (e.opset < 10) {
    onImages(e, node, 'Slice', [], { axes: ints([2, 3]), starts: ints(starts), ends: ints(ends) });
    return;
  }
  const list = (role: string, values: readonly number[]): string =>
    e.numbers(`${node.name}_${role}`, [2], values, 'int64');
  onImages(e, node, 'Slice', [list('starts', starts), list('ends', ends), list('axes', [2, 3])], {});
}

/** Writes a Resize by factors. */
export function upsampling(e: Emission, node: NodeOf<'upsampling'>): void {
  const { factors } = node.attributes;
  if (e.opset < 11) {
    throw new UnsupportedError('this operator set has no such resizing', {
      where: node.name,
      found: `opset ${e.opset}`,
    });
  }
  const scales = e.numbers(`${node.name}_scales`, [4], [1, 1, ...factors], 'float32');
  onImages(e, node, 'Resize', ['', scales], resizeSettings(node.attributes));
}

/** Writes a Resize to a size. */
export function resizing(e: Emission, node: NodeOf<'resizing'>): void {
  const { size } = node.attributes;
  const channels = e.shape(outputOf(node))?.[3];
  const before = e.shape(inputOf(node));
  // Sizes are given for all axes at once, and the batch size is not known.
  if (e.opset < 18 || typeof channels !== 'number' || !before) {
    throw new UnsupportedError('this operator set has no such resizing', {
      where: node.name,
      found: `opset ${e.opset}`,
    });
  }
  const sizes = e.numbers(`${node.name}_sizes`, [2], size, 'int64');
  onImages(e, node, 'Resize', ['', '', sizes], { ...resizeSettings(node.attributes), axes: ints([2, 3]) });
}

function resizeSettings({ method, aligned }: ResizeAttributes): Readonly<Record<string, Setting>> {
  const mode = { mode: text(method === 'nearest' ? 'nearest' : 'linear') };
  const coordinates = { coordinate_transformation_mode: text(aligned ? 'align_corners' : 'half_pixel') };
  return method === 'nearest'
    ? { ...mode, ...coordinates, nearest_mode: text('round_prefer_ceil') }
    : { ...mode, ...coordinates };
}
