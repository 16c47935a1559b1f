import { extent, type Padding, type Pair } from '../../../../graph/padding';
import type { Dim } from '../../../../graph/shape';
import { item } from '../../../../item';
import type { NodeReading } from '../node-reading';
import { Unreadable } from '../state';
import type { Window } from './window';

/** What a transposed convolution's output lacks and has besides. */
interface TransposedPadding {
  readonly padding: Padding;
  readonly outputPadding: Pair | null;
}

/** Along one axis: what is cut in front and behind, and what is added behind. */
interface Ends {
  readonly before: number;
  readonly after: number;
  readonly more: number;
  /** By how much the kernel reaches further than its steps; negative where it does not. */
  readonly rest: number;
}

/**
 * What `pads`, `output_padding`, `auto_pad` and `output_shape` of a ConvTranspose mean; as "same" or "valid" where that is
 * the same, so that other formats can say it too.
 * Source: ConvTranspose in onnx/docs/Operators.md.
 * @throws Unreadable if they depend on an unknown size or name none that there is.
 */
export function transposedPadding(
  r: NodeReading,
  size: readonly [Dim, Dim],
  window: Window,
): TransposedPadding {
  const auto = r.text('auto_pad', 'NOTSET');
  const pads = r.ints('pads') ?? [0, 0, 0, 0];
  const more = r.ints('output_padding') ?? [0, 0];
  // Some files give batch and channels too.
  const wanted = r.ints('output_shape')?.slice(-2);
  if (pads.length !== 4 || more.length !== 2 || [...pads, ...more].some((side) => side < 0))
    throw new Unreadable('its pads are not for images');
  const along = (axis: 0 | 1): Ends => {
    const { kernel, dilation, stride } = window;
    const own = { more: item(more, axis), rest: extent(kernel[axis], dilation[axis]) - stride[axis] };
    const total = totalCut(auto, size[axis], axis, wanted?.[axis], own.more, window);
    if (total === undefined) return { before: item(pads, axis), after: item(pads, axis + 2), ...own };
    const half = Math.floor(total / 2);
    const before = auto === 'SAME_UPPER' ? half : total - half;
    return { before, after: total - before, ...own };
  };
  return inWords([along(0), along(1)]);
}

/** By how much an output is shorter than all that the kernel reaches, where the file says it so; else undefined. */
function totalCut(
  auto: string,
  size: Dim,
  axis: 0 | 1,
  wanted: number | undefined,
  more: number,
  { kernel, stride, dilation }: Window,
): number | undefined {
  const reach = extent(kernel[axis], dilation[axis]) + more;
  const checked = (total: number): number => {
    if (total < 0) throw new Unreadable('its output is longer than its kernel reaches');
    return total;
  };
  if (wanted !== undefined) {
    if (size === null) throw new Unreadable('its output_shape fits one input size only');
    return checked((size - 1) * stride[axis] + reach - wanted);
  }
  switch (auto) {
    case 'SAME_UPPER':
    case 'SAME_LOWER':
      return checked(reach - stride[axis]);
    case 'VALID':
      return 0;
    case 'NOTSET':
    case '':
      return undefined;
    default:
      throw new Unreadable(`its auto_pad is ${auto}`);
  }
}

function inWords(ends: readonly [Ends, Ends]): TransposedPadding {
  const [vertical, horizontal] = ends;
  const isPlain = ends.every(({ more, rest }) => more === 0 && rest >= 0);
  const isValid = ends.every(({ before, after }) => before === 0 && after === 0);
  if (isPlain && isValid) return { padding: 'valid', outputPadding: null };
  const isSame = ends.every(
    ({ before, after, rest }) => before === Math.floor(rest / 2) && after === rest - Math.floor(rest / 2),
  );
  if (isPlain && isSame) return { padding: 'same', outputPadding: null };
  const outputPadding: Pair = [vertical.more, horizontal.more];
  if (isValid) return { padding: 'valid', outputPadding };
  const sides = {
    ...{ top: vertical.before, bottom: vertical.after },
    ...{ left: horizontal.before, right: horizontal.after },
  };
  return { padding: sides, outputPadding };
}
