import type { NodeOf } from '../graph/graph';
import type { Pair } from '../graph/padding';
import { sizeOf, tensorOf, type TensorRef } from '../tensor/tensor';
import type { ConvWindow, Direction } from './window';

/**
 * A row selector: a frozen, one-hot k×1 convolution with one group per channel, in front of a 1×k convolution that
 * moves only along the width (a column selector is its mirror image). It reads from the input those rows that the
 * square convolution's chosen kernel row reads. "Same" padding with a stride depends on the input's size; a selector
 * is padded as the square convolution is, so it picks the right rows whatever the size.
 */
export interface Selector {
  readonly direction: Direction;
  /** What the square convolution is. */
  readonly square: ConvWindow;
  /** Row or column of the square kernel that is picked. */
  readonly index: number;
  readonly channels: number;
}

/** The selector as a convolution, and its kernel. @param name also the name of its value. */
export function selectorNode(
  name: string,
  input: string,
  { direction, square, index, channels }: Selector,
): { node: NodeOf<'conv2d'>; kernel: TensorRef } {
  const short = shortAxis(direction);
  const only = (pair: Pair): Pair => (short === 0 ? [pair[0], 1] : [1, pair[1]]);
  const kernelSize = only(square.kernel);
  const shape = [...kernelSize, 1, channels];
  const values = new Float32Array(sizeOf(shape)).fill(0).fill(1, index * channels, (index + 1) * channels);
  const kernel = tensorOf(`${name}/kernel`, shape, values);
  const attributes = {
    kernelSize,
    filters: channels,
    strides: only(square.stride),
    dilations: only(square.dilation),
    groups: channels,
    padding: 'same',
  } as const;
  const node: NodeOf<'conv2d'> = {
    name,
    op: 'conv2d',
    attributes,
    inputs: [input],
    outputs: [name],
    parameters: { kernel: kernel.name },
    frozen: 'fixed',
  };
  return { node, kernel };
}

/** The window of the branch behind a selector: along the short axis there is nothing left to do. */
export function behindSelector({ stride, dilation }: ConvWindow, direction: Direction) {
  const long = (pair: Pair): Pair => (shortAxis(direction) === 0 ? [1, pair[1]] : [pair[0], 1]);
  return { strides: long(stride), dilations: long(dilation), padding: 'same' } as const;
}

/**
 * The row (or column) that a convolution picks out of each window, the same for every channel.
 * @returns undefined if it does anything else. Reads the kernel of what has a selector's shape.
 */
export function selectedIndex(
  { attributes, parameters }: NodeOf<'conv2d'>,
  direction: Direction,
  tensors: ReadonlyMap<string, TensorRef>,
): number | undefined {
  const { kernelSize, groups, filters } = attributes;
  const ref = tensors.get(parameters.kernel ?? '');
  const fits = kernelSize[1 - shortAxis(direction)] === 1 && groups === filters && !parameters.bias;
  if (!fits || ref?.shape[2] !== 1) return undefined;
  const values = ref.readFloat32();
  const index = Math.floor(values.indexOf(1) / filters);
  const isOneHot = values.every((value, i) => value === Number(Math.floor(i / filters) === index));
  return index >= 0 && isOneHot ? index : undefined;
}

/** The axis along which a branch's kernel is one position long. */
export function shortAxis(direction: Direction): 0 | 1 {
  return direction === 'horizontal' ? 0 : 1;
}
