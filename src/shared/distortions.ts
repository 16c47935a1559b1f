/** Every distortion, in the order of the paper's table 4; `flipLeftRight` is a control and comes last. */
export const DISTORTIONS = ['none', 'rotate90', 'rotate180', 'flipUpDown', 'flipLeftRight'] as const;

/**
 * Rotations and mirrorings of whole images by which the paper's table 4 asks how robust a network is. `rotate90` is
 * counter-clockwise; `flipLeftRight` is usually a part of training.
 */
export type Distortion = (typeof DISTORTIONS)[number];

/** What a distortion is called. */
export interface DistortionWords {
  readonly distortion: Distortion;
  /** In tables and beside a chart; in small letters within a line. */
  readonly name: string;
  /** In a sentence, after `on` and `of`. */
  readonly phrase: string;
}

const WORDS: Readonly<Record<Distortion, Omit<DistortionWords, 'distortion'>>> = {
  none: { name: 'Untouched', phrase: 'untouched images' },
  rotate90: { name: 'Rotated 90° left', phrase: 'images rotated by 90°' },
  rotate180: { name: 'Rotated 180°', phrase: 'images rotated by 180°' },
  flipUpDown: { name: 'Flipped up–down', phrase: 'images flipped up–down' },
  flipLeftRight: { name: 'Flipped left–right', phrase: 'images flipped left–right' },
};

/** What a distortion is called. */
export function distortionWords(distortion: Distortion): DistortionWords {
  return { distortion, ...WORDS[distortion] };
}
