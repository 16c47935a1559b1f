/** Pixels of any number of channels, row-major, channels last. */
export interface Pixels {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly pixels: Uint8Array;
}

/** Weights are whole multiples of 2⁻²², as Pillow's. */
const ONE = 2 ** 22;

/** What an output position reads: neighbours from `start` on, each with its weight × 2²². */
interface Window {
  readonly start: number;
  readonly weights: Int32Array;
}

/**
 * Bilinear with a triangle filter as wide as the factor by which the picture gets smaller, rows first and rounded to bytes
 * between the passes: to the byte as Pillow's `Image.resize(…, BILINEAR)`. Where a side gets larger it is plain bilinear.
 */
export function resizeSmoothed(picture: Pixels, height: number, width: number): Uint8Array {
  const { channels, pixels } = picture;
  const columns = windows(picture.width, width);
  const rows = windows(picture.height, height);
  const length = picture.width * channels;
  const line = new Uint8Array(width * channels);
  // Every row is added to the outputs it belongs to as soon as it is narrowed: a tall picture takes no more memory.
  const sums = new Float64Array(height * line.length).fill(ONE / 2);
  let first = 0;
  for (let row = 0; row < picture.height; row++) {
    narrow(pixels.subarray(row * length, (row + 1) * length), line, columns, channels);
    while (endOf(rows[first]) <= row) first++;
    for (let i = first; i < height && rows[i].start <= row; i++) {
      const weight = rows[i].weights[row - rows[i].start];
      const to = i * line.length;
      for (let place = 0; place < line.length; place++) sums[to + place] += line[place] * weight;
    }
  }
  const result = new Uint8Array(sums.length);
  for (let place = 0; place < sums.length; place++) result[place] = toByte(sums[place]);
  return result;
}

/** A row in the width of the output. */
function narrow(source: Uint8Array, target: Uint8Array, columns: readonly Window[], channels: number): void {
  // Plain loops: for each pixel of a photograph an iterator would take several times as long.
  for (let i = 0; i < columns.length; i++) {
    const { start, weights } = columns[i];
    for (let channel = 0; channel < channels; channel++) {
      let sum = ONE / 2;
      let place = start * channels + channel;
      for (let j = 0; j < weights.length; j++) {
        sum += source[place] * weights[j];
        place += channels;
      }
      target[i * channels + channel] = toByte(sum);
    }
  }
}

function toByte(sum: number): number {
  return Math.min(Math.floor(sum / ONE), 255);
}

function endOf({ start, weights }: Window): number {
  return start + weights.length;
}

function windows(from: number, to: number): Window[] {
  const scale = from / to;
  const support = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const start = Math.max(Math.floor(centre - support + 0.5), 0);
    const end = Math.min(Math.floor(centre + support + 0.5), from);
    const shares = Float64Array.from({ length: end - start }, (__, j) =>
      Math.max(1 - Math.abs(start + j - centre + 0.5) / support, 0),
    );
    const whole = shares.reduce((sum, share) => sum + share, 0);
    return { start, weights: Int32Array.from(shares, (share) => Math.round((share / whole) * ONE)) };
  });
}
