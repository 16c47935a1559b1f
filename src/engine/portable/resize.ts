import type { ResizeAttributes } from '../../core/graph/lowering';
import type { Pair } from '../../core/graph/padding';
import type { Runtime, Tensor } from './runtime';

/** Where a pixel of the result comes from on one axis: two neighbours and the share of the second. */
interface Source {
  readonly lower: number;
  readonly upper: number;
  readonly share: number;
}

/** Pixel centres are at half a pixel, as TensorFlow's `half_pixel_centers` has it, or the corners' stay where they are. */
function sources({ method, aligned }: ResizeAttributes, from: number, to: number): Source[] {
  return Array.from({ length: to }, (_, i) => {
    if (aligned) return between(to === 1 ? 0 : (i * (from - 1)) / (to - 1), from);
    const centre = ((i + 0.5) * from) / to;
    if (method === 'nearest') {
      const nearest = Math.min(Math.floor(centre), from - 1);
      return { lower: nearest, upper: nearest, share: 0 };
    }
    return between(centre - 0.5, from);
  });
}

/** The two pixels of a row of `from` beside a place. */
function between(at: number, from: number): Source {
  const floor = Math.floor(at);
  return { lower: Math.max(floor, 0), upper: Math.min(floor + 1, from - 1), share: at - floor };
}

/** Calls back for each pixel pair: offsets of source and target (channel 0) and the weight between them. */
function eachPair(
  batch: number,
  small: { readonly size: Pair; readonly channels: number },
  target: Pair,
  how: ResizeAttributes,
  visit: (source: number, target: number, weight: number) => void,
): void {
  const [height, width] = small.size;
  const rows = sources(how, height, target[0]);
  const columns = sources(how, width, target[1]);
  const offset = (n: number, row: number, column: number): number =>
    ((n * height + row) * width + column) * small.channels;
  let to = 0;
  for (let n = 0; n < batch; n++) {
    for (const row of rows) {
      for (const column of columns) {
        const [down, right] = [row.share, column.share];
        visit(offset(n, row.lower, column.lower), to, (1 - down) * (1 - right));
        if (right > 0) visit(offset(n, row.lower, column.upper), to, (1 - down) * right);
        if (down > 0) visit(offset(n, row.upper, column.lower), to, down * (1 - right));
        if (down > 0 && right > 0) visit(offset(n, row.upper, column.upper), to, down * right);
        to += small.channels;
      }
    }
  }
}

/** An image in another size. */
export function resize(rt: Runtime, x: Tensor, size: Pair, how: ResizeAttributes): Tensor {
  const [batch, height, width, channels] = x.shape;
  return rt.fill([batch, ...size, channels], (to) => {
    const from = rt.view(x);
    to.fill(0);
    eachPair(batch, { size: [height, width], channels }, size, how, (source, target, weight) => {
      for (let c = 0; c < channels; c++) to[target + c] += weight * from[source + c];
    });
  });
}

/** The gradient of the image that was resized. */
export function resizeGradient(rt: Runtime, dy: Tensor, x: Tensor, how: ResizeAttributes): Tensor {
  const [batch, height, width, channels] = x.shape;
  const target: Pair = [dy.shape[1], dy.shape[2]];
  return rt.fill(x.shape, (to) => {
    const from = rt.view(dy);
    to.fill(0);
    eachPair(batch, { size: [height, width], channels }, target, how, (source, at, weight) => {
      for (let c = 0; c < channels; c++) to[source + c] += weight * from[at + c];
    });
  });
}
