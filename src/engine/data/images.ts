import { distortImage } from '../../core/analysis/distortion';
import type { Distortion } from '../../shared/distortions';
import { decodeFiles } from './decoding/threads';
import { wholeOf, type Samples } from './dataset';
import { fitPicture, type InputSize } from './resize';

/**
 * Bytes of decoded images that are kept in memory for each folder part (training, evaluation); beyond it images are
 * decoded each time they are wanted. 349,525 colour images of 32 × 32, 7,133 of 224 × 224.
 */
const CACHE_BYTES = 1024 ** 3;

/** Samples as bytes in a network's input size, decoded at most once while the cap allows. */
export class Images {
  readonly count: number;
  readonly labels: Int32Array;
  private readonly kept: KeptPixels;
  private readonly distortion: Distortion = 'none';

  /** @param cacheBytes a cap of its own; what was decoded is then not shared with other images of the same folder */
  constructor(
    readonly samples: Samples,
    readonly size: InputSize,
    cacheBytes?: number,
  ) {
    this.count = samples.count;
    this.labels = samples.labels;
    this.kept = cacheBytes === undefined ? sharedPixels(wholeOf(samples), size) : new KeptPixels(cacheBytes);
  }

  /** True where every image is decoded once only. */
  get keepsAll(): boolean {
    const { height, width, channels } = this.size;
    return this.count * height * width * channels <= CACHE_BYTES;
  }

  /** The same images with other labels. What was decoded is shared. */
  relabelled(labels: Int32Array): Images {
    return Object.assign(Object.create(Images.prototype) as Images, this, { labels });
  }

  /**
   * The same images turned or mirrored, in the network's size. What was decoded is shared.
   * @throws RangeError from `load` where that changes the size
   */
  distorted(distortion: Distortion): Images {
    return Object.assign(Object.create(Images.prototype) as Images, this, { distortion });
  }

  /**
   * The images at these places, in order.
   * @throws DataError naming the first image that cannot be decoded.
   */
  async load(indices: Int32Array): Promise<Uint8Array[]> {
    const pixels = await this.untouched(indices);
    return pixels.map((image) => distortImage(image, this.size, this.distortion));
  }

  private async untouched(indices: Int32Array): Promise<Uint8Array[]> {
    const places = [...indices];
    const missing = places.filter((index) => !this.kept.get(this.keyOf(index)));
    const decoded = await this.decode(missing);
    const fresh = new Map(missing.map((index, i) => [index, decoded[i]]));
    for (const [index, pixels] of fresh) this.kept.add(this.keyOf(index), pixels);
    return places.map((index) => fresh.get(index) ?? this.keptAt(index));
  }

  private keptAt(index: number): Uint8Array {
    const pixels = this.kept.get(this.keyOf(index));
    if (!pixels) throw new Error(`image ${index} is not there any more`);
    return pixels;
  }

  private decode(indices: readonly number[]): Promise<Uint8Array[]> {
    const { samples, size } = this;
    if (samples.inFiles)
      return decodeFiles(
        indices.map((index) => samples.nameOf(index)),
        size,
      );
    return Promise.all(indices.map(async (index) => fitPicture(await samples.picture(index), size)));
  }

  /** Where the image lies among all of its folder. */
  private keyOf(index: number): number {
    return placeOf(this.samples, index);
  }
}

/**
 * Bytes that the pictures of some parts take in memory: what is kept decoded, and what lies there as it was read. Pictures
 * that need no change are not kept twice.
 */
export function pictureBytes(parts: readonly Samples[], { height, width, channels }: InputSize): number {
  const kept = (part: Samples): number => {
    const { held } = wholeOf(part);
    const same = held?.height === height && held.width === width && held.channels === channels;
    return held?.inPlace && same ? 0 : Math.min(part.count * height * width * channels, CACHE_BYTES);
  };
  const held = [...new Set(parts.map(wholeOf))].reduce((sum, whole) => sum + (whole.held?.bytes ?? 0), 0);
  return parts.reduce((sum, part) => sum + kept(part), held);
}

/** Decoded images up to a cap. */
class KeptPixels {
  private readonly pixels: (Uint8Array | undefined)[] = [];

  constructor(private room: number) {}

  get(place: number): Uint8Array | undefined {
    return this.pixels[place];
  }

  add(place: number, pixels: Uint8Array): void {
    if (pixels.length > this.room || this.pixels[place]) return;
    this.room -= pixels.length;
    this.pixels[place] = pixels;
  }
}

/** By the samples that were opened, the size, and how images come to it: it lives as long as they do. */
const shared = new WeakMap<Samples, Map<string, KeptPixels>>();

function sharedPixels(samples: Samples, { height, width, channels, resize }: InputSize): KeptPixels {
  const bySize = shared.get(samples) ?? new Map<string, KeptPixels>();
  shared.set(samples, bySize);
  const size = `${height} × ${width} × ${channels} ${resize ?? 'squash'}`;
  const known = bySize.get(size) ?? new KeptPixels(CACHE_BYTES);
  bySize.set(size, known);
  return known;
}

function placeOf({ part }: Samples, index: number): number {
  return part ? placeOf(part.of, part.indices[index]) : index;
}
