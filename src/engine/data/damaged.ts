import { DataError } from '../../core/errors';
import type { Images } from './images';

/** An image that cannot be decoded. */
export interface DamagedImage {
  /** As `Samples.nameOf` says. */
  readonly name: string;
  /** One line, as in `the image is damaged and cannot be decoded (found it ends too early)`. */
  readonly reason: string;
}

/** What a search for damaged images does between two chunks. */
export interface CheckHooks {
  pause(): Promise<void>;
  onChecked(images: number): void;
}

/** Images decoded at once. One that fails costs the others of its chunk a second decoding. */
const CHUNK = 64;

/**
 * Decodes images, which is the only proof that it can be done, and gives those that cannot. What is decoded is kept for
 * later, as far as `Images` keeps it.
 * @param indices where to look
 * @param most the search ends as soon as it has found more
 */
export async function findDamaged(
  images: Images,
  indices: Int32Array,
  most: number,
  hooks: CheckHooks,
): Promise<DamagedImage[]> {
  const damaged: DamagedImage[] = [];
  for (let start = 0; start < indices.length && damaged.length <= most; start += CHUNK) {
    await hooks.pause();
    const chunk = indices.subarray(start, start + CHUNK);
    if ((await failureOf(images, chunk)) !== undefined) {
      for (let i = 0; i < chunk.length && damaged.length <= most; i++) {
        const reason = await failureOf(images, chunk.subarray(i, i + 1));
        if (reason !== undefined) damaged.push({ name: images.samples.nameOf(chunk[i]), reason });
      }
    }
    hooks.onChecked(chunk.length);
  }
  return damaged;
}

/** Why these images cannot be decoded; undefined where they can. */
async function failureOf(images: Images, indices: Int32Array): Promise<string | undefined> {
  try {
    await images.load(indices);
    return undefined;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return new DataError(error.summary, { ...error.detail, path: undefined }).message;
  }
}
