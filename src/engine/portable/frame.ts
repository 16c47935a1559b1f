import type { Pair } from '../../core/graph/padding';
import type { Runtime, Tensor } from './runtime';

/** Where an image's pixels go in another image: those that fall outside are lost, the rest is filled. */
export interface Frame {
  /** Row and column of the first pixel; may be negative. */
  readonly first: Pair;
  readonly size: Pair;
  /** Distance between neighbours; the pixels between are filled. */
  readonly spacing?: Pair;
  readonly fill?: number;
}

/** Places images in a frame: padding, cropping and spreading in one. */
export function place(rt: Runtime, x: Tensor, { first, size, spacing = [1, 1], fill = 0 }: Frame): Tensor {
  const [batch, height, width, channels] = x.shape;
  const [rows, columns] = size;
  const [left, right] = inside(first[1], spacing[1], width, columns);
  return withView(rt, x, [batch, rows, columns, channels], (from, to) => {
    to.fill(fill);
    for (let n = 0; n < batch; n++) {
      for (let row = 0; row < height; row++) {
        const target = first[0] + row * spacing[0];
        if (target < 0 || target >= rows || right <= left) continue;
        const source = (n * height + row) * width * channels;
        const start = (n * rows + target) * columns * channels;
        if (spacing[1] === 1) {
          const at = start + (first[1] + left) * channels;
          to.set(from.subarray(source + left * channels, source + right * channels), at);
          continue;
        }
        for (let column = left; column < right; column++) {
          const at = start + (first[1] + column * spacing[1]) * channels;
          for (let c = 0; c < channels; c++) to[at + c] = from[source + column * channels + c];
        }
      }
    }
  });
}

/** The range of positions whose targets lie inside. */
function inside(first: number, spacing: number, count: number, size: number): Pair {
  const start = Math.max(0, Math.ceil(-first / spacing));
  const end = Math.min(count, Math.floor((size - 1 - first) / spacing) + 1);
  return [start, end];
}

/** A new tensor computed from the memory of another. */
export function withView(
  rt: Runtime,
  x: Tensor,
  shape: readonly number[],
  write: (from: Float32Array, to: Float32Array) => void,
): Tensor {
  return rt.fill(shape, (to) => write(rt.view(x), to));
}

/** Some neighbouring channels of images or kernels (of the last axis). */
export function sliceChannels(rt: Runtime, x: Tensor, first: number, count: number): Tensor {
  const channels = x.shape[x.shape.length - 1];
  return withView(rt, x, [...x.shape.slice(0, -1), count], (from, to) => {
    for (let source = first, at = 0; at < to.length; source += channels, at += count) {
      for (let c = 0; c < count; c++) to[at + c] = from[source + c];
    }
  });
}

/** Joins tensors along the last axis. */
export function joinChannels(rt: Runtime, parts: readonly Tensor[]): Tensor {
  const counts = parts.map(({ shape }) => shape[shape.length - 1]);
  const channels = counts.reduce((a, b) => a + b, 0);
  return rt.fill([...parts[0].shape.slice(0, -1), channels], (to) => {
    let first = 0;
    parts.forEach((part, i) => {
      const from = rt.view(part);
      for (let source = 0, at = first; source < from.length; source += counts[i], at += channels) {
        for (let c = 0; c < counts[i]; c++) to[at + c] = from[source + c];
      }
      first += counts[i];
    });
  });
}

/** Four axes in another order: axis i of the result is axis `order[i]` of x. */
export function transpose(rt: Runtime, x: Tensor, order: readonly [number, number, number, number]): Tensor {
  return rt.kernel('Transpose', { x }, { perm: [...order] });
}
