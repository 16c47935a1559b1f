import { crc32 } from 'node:zlib';
import { concat, mutateBytes } from './bytes';
import { pick, putNumber, type Mutation } from './mutation';

const SIGNATURE_BYTES = 8;

/** Length, type, data and checksum. */
interface Chunk {
  readonly type: Uint8Array;
  readonly data: Uint8Array;
}

/** Changes the chunks of a PNG with checksums that hold, or bytes. */
export const mutatePng: Mutation = (bytes, random) => {
  if (random.below(4) === 0) return mutateBytes(bytes, random);
  const chunks = chunksOf(bytes);
  if (chunks.length === 0) return mutateBytes(bytes, random);
  const at = random.below(chunks.length);
  const { type, data } = chunks[at];
  switch (random.below(5)) {
    case 0:
      chunks.splice(at, 1);
      break;
    case 1:
      chunks.splice(random.below(chunks.length), 0, pick(chunks, random));
      break;
    case 2: {
      const copy = data.slice();
      if (copy.length > 0) putNumber(copy, random.below(copy.length), random);
      chunks[at] = { type, data: copy };
      break;
    }
    default:
      chunks[at] = { type, data: mutateBytes(data, random) };
  }
  return concat([bytes.subarray(0, SIGNATURE_BYTES), ...chunks.map(written)]);
};

function chunksOf(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE_BYTES; at + 12 <= bytes.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > bytes.length) break;
    chunks.push({ type: bytes.slice(at + 4, at + 8), data: bytes.slice(at + 8, end) });
    at = end + 4;
  }
  return chunks;
}

function written({ type, data }: Chunk): Uint8Array {
  const ends = new Uint8Array(8);
  const view = new DataView(ends.buffer);
  view.setUint32(0, data.length);
  view.setUint32(4, crc32(concat([type, data])));
  return concat([ends.subarray(0, 4), type, data, ends.subarray(4)]);
}
