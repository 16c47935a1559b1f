/** One decoded image: 8 bits a channel, row-major, channels last. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly pixels: Uint8Array;
}

/** Labelled images that are decoded one by one, on demand. */
export interface Samples {
  readonly count: number;
  /** Class index of each image. */
  readonly labels: Int32Array;
  /** What to call an image in an error. */
  nameOf(index: number): string;
  /** What stands for the pixels where names and labels do not: other pixels have another. */
  readonly fingerprint?: string;
  /** Where all lie in memory as they were read: how many bytes, in what form. */
  readonly held?: HeldPictures;
  /** True where each image is a file of its own, whose path is its name; such files are decoded by other threads. */
  readonly inFiles?: boolean;
  /** Where these are some of other samples: which, at what places. */
  readonly part?: { readonly of: Samples; readonly indices: Int32Array };
  /** @throws DataError naming the file when it cannot be decoded. */
  picture(index: number): Promise<Picture>;
}

/** Pictures of one size that lie in memory whole. */
interface HeldPictures {
  readonly bytes: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** True where a picture is a part of that memory, and no copy. */
  readonly inPlace: boolean;
}

/** Labelled images: of a folder, or of one file. */
export interface Dataset {
  /** What the user named. */
  readonly path: string;
  /** Folder that the names of images are relative to, where it is not `path`. */
  readonly base?: string;
  /** Sorted; a label is an index into it. */
  readonly classes: readonly string[];
  /**
   * True where the labels are plain numbers, so that a network may have more outputs than the data has classes;
   * else the numbers must be equal.
   */
  readonly openEnded: boolean;
  readonly training: Samples;
  readonly evaluation: Samples;
  /** How the two parts came about; `none`: both are all images. */
  readonly split: 'given' | 'share' | 'none';
  /** For people: what was left out. */
  readonly notes?: readonly string[];
}

/** How a dataset without parts is split. */
export interface DatasetOptions {
  /** Share of the images kept for evaluation where the folder itself has no split, 0 to 1. Absent: no split. */
  readonly validation?: number;
  /** Chooses the share; 0 when absent. */
  readonly seed?: number;
  /** Gives the images that a run began with, where one is continued; before they are split. */
  readonly continued?: (opened: Dataset) => Dataset;
}

/** The name of an image of a data set as people know it: relative to the data where it lies there. */
export function shortName({ path, base = path }: Pick<Dataset, 'path' | 'base'>, name: string): string {
  return name.startsWith(base) ? name.slice(base.length).replace(/^[/\\]+/, '') : name;
}

/** The samples of which these are some, or these. */
export function wholeOf(samples: Samples): Samples {
  return samples.part ? wholeOf(samples.part.of) : samples;
}

/** Some of the samples, in a given order. */
export function selectSamples(samples: Samples, indices: Int32Array): Samples {
  return {
    count: indices.length,
    labels: indices.map((index) => samples.labels[index]),
    nameOf: (i) => samples.nameOf(indices[i]),
    inFiles: samples.inFiles,
    part: { of: samples, indices },
    picture: (i) => samples.picture(indices[i]),
  };
}

/** The samples without those of some names; the same object where none is among them. */
export function withoutImages(samples: Samples, isLeftOut: (name: string) => boolean): Samples {
  const places = Int32Array.from({ length: samples.count }, (_, i) => i);
  const kept = places.filter((place) => !isLeftOut(samples.nameOf(place)));
  return kept.length === samples.count ? samples : selectSamples(samples, kept);
}

/** Samples one behind the other. */
export function joinSamples(parts: readonly Samples[]): Samples {
  if (parts.length === 1) return parts[0];
  const starts: number[] = [];
  let count = 0;
  for (const part of parts) {
    starts.push(count);
    count += part.count;
  }
  const placeOf = (index: number): readonly [Samples, number] => {
    const i = starts.findLastIndex((start) => start <= index);
    return [parts[i], index - starts[i]];
  };
  const labels = new Int32Array(count);
  parts.forEach((part, i) => labels.set(part.labels, starts[i]));
  const held = parts.flatMap((part) => part.held ?? []);
  return {
    count,
    labels,
    nameOf: (index) => {
      const [part, place] = placeOf(index);
      return part.nameOf(place);
    },
    fingerprint: parts.map(({ fingerprint = '' }) => fingerprint).join(' '),
    ...(held.length > 0 && { held: { ...held[0], bytes: held.reduce((sum, { bytes }) => sum + bytes, 0) } }),
    picture: (index) => {
      const [part, place] = placeOf(index);
      return part.picture(place);
    },
  };
}
