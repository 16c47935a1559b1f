import { gzipSync } from 'node:zlib';
import type { Samples } from '../../engine/data/dataset';

/** An image file and a label file as MNIST has them, packed. */
export interface IdxPair {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/** Equally many images of each class, the first ones of the data set, in its order. */
export function balancedIndices(labels: ArrayLike<number>, classes: number, perClass: number): number[] {
  const taken = new Array<number>(classes).fill(0);
  const indices: number[] = [];
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (taken[label] >= perClass) continue;
    taken[label] += 1;
    indices.push(i);
  }
  return indices;
}

/** Some samples as a pair of packed IDX files. @throws RangeError if the images differ in size or are not grey. */
export async function packIdx(samples: Samples, indices: readonly number[]): Promise<IdxPair> {
  const pictures = await Promise.all(indices.map((index) => samples.picture(index)));
  const [{ height, width }] = pictures;
  const pixels = new Uint8Array(pictures.length * height * width);
  pictures.forEach((picture, i) => {
    if (picture.channels !== 1 || picture.height !== height || picture.width !== width) {
      throw new RangeError(`${samples.nameOf(indices[i])}: not ${height} × ${width} grey`);
    }
    pixels.set(picture.pixels, i * height * width);
  });
  const labels = Uint8Array.from(indices, (index) => samples.labels[index]);
  return {
    images: pack([indices.length, height, width], pixels),
    labels: pack([indices.length], labels),
  };
}

/** Two zeros, type 8 (unsigned byte), rank, big-endian sizes, values. */
function pack(shape: readonly number[], values: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint8(2, 8);
  header.setUint8(3, shape.length);
  shape.forEach((size, axis) => header.setUint32(4 + 4 * axis, size));
  return gzipSync(Buffer.concat([new Uint8Array(header.buffer), values]), { level: 9 });
}
