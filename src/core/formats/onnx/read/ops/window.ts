import {
  extent,
  NO_PADDING,
  samePadding,
  windowOutput,
  type Padding,
  type Pair,
  type Sides,
} from '../../../../graph/padding';
import type { Dim } from '../../../../graph/shape';
import { item } from '../../../../item';
import type { NodeReading } from '../node-reading';
import { Unreadable } from '../state';

/** How a window slides, as far as the file says it in attributes. */
export interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
}

/** Two numbers of a setting for height and width. */
export function pairOf(r: NodeReading, name: string, fallback: number): Pair {
  const [height = 0, width = 0, ...more] = r.ints(name) ?? [fallback, fallback];
  if (more.length > 0 || height < 1 || width < 1) throw new Unreadable(`its ${name} is not for images`);
  return [height, width];
}

/** What a window's settings `auto_pad` and `pads` mean for an image. */
export function paddingOf(r: NodeReading, size: readonly [Dim, Dim], window: Window): Padding {
  const pads = r.ints('pads') ?? [0, 0, 0, 0];
  const auto = r.text('auto_pad', 'NOTSET');
  switch (auto) {
    case 'NOTSET':
    case '':
      return explicit(pads);
    case 'VALID':
      return 'valid';
    case 'SAME_UPPER':
      return 'same';
    case 'SAME_LOWER':
      return lower(size, window);
    default:
      throw new Unreadable(`its auto_pad is ${auto}`);
  }
}

function explicit(pads: readonly number[]): Padding {
  if (pads.length !== 4 || pads.some((side) => side < 0)) throw new Unreadable('its pads are not for images');
  if (pads.every((side) => side === 0)) return 'valid';
  return { top: item(pads, 0), left: item(pads, 1), bottom: item(pads, 2), right: item(pads, 3) };
}

/** As TensorFlow's "same", with the larger half in front. */
function lower(size: readonly [Dim, Dim], { kernel, stride, dilation }: Window): Sides {
  const along = (axis: 0 | 1): readonly [number, number] => {
    const known = size[axis];
    if (known === null && stride[axis] > 1) throw new Unreadable('its padding depends on an unknown size');
    // With stride 1 every size gets the same zeros.
    return samePadding(known ?? 1, kernel[axis], stride[axis], dilation[axis]);
  };
  const [vertical, horizontal] = [along(0), along(1)];
  return { top: vertical[1], bottom: vertical[0], left: horizontal[1], right: horizontal[0] };
}

/**
 * Zeros that make room for windows which begin inside and end outside, as `ceil_mode` asks for.
 * @throws Unreadable if they depend on an unknown size.
 */
export function ceilSides(padding: Padding, size: readonly [Dim, Dim], window: Window): Padding {
  if (padding === 'same') return padding;
  const sides = padding === 'valid' ? NO_PADDING : padding;
  const extra = (axis: 0 | 1, before: number, after: number): number => {
    const known = size[axis];
    if (window.stride[axis] === 1) return 0;
    if (known === null) throw new Unreadable('its ceil_mode depends on an unknown size');
    return overhang(known, axis, before, after, window);
  };
  const bottom = sides.bottom + extra(0, sides.top, sides.bottom);
  const right = sides.right + extra(1, sides.left, sides.right);
  return bottom + right + sides.top + sides.left === 0 ? 'valid' : { ...sides, bottom, right };
}

function overhang(size: number, axis: 0 | 1, before: number, after: number, window: Window): number {
  const { kernel, stride, dilation } = window;
  const [k, s, d] = [kernel[axis], stride[axis], dilation[axis]];
  const floor = windowOutput(size, k, s, d, before + after) ?? 0;
  const padded = size + before + after;
  const isExact = (padded - extent(k, d)) % s === 0;
  // A window that would begin behind the image and its first zeros is left out.
  if (isExact || floor * s >= size + before) return 0;
  return floor * s + extent(k, d) - padded;
}
