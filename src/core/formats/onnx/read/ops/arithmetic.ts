import { item } from '../../../../item';
import { sizeOf } from '../../../../tensor/tensor';
import type { Constant } from '../constant';
import type { NodeReading } from '../node-reading';
import { plainOrder } from '../order';
import { Unreadable, type Held } from '../state';

/** Most numbers of a constant that become settings of an operator. */
const MAX_NUMBERS = 1 << 16;

type Combination = 'add' | 'multiply' | 'subtract' | 'average' | 'maximum' | 'minimum';

/** Values taken together element by element. */
export function combination(op: Combination) {
  return (r: NodeReading): void => {
    const inputs = r.node.inputs.map((_, i) => i);
    r.finish();
    if (inputs.length === 1) {
      alone(r);
      return;
    }
    const { values, order } = r.alike(inputs);
    r.give(r.emit(op, {}, values), order);
  };
}

/** A single value, with nothing to be combined: it is the result. */
function alone(r: NodeReading): void {
  const { value, order } = r.held(0);
  r.give(value, order);
}

/** Add: of two values, or of a value and a bias. */
export function add(r: NodeReading): void {
  const bias = r.isHeld(0) ? r.constant(1) : r.constant(0);
  if (!bias) {
    if (!joined(r)) combination('add')(r);
    return;
  }
  const input = r.isHeld(0) ? 0 : 1;
  r.finish();
  const held = alongLast(r, r.held(input), bias);
  const { value, order } = held;
  const numbers = perChannel(r, held, bias);
  if (numbers.isVector && absorbed(r, value, bias)) {
    r.give(value, order);
    return;
  }
  const attributes = (offset: readonly number[]) => ({ scale: [1], offset });
  r.state.numbers.set(r.name, { constant: bias, attributes });
  r.give(r.emit('rescaling', attributes(numbers.values()), [value]), order);
}

/** What the branches of a block end in. */
const BRANCH_ENDS: ReadonlySet<string> = new Set(['conv2d', 'batchNorm']);

/**
 * Makes one sum of two where three convolutions are added up one after the other: what a block of three branches looks
 * like in operators of two values.
 */
function joined(r: NodeReading): boolean {
  const { state } = r;
  const isEnd = (value: string): boolean => BRANCH_ENDS.has(state.maker(value)?.op ?? '');
  const at = [0, 1].findIndex((input) => {
    const inner = state.maker(r.held(input).value);
    const isPrivate = state.readers.get(item(r.node.inputs, input)) === 1;
    return inner?.op === 'add' && inner.inputs.length === 2 && isPrivate && inner.inputs.every(isEnd);
  });
  if (at < 0 || !isEnd(r.held(1 - at).value)) return false;
  const { value } = r.held(at);
  const inner = state.maker(value);
  const group = inner && state.groups.get(inner.name);
  if (!group) return false;
  const { values, order } = r.alike([at, 1 - at]);
  r.finish();
  const [{ inputs }, other] = [inner, item(values, 1)];
  const sum = r.emit('add', {}, at === 0 ? [...inputs, other] : [other, ...inputs]);
  r.give(sum, order);
  // Only now: had the sum been refused, the inner one would stay.
  state.replace(value, undefined);
  state.groups.delete(inner.name);
  state.held.delete(item(r.node.inputs, at));
  r.alsoFrom.push(...group.sources);
  return true;
}

/** Sub, Mul and Div of two values, or of a value and numbers for all or for each channel. */
export function affine(op: 'Sub' | 'Mul' | 'Div') {
  return (r: NodeReading): void => {
    const constants = [0, 1].map((input) => r.constant(input));
    if (!constants[0] && !constants[1]) {
      if (op === 'Div') throw new Unreadable('it divides by a computed value');
      combination(op === 'Sub' ? 'subtract' : 'multiply')(r);
      return;
    }
    r.finish();
    const input = constants[0] ? 1 : 0;
    const constant = constants[1 - input];
    if (!constant) throw new Unreadable('an input of it is unknown');
    const held = alongLast(r, r.held(input), constant);
    const { value, order } = held;
    const numbers = perChannel(r, held, constant).values();
    const attributes = (values: readonly number[]) => settings(op, input === 1, values);
    r.state.numbers.set(r.name, { constant, attributes });
    r.give(r.emit('rescaling', attributes(numbers), [value]), order);
  };
}

function settings(op: 'Sub' | 'Mul' | 'Div', isReversed: boolean, numbers: readonly number[]) {
  switch (op) {
    case 'Mul':
      return { scale: numbers, offset: [0] };
    case 'Sub':
      return isReversed
        ? { scale: [-1], offset: numbers }
        : { scale: [1], offset: numbers.map((number) => -number) };
    case 'Div':
      if (isReversed) throw new Unreadable('it divides a constant');
      return { scale: numbers.map((number) => 1 / number), offset: [0] };
  }
}

/** A value with the axis last along which a constant has its numbers, if there is one such axis. */
function alongLast(r: NodeReading, held: Held, { dims }: Constant): Held {
  const rank = r.rank(held);
  if (rank === undefined || dims.length > rank) return held;
  const axes = dims.flatMap((dim, i) => (dim === 1 ? [] : [i + rank - dims.length]));
  const [axis, ...others] = axes;
  const own = held.order ?? plainOrder(rank);
  if (axis === undefined || others.length > 0 || axis === 0 || own.at(-1) === axis) return held;
  const order = [...plainOrder(rank).filter((other) => other !== axis), axis];
  return { value: r.state.turn(held, order), order };
}

/** A constant as one number, or as one for each position of our last axis. */
function perChannel(r: NodeReading, held: Held, constant: Constant) {
  const { dims } = constant;
  const size = sizeOf(dims);
  if (size > MAX_NUMBERS) throw new Unreadable('it has numbers for more than channels');
  const values = (): number[] => [...constant.float32()];
  const { order } = held;
  const rank = r.rank(held);
  if (size === 1 && rank !== undefined && dims.length <= rank) {
    return { values, isVector: r.shape(held)?.at(-1) === 1 };
  }
  if (rank === undefined || dims.length > rank) throw new Unreadable('the rank of its input is unknown');
  const last = item(order ?? plainOrder(rank), rank - 1);
  const axis = last - (rank - dims.length);
  if (size !== dims.at(axis) || axis < 0) throw new Unreadable('it has numbers for more than channels');
  const channels = r.shape(held)?.at(-1);
  // A vector along an axis of one position would make the value larger.
  if (channels !== size) throw new Unreadable('its numbers do not fit its input');
  return { values, isVector: true };
}

/** Makes an addition the bias of the layer before it, if nobody else reads that layer. */
function absorbed(r: NodeReading, value: string, bias: Constant): boolean {
  const { state } = r;
  const layer = state.maker(value);
  const group = layer && state.groups.get(layer.name);
  if (!group || group.nodes.length !== 1 || group.sources.length !== 1) return false;
  if ((layer.op !== 'dense' && layer.op !== 'conv2d') || layer.parameters.bias) return false;
  const name = state.names.get(value)?.name ?? '';
  if (state.readers.get(name) !== 1) return false;
  const { output } = r;
  const parameters = { ...layer.parameters, bias: r.weight(bias, 'plain', [sizeOf(bias.dims)]) };
  state.replace(value, { ...layer, parameters });
  group.sources.push(r.node.index);
  state.names.set(value, { name: output, order: state.names.get(value)?.order });
  state.held.delete(name);
  return true;
}

/** Concat along one axis. */
export function concat(r: NodeReading): void {
  const given = r.int('axis', 1);
  r.finish();
  if (r.node.inputs.length === 1) {
    alone(r);
    return;
  }
  const { values, order } = r.alike(r.node.inputs.map((_, i) => i));
  const rank = order?.length ?? r.state.shapes.get(values.at(0) ?? '')?.length;
  if (rank === undefined) throw new Unreadable('the rank of its inputs is unknown');
  const axis = (order ?? plainOrder(rank)).indexOf(given < 0 ? given + rank : given);
  r.give(r.emit('concatenate', { axis }, values), order);
}

/** Gemm with fixed weights: [in, out], or [out, in] with `transB`. */
export function gemm(r: NodeReading): void {
  const kernel = r.needConstant(1, 'matrix');
  const isPlain = r.float('alpha', 1) === 1 && r.float('beta', 1) === 1 && r.int('transA', 0) === 0;
  const isTurned = r.int('transB', 0) !== 0;
  r.ignore('broadcast');
  r.finish();
  if (!isPlain || kernel.dims.length !== 2) throw new Unreadable('it is not a plain matrix product');
  const units = item(kernel.dims, isTurned ? 0 : 1);
  const parameters: Record<string, string> = { kernel: r.weight(kernel, isTurned ? 'oi' : 'plain') };
  if (r.has(2)) {
    const bias = r.needConstant(2, 'bias');
    if (sizeOf(bias.dims) !== units) throw new Unreadable('its bias is not a vector');
    parameters.bias = r.weight(bias, 'plain', [units]);
  }
  r.givePlain(r.emit('dense', { units }, [r.plain(0)], parameters));
}

/** MatMul with a fixed matrix. */
export function matMul(r: NodeReading): void {
  const kernel = r.needConstant(1, 'matrix');
  r.finish();
  const rank = r.rank(r.held(0)) ?? 0;
  if (kernel.dims.length !== 2 || rank < 2) throw new Unreadable('it is not a product with a matrix');
  const value = r.emit('dense', { units: item(kernel.dims, 1) }, [r.plain(0)], { kernel: r.weight(kernel) });
  r.givePlain(value);
}
