import { NO_PADDING, type Pair } from '../../../../graph/padding';
import type { Dim } from '../../../../graph/shape';
import { item } from '../../../../item';
import type { NodeReading } from '../node-reading';
import { IMAGE, plainOrder } from '../order';
import { Unreadable, type Held } from '../state';

/** What is left of one axis of the graph's value. */
interface Range {
  readonly axis: number;
  readonly before: number;
  readonly after: number;
}

/** Most runs of positions that one Gather may take. */
const MAX_RUNS = 16;

/** A value with its axes: which one of ours an axis of the file is. */
interface Axes {
  readonly held: Held;
  readonly rank: number;
  readonly own: (axis: number) => number;
}

function axesOf(r: NodeReading, held = r.held(0)): Axes {
  const rank = r.rank(held);
  if (rank === undefined) throw new Unreadable('the rank of its input is unknown');
  const order = held.order ?? plainOrder(rank);
  const own = (given: number): number => {
    const axis = order.indexOf(given < 0 ? given + rank : given);
    if (axis === 0) throw new Unreadable('it takes a batch apart');
    if (axis < 0) throw new Unreadable('its input has no such axis');
    return axis;
  };
  return { held, own, rank };
}

/** A value of which the last two axes are cut: an image, behind an unknown operator too. */
function asImage(r: NodeReading, axes: readonly number[]): Held {
  const held = r.held(0);
  const isImage = (r.rank(held) ?? 4) === 4 && axes.every((axis) => [2, 3, -1, -2].includes(axis));
  return isImage ? { value: r.state.turn(held, IMAGE), order: IMAGE } : held;
}

/** What a Slice takes along one axis of the file. */
interface Part {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** Slice: of rows and columns of an image with any step; of other axes without. */
export function slice(r: NodeReading): void {
  const parts = partsOf(r);
  r.finish();
  const touched = parts.map(({ axis }) => axis);
  const { held, own, rank } = axesOf(r, asImage(r, touched));
  const dims = r.shape(held);
  const ranges: Range[] = [];
  const strides: [number, number] = [1, 1];
  for (const { axis: given, start, end, step } of parts) {
    const axis = own(given);
    ranges.push({ axis, ...cutOf(start, end, dims?.[axis] ?? null) });
    if (step === 1) continue;
    if (step < 1 || rank !== 4 || axis > 2) throw new Unreadable('its steps are not over an image');
    strides[axis - 1] = step;
  }
  r.give(stepped(r, held.value, ranges, rank, strides), held.order);
}

/** What a Slice takes along the axes that it does not leave whole. */
function partsOf(r: NodeReading): Part[] {
  const starts = r.ints('starts') ?? r.knownSizes(1);
  const ends = r.ints('ends') ?? r.knownSizes(2);
  const axes = r.ints('axes') ?? r.knownSizes(3) ?? starts?.map((_, axis) => axis);
  const steps = r.has(4) ? r.knownSizes(4) : axes?.map(() => 1);
  if (!starts || !ends || !axes || !steps) throw new Unreadable('its place is computed');
  if ([ends, axes, steps].some(({ length }) => length !== starts.length))
    throw new Unreadable('its starts, ends, axes and steps are not equally many');
  return axes
    .map((axis, i) => ({ axis, start: item(starts, i), end: item(ends, i), step: item(steps, i) }))
    .filter(({ start, end, step }) => !isWhole(start, end, step));
}

function isWhole(start: number, end: number, step: number): boolean {
  return start === 0 && end > 2 ** 30 && step === 1;
}

/** How much a slice takes away in front and behind. */
function cutOf(start: number, end: number, size: Dim): Omit<Range, 'axis'> {
  if (size === null) {
    const isOpen = end > 2 ** 30;
    if (start < 0 || (end >= 0 && !isOpen)) throw new Unreadable('its place depends on an unknown size');
    return { before: start, after: isOpen ? 0 : -end };
  }
  const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + size : at, 0), size);
  return { before: clamp(start), after: size - clamp(end) };
}

/** Operators one behind the other, the last one the node's own: cuts, then every so many rows and columns. */
function stepped(
  r: NodeReading,
  from: string,
  ranges: readonly Range[],
  rank: number,
  strides: Pair,
): string {
  const isImage = rank === 4 && ranges.every(({ axis }) => axis < 3);
  const skips = Math.max(...strides) > 1;
  const cuts = ranges.filter(({ before, after }) => before > 0 || after > 0);
  if (isImage && (cuts.length > 0 || !skips)) {
    const [rows, columns] = [cuts.find(({ axis }) => axis === 1), cuts.find(({ axis }) => axis === 2)];
    const sides = {
      ...NO_PADDING,
      ...(rows && { top: rows.before, bottom: rows.after }),
      ...(columns && { left: columns.before, right: columns.after }),
    };
    const value = skips ? r.emitBefore('cut', 'cropping', { sides }, [from]) : from;
    return skips ? every(r, value, strides) : r.emit('cropping', { sides }, [value]);
  }
  // A value that stays whole is an operator all the same, so that the node is one of the graph.
  const all = cuts.length > 0 || skips ? cuts : [{ axis: 1, before: 0, after: 0 }];
  const value = all.reduce(
    (value, range, i) =>
      i === all.length - 1 && !skips
        ? r.emit('slice', range, [value])
        : r.emitBefore(`axis${range.axis}`, 'slice', range, [value]),
    from,
  );
  return skips ? every(r, value, strides) : value;
}

/** Windows of one pixel: the largest of one is itself. */
function every(r: NodeReading, value: string, strides: Pair): string {
  return r.emit('maxPool', { poolSize: [1, 1], strides, padding: 'valid' }, [value]);
}

/** Split along any axis but the batch: a part for every output that is read. */
export function split(r: NodeReading): void {
  const { held, own } = axesOf(r);
  const axis = own(r.int('axis', 0));
  const parts = r.node.outputs.length;
  const size = r.shape(held)?.[axis] ?? null;
  const given = r.ints('split') ?? (r.has(1) ? r.knownSizes(1) : evenParts(size, parts));
  r.ignore('num_outputs');
  r.finish();
  const total = given?.reduce((a, b) => a + b, 0);
  if (given?.length !== parts || given.some((part) => part < 1) || (size !== null && total !== size))
    throw new Unreadable('its parts are computed');
  const { readers } = r.state;
  let before = 0;
  given.forEach((part, output) => {
    const range = { axis, before, after: (total ?? 0) - before - part };
    before += part;
    const name = item(r.node.outputs, output);
    if (name === '' || (!readers.has(name) && output > 0)) return;
    const value =
      output === 0
        ? r.emit('slice', range, [held.value])
        : r.emitBefore(`${output}`, 'slice', range, [held.value]);
    r.giveOne(name, value, held.order);
  });
}

/** Equal parts, the last one shorter if need be. */
function evenParts(size: Dim, parts: number): readonly number[] | undefined {
  if (size === null) return undefined;
  const part = Math.ceil(size / parts);
  return Array.from({ length: parts }, (_, i) => Math.min(part, size - i * part));
}

/** Gather of fixed positions along any axis but the batch: one, which takes the axis away, or several. */
export function gather(r: NodeReading): void {
  const { held, own, rank } = axesOf(r);
  const given = r.int('axis', 0);
  const axis = own(given);
  const indices = r.needConstant(1, 'position');
  r.finish();
  const size = r.shape(held)?.[axis] ?? null;
  if (indices.dims.length > 1 || size === null) throw new Unreadable('its positions are not in a row');
  const at = indices.integers().map((index) => (index < 0 ? index + size : index));
  if (at.length === 0 || at.some((index) => index < 0 || index >= size))
    throw new Unreadable('its input has no such position');
  const runs = inRuns(at).map(([first, last]) => ({ axis, before: first, after: size - 1 - last }));
  if (runs.length > MAX_RUNS) throw new Unreadable('it mixes more positions than are followed');
  if (indices.dims.length === 0) {
    const part = r.emitBefore('part', 'slice', item(runs, 0), [held.value]);
    const rest = (r.state.shapes.get(part) ?? []).filter((_, i) => i > 0 && i !== axis);
    if (rest.length === 0 || rest.filter((dim) => dim === null).length > 1)
      throw new Unreadable('the shape of its input is unknown');
    const fileAxis = given < 0 ? given + rank : given;
    const order = (held.order ?? plainOrder(rank)).filter((each) => each !== fileAxis);
    const value = r.emit('reshape', { shape: rest.map((dim) => dim ?? -1) }, [part]);
    r.give(
      value,
      order.map((each) => (each > fileAxis ? each - 1 : each)),
    );
    return;
  }
  if (runs.length === 1) {
    r.give(r.emit('slice', item(runs, 0), [held.value]), held.order);
    return;
  }
  const values = runs.map((each, i) => r.emitBefore(`${i}`, 'slice', each, [held.value]));
  r.give(r.emit('concatenate', { axis }, values), held.order);
}

/** Positions that follow each other, by the first and the last. */
function inRuns(positions: readonly number[]): Pair[] {
  const runs: [number, number][] = [];
  for (const position of positions) {
    const last = runs.at(-1);
    if (last?.[1] === position - 1) last[1] = position;
    else runs.push([position, position]);
  }
  return runs;
}
