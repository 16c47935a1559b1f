import { concat, mutateBytes } from './bytes';
import { mutateJson } from './json';
import type { Mutation } from './mutation';

const LENGTH_BYTES = 8;

/** Changes the header and writes its length anew, or changes bytes. */
export const mutateSafetensors: Mutation = (bytes, random) => {
  if (random.below(4) === 0) return mutateBytes(bytes, random);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = LENGTH_BYTES + Number(view.getBigUint64(0, true));
  const header = mutateJson(bytes.slice(LENGTH_BYTES, end), random);
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  return concat([length, header, bytes.subarray(end)]);
};
