import { UnsupportedError } from '../../core/errors';
import type { ConvolutionAttributes, PoolingAttributes, Primitive, Value } from '../../core/graph/lowering';
import { describeShape } from '../../core/graph/ops/image';
import { elements } from '../../core/graph/operator';
import { windowOutput, type Pair } from '../../core/graph/padding';
import type { Dim, ValueShape } from '../../core/graph/shape';

/** Executors count positions in 32 bits, and some end the process beyond. */
const LARGEST = 2 ** 31 - 1;

/** Numbers of one value: 4 TiB. Less may not fit the machine; that an executor says by itself. */
const MOST_NUMBERS = 2 ** 40;

/** The images that a window goes between: over x, to y. */
interface Between {
  readonly x: ValueShape;
  readonly y: ValueShape;
  readonly kernel: Pair;
}

/**
 * A step whose settings no executor has to fear. Strides, dilations and windows that reach beyond their input are those
 * that reach just beyond it: the same elements meet in the same places, so the numbers are the same.
 * @throws UnsupportedError for a setting that is not a whole number of 32 bits, for a value of the network that is too
 * large to be counted, and for a transposed convolution whose output its input does not fit
 */
export function settled(
  primitive: Primitive,
  inputs: readonly Value[],
  shapes: readonly ValueShape[],
): Primitive {
  shapes.forEach(requireCountable);
  const windowed = settleWindow(primitive, inputs, shapes[0]);
  if (windowed.op !== 'conv2dBackpropInput') return windowed;
  const { x, y, kernel } = betweenOf(windowed, inputs, shapes[0]);
  requireReturn(windowed, x, y, kernel);
  return windowed;
}

function settleWindow(primitive: Primitive, inputs: readonly Value[], output: ValueShape): Primitive {
  switch (primitive.op) {
    case 'conv2d':
    case 'conv2dBackpropInput':
    case 'conv2dBackpropFilter': {
      const { x, kernel } = betweenOf(primitive, inputs, output);
      return { ...primitive, ...settleConvolution(primitive, imageSize(x), kernel) };
    }
    case 'maxPool':
    case 'averagePool':
    case 'maxPoolGrad':
      return { ...primitive, ...settlePool(primitive, imageSize(inputs[0].shape)) };
    case 'averagePoolGrad':
      return { ...primitive, ...settlePool(primitive, imageSize(output)) };
    default:
      return primitive;
  }
}

function betweenOf(
  { op }: { readonly op: 'conv2d' | 'conv2dBackpropInput' | 'conv2dBackpropFilter' },
  inputs: readonly Value[],
  output: ValueShape,
): Between {
  const [first, second] = inputs.map(({ shape }) => shape);
  const images = {
    conv2d: { x: first, y: output, kernel: second },
    conv2dBackpropInput: { x: output, y: second, kernel: first },
    conv2dBackpropFilter: { x: first, y: second, kernel: output },
  }[op];
  return { ...images, kernel: [images.kernel[0] ?? 1, images.kernel[1] ?? 1] };
}

function imageSize(shape: ValueShape): readonly [Dim, Dim] {
  return [shape[1], shape[2]];
}

function settleConvolution(
  { strides, dilations }: ConvolutionAttributes,
  size: readonly [Dim, Dim],
  kernel: Pair,
): Pick<ConvolutionAttributes, 'strides' | 'dilations'> {
  requireWhole('strides', strides);
  requireWhole('dilations', dilations);
  const along = (axis: 0 | 1): number => settleDilation(dilations[axis], size[axis], kernel[axis]);
  return { strides: settleStrides(strides, size), dilations: [along(0), along(1)] };
}

function settlePool(
  { strides, poolSize }: PoolingAttributes,
  size: readonly [Dim, Dim],
): Pick<PoolingAttributes, 'strides' | 'poolSize'> {
  requireWhole('strides', strides);
  requireWhole('the size of a pooling window', poolSize);
  return {
    strides: settleStrides(strides, size),
    poolSize: [settleWindowLength(poolSize[0], size[0]), settleWindowLength(poolSize[1], size[1])],
  };
}

/** A step as long as the image already leaves one output, where the window lies then depends on no stride. */
function settleStrides(strides: Pair, size: readonly [Dim, Dim]): Pair {
  return [Math.min(strides[0], size[0] ?? LARGEST), Math.min(strides[1], size[1] ?? LARGEST)];
}

/**
 * From twice the image and two on at most the kernel's middle meets the image ("same" puts it there, for a kernel of even
 * length beside it); one row is as far from none as from another.
 */
function settleDilation(dilation: number, size: Dim, kernel: number): number {
  if (kernel === 1) return 1;
  return size === null ? dilation : Math.min(dilation, 2 * size + 2);
}

/** A window longer than twice the image covers all of it wherever "same" lets it begin. */
function settleWindowLength(length: number, size: Dim): number {
  return size === null ? length : Math.min(length, 2 * size + 1);
}

function requireWhole(what: string, pair: Pair): void {
  if (pair.every((value) => Number.isInteger(value) && value >= 1 && value <= LARGEST)) return;
  throw new UnsupportedError(`${what} cannot be run`, {
    found: pair.join(' × '),
    expected: `whole numbers from 1 to ${LARGEST}`,
  });
}

function requireCountable(shape: ValueShape): void {
  const known = shape.map((size) => size ?? 1);
  if (known.every((size) => size >= 0 && size <= LARGEST) && (elements(known) ?? 0) <= MOST_NUMBERS) return;
  throw new UnsupportedError('a value of the network is too large to be computed', {
    found: describeShape(shape),
    expected: `at most ${LARGEST} along an axis and ${MOST_NUMBERS} in all`,
  });
}

/** What goes back through a transposed convolution has the size that the way there has. */
function requireReturn(attributes: ConvolutionAttributes, x: ValueShape, y: ValueShape, kernel: Pair): void {
  const { strides, dilations, padding } = attributes;
  const expected = ([0, 1] as const).map((axis) =>
    windowOutput(x[axis + 1], kernel[axis], strides[axis], dilations[axis], padding),
  );
  if (expected.every((size, axis) => size === null || y[axis + 1] === null || size === y[axis + 1])) return;
  throw new UnsupportedError('the output padding of a transposed convolution does not fit its strides', {
    found: `${describeShape(y)} to ${describeShape(x)}`,
  });
}
