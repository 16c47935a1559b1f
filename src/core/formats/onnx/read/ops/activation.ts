import type { OpAttributes, OpType } from '../../../../graph/ops';
import { item } from '../../../../item';
import type { NodeReading } from '../node-reading';
import { IMAGE, plainOrder, sameOrder } from '../order';
import { fileDims } from '../sizes';
import { InTraining, Unreadable } from '../state';

/** An operator of one value that keeps its shape. */
export function pointwise<T extends OpType>(op: T, attributesOf: (r: NodeReading) => OpAttributes[T]) {
  return (r: NodeReading): void => {
    const { value, order } = r.held(0);
    const attributes = attributesOf(r);
    r.finish();
    r.give(r.emit(op, attributes, [value]), order);
  };
}

/** Attributes of an Elu. */
export function elu(r: NodeReading): OpAttributes['elu'] {
  return { alpha: r.float('alpha', 1) };
}

/** Attributes of a LeakyRelu. */
export function leakyRelu(r: NodeReading): OpAttributes['leakyRelu'] {
  return { slope: r.float('alpha', 0.01) };
}

/** Selu with the constants of its paper, whatever their last digits. */
export function selu(r: NodeReading): OpAttributes['selu'] {
  const isUsual =
    Math.abs(r.float('alpha', 1.6732632) - 1.6732632) < 1e-6 &&
    Math.abs(r.float('gamma', 1.0507009) - 1.0507009) < 1e-6;
  if (!isUsual) throw new Unreadable('its constants are unusual');
  return {};
}

/** max(0, min(1, slope · x + 1/2)). Slopes are float32 in the file: the nearest of seven digits is meant. */
export function hardSigmoid(r: NodeReading): OpAttributes['hardSigmoid'] {
  const [slope, offset] = [r.float('alpha', 0.2), r.float('beta', 0.5)];
  if (offset !== 0.5 || !(slope > 0)) throw new Unreadable('it is not 1/2 at 0');
  return Math.abs(slope - 1 / 6) < 1e-6 ? {} : { slope: Number(slope.toPrecision(7)) };
}

/** Attributes of a Gelu (opset 20). */
export function gelu(r: NodeReading): OpAttributes['gelu'] {
  return { approximate: r.text('approximate', 'none') === 'tanh' };
}

/** Of an operator that has no attributes. */
export function none(): Readonly<Record<string, never>> {
  return {};
}

/** Clip from 0 on, to a largest number or none. */
export function clip(r: NodeReading): void {
  const { value, order } = r.held(0);
  const bound = (name: string, input: number, fallback: number): number => {
    if (r.has(input)) {
      const number = r.scalar(input);
      if (number === undefined) throw new Unreadable('its bounds are computed');
      return number;
    }
    return r.float(name, fallback);
  };
  const least = bound('min', 1, -Infinity);
  const most = bound('max', 2, Infinity);
  r.finish();
  if (least !== 0 || most <= 0) throw new Unreadable('it does not begin at 0');
  if (most === 6) r.give(r.emit('relu6', {}, [value]), order);
  else if (most > 3e38) r.give(r.emit('relu', {}, [value]), order);
  else {
    const attributes = { maxValue: most, negativeSlope: 0, threshold: 0 };
    r.give(r.emit('boundedRelu', attributes, [value]), order);
  }
}

/** PRelu with a slope per channel, or one for all. */
export function prelu(r: NodeReading): void {
  const slope = r.needConstant(1, 'slope');
  r.finish();
  const held = r.held(0);
  const rank = r.rank(held);
  const isOne = slope.dims.every((dim) => dim === 1);
  const channels = slope.dims.findIndex((dim) => dim !== 1);
  const isChannels = isOne || slope.dims.filter((dim) => dim !== 1).length === 1;
  // From behind: [C, 1, 1] and [1, C, 1, 1] lie along axis 1 of an image.
  const axis = isOne ? 1 : channels + (rank ?? 0) - slope.dims.length;
  if (!isChannels || axis !== 1 || (rank !== 4 && rank !== 2))
    throw new Unreadable('its slopes are not by channel');
  const order = rank === 4 ? IMAGE : plainOrder(2);
  const shape = [...(rank === 4 ? [1, 1] : []), isOne ? 1 : item(slope.dims, channels)];
  const sharedAxes = rank === 4 ? [1, 2, ...(isOne ? [3] : [])] : isOne ? [1] : [];
  const value = r.state.turn(held, order);
  r.give(r.emit('prelu', { sharedAxes }, [value], { alpha: r.weight(slope, 'plain', shape) }), order);
}

/** Along one axis; before version 13 along all axes from one on. */
export function softmax(op: 'softmax' | 'logSoftmax'): (r: NodeReading) => void {
  return (r) => {
    const held = r.held(0);
    const rank = r.rank(held);
    if (rank === undefined) throw new Unreadable('the rank of its input is unknown');
    const given = r.int('axis', r.opset < 13 ? 1 : -1);
    const axis = given < 0 ? given + rank : given;
    r.finish();
    const dims = fileDims(r.shape(held), held.order);
    const isOne = axis === rank - 1 || dims?.slice(axis + 1).every((dim) => dim === 1);
    if (r.opset < 13 && !isOne) throw new Unreadable('it is over several axes');
    // The axis comes last with us.
    const own = held.order ?? plainOrder(rank);
    const order = own.at(-1) === axis ? own : lastAxis(rank, axis);
    if (axis === 0) throw new Unreadable('it is over the batch');
    r.give(r.emit(op, {}, [r.state.turn(held, order)]), order);
  };
}

function lastAxis(rank: number, axis: number): readonly number[] {
  const order = [...plainOrder(rank).filter((other) => other !== axis), axis];
  return sameOrder(order, IMAGE) ? IMAGE : order;
}

/** Dropout, which does nothing at inference. */
export function dropout(r: NodeReading): void {
  const { value, order } = r.held(0);
  if (r.node.outputs.slice(1).some((name) => (r.state.readers.get(name) ?? 0) > 0)) {
    throw new Unreadable('its mask is read');
  }
  const isTraining = r.has(2) && r.scalar(2) !== 0;
  const rate = r.has(1) ? (r.scalar(1) ?? 0.5) : r.float('ratio', 0.5);
  r.ignore('seed', 'is_test', 'consumed_inputs');
  r.finish();
  if (isTraining || !(rate >= 0 && rate < 1)) throw new InTraining();
  r.give(r.emit('dropout', { rate }, [value]), order);
}
