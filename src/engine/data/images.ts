import type { Samples } from './dataset';
import { fitPicture, type InputSize } from './resize';

/** Bytes of decoded images kept in memory; beyond it images are decoded each time they are wanted. */
export const CACHE_BYTES = 1024 ** 3;

/** How many images are decoded at once: enough to keep file reads busy, few enough to bound memory. */
const AT_ONCE = 16;

/** Samples as bytes in a network's input size, decoded at most once while the cap allows. */
export class Images {
  readonly count: number;
  readonly labels: Int32Array;
  private readonly kept: (Uint8Array | undefined)[];
  private room: number;

  constructor(
    private readonly samples: Samples,
    readonly size: InputSize,
    cacheBytes = CACHE_BYTES,
  ) {
    this.count = samples.count;
    this.labels = samples.labels;
    this.kept = new Array<Uint8Array | undefined>(samples.count);
    this.room = cacheBytes;
  }

  /** The same images with other labels. What was decoded is shared. */
  relabelled(labels: Int32Array): Images {
    return Object.assign(Object.create(Images.prototype) as Images, this, { labels });
  }

  /**
   * The images at these places, in order.
   * @throws DataError naming the first image that cannot be decoded.
   */
  async load(indices: Int32Array): Promise<Uint8Array[]> {
    const loaded: Uint8Array[] = [];
    for (let start = 0; start < indices.length; start += AT_ONCE) {
      const some = [...indices.subarray(start, start + AT_ONCE)];
      const known = some.map((index) => this.kept[index]);
      if (known.every((pixels) => pixels !== undefined)) loaded.push(...known);
      else loaded.push(...(await Promise.all(some.map((index) => this.one(index)))));
    }
    return loaded;
  }

  private async one(index: number): Promise<Uint8Array> {
    const known = this.kept[index];
    if (known) return known;
    const pixels = fitPicture(await this.samples.picture(index), this.size);
    if (pixels.length <= this.room) {
      this.room -= pixels.length;
      this.kept[index] = pixels;
    }
    return pixels;
  }
}
