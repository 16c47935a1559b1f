import { UserError } from '../../errors';
import type { LoweringContext, Value } from '../lowering';
import type { Operator } from '../operator';
import type { Dim } from '../shape';
import { windowOutputs, type Padding, type Pair } from '../padding';
import { imageShape, positive } from './image';
import { padExplicitly } from './pad-explicitly';

/** A sliding window that reduces each channel. Average pooling leaves padded positions out of the count. */
export interface PoolAttributes {
  readonly poolSize: Pair;
  readonly strides: Pair;
  readonly padding: Padding;
}

/** A global reduction over height and width. */
export interface GlobalPoolAttributes {
  /** True keeps height and width as 1 × 1. */
  readonly keepDims: boolean;
}

/** Builds the operator of a sliding-window pooling. */
export function pool(op: 'maxPool' | 'averagePool'): Operator<PoolAttributes> {
  return {
    type: op,
    parameters: [],
    inferShape({ attributes, inputs }) {
      const [batch, height, width, channels] = imageShape(inputs[0]);
      const window = { kernel: attributes.poolSize, stride: attributes.strides, dilation: [1, 1] as const };
      const [outHeight, outWidth] = windowOutputs([height, width], window, attributes.padding);
      return positive([batch, outHeight, outWidth, channels]);
    },
    lower: (context) => (op === 'maxPool' ? lowerMaximum(context) : lowerAverage(context)),
  };
}

/** Builds the operator of a global pooling. */
export function globalPool(type: 'globalMaxPool' | 'globalAveragePool'): Operator<GlobalPoolAttributes> {
  return {
    type,
    parameters: [],
    inferShape({ attributes, inputs }) {
      const [batch, , , channels] = imageShape(inputs[0]);
      return attributes.keepDims ? [batch, 1, 1, channels] : [batch, channels];
    },
    lower(context) {
      const op = type === 'globalMaxPool' ? 'maxPool' : 'averagePool';
      return lowerGlobal(context, op);
    },
  };
}

function lowerMaximum(context: LoweringContext<PoolAttributes>): Value {
  const { poolSize, strides } = context.attributes;
  // The lowest float32: no position outside can be the largest of a window.
  const { value, padding } = padExplicitly(context, context.attributes.padding, -3.4028234663852886e38);
  return context.emit({ op: 'maxPool', poolSize, strides, padding }, [value], context.output);
}

/** Sums of padded windows divided by the true counts where the padding is explicit. */
function lowerAverage(context: LoweringContext<PoolAttributes>): Value {
  const { poolSize, strides } = context.attributes;
  const { value, padding } = padExplicitly(context, context.attributes.padding);
  const mean = context.emit({ op: 'averagePool', poolSize, strides, padding }, [value], context.output);
  if (value === context.values[0]) return mean;
  return context.emit({ op: 'multiplyConstant' }, [mean, windowCorrection(context)], context.output);
}

/** Positions of an output for which windows are counted one by one; larger than any image. */
const MOST_WINDOWS = 2 ** 24;

/** For each window, its size over the number of its positions inside the input. */
function windowCorrection({ attributes, values, output, constant }: LoweringContext<PoolAttributes>): Value {
  const { poolSize, strides, padding } = attributes;
  const before: Pair = typeof padding === 'string' ? [0, 0] : [padding.top, padding.left];
  const [, outHeight, outWidth] = imageShape(output);
  const [, height, width] = imageShape(values[0].shape);
  const windows = known(outHeight) * known(outWidth);
  if (windows > MOST_WINDOWS) {
    throw new UserError('a padded average pooling is too large to be run', {
      found: `${windows} windows`,
      expected: `at most ${MOST_WINDOWS} windows`,
    });
  }
  const inside = (axis: 0 | 1, size: Dim, length: Dim): number[] =>
    Array.from({ length: known(length) }, (_, i) => {
      const start = i * strides[axis] - before[axis];
      return Math.min(start + poolSize[axis], known(size)) - Math.max(start, 0);
    });
  const [rows, columns] = [inside(0, height, outHeight), inside(1, width, outWidth)];
  const numbers = rows.flatMap((h) => columns.map((w) => (poolSize[0] * poolSize[1]) / Math.max(h * w, 1)));
  return constant(numbers, [rows.length, columns.length, 1]);
}

function lowerGlobal(
  { values, output, emit }: LoweringContext<GlobalPoolAttributes>,
  op: 'maxPool' | 'averagePool',
): Value {
  const [batch, height, width, channels] = imageShape(values[0].shape);
  const poolSize: Pair = [known(height), known(width)];
  const window = { poolSize, strides: [1, 1], padding: 'valid' } as const;
  const pooled = emit({ op, ...window }, values, [batch, 1, 1, channels]);
  return output.length === 4 ? pooled : emit({ op: 'reshape' }, [pooled], output);
}

function known(size: number | null): number {
  if (size === null) throw new UserError('the height and width must be known to run this operator');
  return size;
}
