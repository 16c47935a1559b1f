import type { ResizeAttributes } from '../../../../graph/lowering';
import type { Pair, Sides } from '../../../../graph/padding';
import type { Dim } from '../../../../graph/shape';
import { squeezed, unsqueezed } from '../fold';
import { item } from '../../../../item';
import type { NodeReading } from '../node-reading';
import { IMAGE, plainOrder, transposed } from '../order';
import { fileDims } from '../sizes';
import { Unreadable } from '../state';

/** Transpose: another order of the same value, so no operator. */
export function transpose(r: NodeReading): void {
  const held = r.held(0);
  const rank = r.rank(held);
  if (rank === undefined) throw new Unreadable('the rank of its input is unknown');
  const perm = r.ints('perm') ?? [...plainOrder(rank)].reverse();
  r.finish();
  if (perm.length !== rank || new Set(perm).size < rank)
    throw new Unreadable('its perm does not fit its input');
  r.give(held.value, transposed(held.order ?? plainOrder(rank), perm));
}

/** Identity: the same value under another name. */
export function alias(r: NodeReading): void {
  const { value, order } = r.held(0);
  r.finish();
  r.give(value, order);
}

/**
 * Cast to a kind of numbers: what comes in, as a value of its own. It has another type, so whoever reads the one does
 * not take the other: a branch beside a convolution behind a Cast reads what the convolution does.
 */
export function cast(r: NodeReading): void {
  const { value, order } = r.held(0);
  // float, half, bfloat16 and double
  const to = r.int('to', 1);
  r.ignore('saturate');
  r.finish();
  if (![1, 10, 11, 16].includes(to)) throw new Unreadable('it rounds its input');
  r.give(r.emit('identity', {}, [value]), order);
}

/**
 * What Flatten, Reshape and the like read: the elements in the file's order. A value of one row and one column needs no
 * transposition for that.
 */
function elementsInOrder(r: NodeReading): { readonly value: string; readonly dims: readonly Dim[] } {
  const held = r.held(0);
  const shape = r.shape(held);
  const dims = fileDims(shape, held.order);
  if (!shape || !dims) throw new Unreadable('the shape of its input is unknown');
  const large = (held.order ?? []).filter((_, axis) => shape[axis] !== 1);
  const isOrdered = large.every((axis, i) => i === 0 || axis > item(large, i - 1));
  return { value: isOrdered ? held.value : r.plain(0), dims };
}

/** Flatten at axis 1: everything behind the batch as one. */
export function flatten(r: NodeReading): void {
  const { value, dims } = elementsInOrder(r);
  const axis = r.int('axis', 1);
  r.finish();
  if (axis !== 1 && axis !== 1 - dims.length) throw new Unreadable('it changes the batch axis');
  r.givePlain(r.emit('flatten', {}, [value]));
}

/** Reshape; the batch stays as it is. @throws Unreadable if the shape is computed or moves the batch */
export function reshape(r: NodeReading): void {
  const { value, dims } = elementsInOrder(r);
  const wanted = r.sizes(1) ?? r.ints('shape');
  const zeroIsZero = r.int('allowzero', 0) !== 0;
  r.finish();
  if (!wanted || wanted.length === 0) throw new Unreadable('its shape is computed');
  const to = wanted.map((size, i) => (size === 0 && !zeroIsZero ? (dims.at(i) ?? null) : size));
  toShape(r, value, dims, to);
}

/** Squeeze: axes of size 1 go. */
export function squeeze(r: NodeReading): void {
  const { value, dims } = elementsInOrder(r);
  const axes =
    r.ints('axes') ?? r.knownSizes(1) ?? dims.flatMap((dim, axis) => (dim === 1 && axis > 0 ? [axis] : []));
  r.finish();
  const to = squeezed(dims, axes);
  if (!to) throw new Unreadable('it takes away an axis that may be longer than 1');
  toShape(r, value, dims, to);
}

/** Unsqueeze: axes of size 1 are added. */
export function unsqueeze(r: NodeReading): void {
  const { value, dims } = elementsInOrder(r);
  const axes = r.ints('axes') ?? r.knownSizes(1);
  r.finish();
  const to = axes && unsqueezed(dims, axes);
  if (!to) throw new Unreadable('its axes are computed');
  if (isOneChannel(to, axes)) {
    r.giveImage(r.emit('reshape', { shape: [to[2] ?? -1, to[3] ?? -1, 1] }, [value]));
    return;
  }
  toShape(r, value, dims, to);
}

/** N × H × W that becomes an image of one channel. */
function isOneChannel(to: readonly Dim[], axes: readonly number[]): boolean {
  return (
    to.length === 4 && axes.length === 1 && (axes[0] === 1 || axes[0] === -3) && (to[2] ?? to[3]) !== null
  );
}

/** A reshape that keeps the batch first. */
function toShape(r: NodeReading, value: string, from: readonly Dim[], to: readonly Dim[]): void {
  const [first, ...rest] = to;
  const total = product(from.slice(1));
  const keeps =
    first === null ||
    (first !== -1 && first === r.state.batch) ||
    (first === -1 && total !== null && total === product(rest));
  if (!keeps) throw new Unreadable('it does not keep the batch');
  const open = rest.filter((size) => size === null || size === -1).length;
  if (open > 1) throw new Unreadable('its shape is computed');
  if (rest.length === 1) {
    const flat = r.emit('flatten', {}, [value]);
    const units = r.state.shapes.get(flat)?.[1];
    if (typeof rest[0] === 'number' && rest[0] > 0 && rest[0] !== units)
      throw new Unreadable('it does not keep the batch');
    r.givePlain(flat);
    return;
  }
  r.givePlain(r.emit('reshape', { shape: rest.map((size) => size ?? -1) }, [value]));
}

function product(dims: readonly Dim[]): number | null {
  return dims.reduce<number | null>(
    (all, dim) => (all === null || dim === null || dim < 0 ? null : all * dim),
    1,
  );
}

/** Pad with zeros around an image; negative ones cut. */
export function pad(r: NodeReading): void {
  const pads = r.ints('pads') ?? r.ints('paddings') ?? r.knownSizes(1);
  const fill = r.has(2) ? r.scalar(2) : r.float('value', 0);
  const mode = r.text('mode', 'constant');
  r.finish();
  const held = r.held(0);
  if (!pads || mode !== 'constant' || fill !== 0 || r.has(3))
    throw new Unreadable('it does not pad with zeros');
  // There are two for each axis, so they say the rank where nothing else does.
  if ((r.rank(held) ?? 4) !== 4 || pads.length !== 8) throw new Unreadable('it does not pad an image');
  const { order, rows, columns } = imageAxes(pads.slice(0, 4), pads.slice(4), 0);
  const value = r.state.turn(held, order);
  const sides = { top: rows[0], bottom: rows[1], left: columns[0], right: columns[1] };
  r.give(sided(r, value, sides), order);
}

function sided(r: NodeReading, value: string, sides: Sides): string {
  const all = Object.values(sides) as number[];
  if (all.every((side) => side >= 0)) return r.emit('zeroPadding', { sides }, [value]);
  if (all.some((side) => side > 0)) throw new Unreadable('it pads and cuts at once');
  const { top, bottom, left, right } = sides;
  return r.emit('cropping', { sides: { top: -top, bottom: -bottom, left: -left, right: -right } }, [value]);
}

/** Where height and width are, if only they have other numbers than `neutral`; axes 2 and 3 win. */
function imageAxes(before: readonly number[], after: readonly number[], neutral: number) {
  const isTouched = (axis: number): boolean => before[axis] !== neutral || after[axis] !== neutral;
  if (isTouched(0) || (isTouched(1) && isTouched(3))) throw new Unreadable('it changes batch or channels');
  const order = isTouched(1) ? plainOrder(4) : IMAGE;
  const first = isTouched(1) ? 1 : 2;
  const ends = (axis: number): Pair => [item(before, axis), item(after, axis)];
  return { order, rows: ends(first), columns: ends(first + 1) };
}

/** Resize and Upsample by whole factors. */
export function resize(r: NodeReading): void {
  const isUpsample = r.node.op === 'Upsample';
  const held = r.held(0);
  const how = resizeMethod(r, isUpsample);
  const scales = scalesOf(r, isUpsample);
  r.ignore('cubic_coeff_a', 'exclude_outside', 'extrapolation_value', 'keep_aspect_ratio_policy');
  if (r.int('antialias', 0) !== 0 || r.ints('axes')) throw new Unreadable('it does more than resize');
  r.finish();
  if (r.rank(held) !== 4 || scales.length !== 4) throw new Unreadable('it does not resize an image');
  const { order, rows, columns } = imageAxes(scales, scales, 1);
  const factors: Pair = [rows[0], columns[0]];
  if (!factors.every((factor) => Number.isInteger(factor) && factor >= 1)) {
    throw new Unreadable('it is not by whole factors');
  }
  r.give(r.emit('upsampling', { factors, ...how }, [r.state.turn(held, order)]), order);
}

function resizeMethod(r: NodeReading, isUpsample: boolean): ResizeAttributes {
  const isOld = isUpsample || r.opset < 11;
  const mode = r.text('mode', 'nearest');
  const coordinates = r.text('coordinate_transformation_mode', isOld ? 'asymmetric' : 'half_pixel');
  const rounding = r.text('nearest_mode', isOld ? 'floor' : 'round_prefer_floor');
  const isHalf = coordinates === 'half_pixel' || coordinates === 'pytorch_half_pixel';
  if (mode === 'linear' && isHalf) return { method: 'bilinear' };
  if (mode === 'linear' && coordinates === 'align_corners') return { method: 'bilinear', aligned: true };
  // Repeating each pixel is what both ways of counting give for whole factors.
  const repeats = isHalf
    ? rounding.startsWith('round')
    : coordinates === 'asymmetric' && rounding === 'floor';
  if (mode !== 'nearest' || !repeats) throw new Unreadable(`its ${mode} is computed otherwise`);
  return { method: 'nearest' };
}

/** Factors for each axis of the file. */
function scalesOf(r: NodeReading, isUpsample: boolean): readonly number[] {
  const attribute = r.node.attributes.get('scales')?.floats;
  r.ignore('scales');
  if (attribute && attribute.length > 0) return attribute;
  const constant = r.constant(isUpsample || r.opset < 11 ? 1 : 2);
  if (constant && (constant.dims.at(0) ?? 0) > 0) return [...constant.float32()];
  const held = r.held(0);
  const dims = fileDims(r.shape(held), held.order) ?? [];
  return (r.sizes(3) ?? []).map((size, axis) => (axis === 0 ? 1 : (size ?? NaN) / (dims.at(axis) ?? NaN)));
}
