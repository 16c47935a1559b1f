/** Every variant of a block. */
export const VARIANTS = ['skeleton', 'border'] as const;

/** Where the one-dimensional kernels land: the centre row and column, or (ablation) the last ones. */
export type Variant = (typeof VARIANTS)[number];

/** Every start of a network that gets blocks. */
export const STARTS = ['checkpoint', 'scratch'] as const;

/** `checkpoint`: the weights in the file; `scratch`: new ones in every layer. */
export type Origin = (typeof STARTS)[number];

/** Every start of branches that carry a part of what their block computes. */
export const LIVE_BRANCHES = ['split', 'compensated'] as const;

/**
 * `split`: they take a share of the kernel's own row and column; `compensated`: they are random, and what they add is
 * subtracted from the square kernel. The network computes what it did.
 */
export type LiveBranches = (typeof LIVE_BRANCHES)[number];

/** Every start of the branches that a block adds. */
export const BRANCHES = ['zero', ...LIVE_BRANCHES, 'paper'] as const;

/** `zero`: γ = 0, the network computes what it did; `paper`: γ = 1 in all three branches, as in the paper. */
export type Branches = (typeof BRANCHES)[number];

/** Do the branches carry a part of the output that the network had before? */
export function areLive(branches: Branches): branches is LiveBranches {
  return LIVE_BRANCHES.some((each) => each === branches);
}

/** What live branches carry where nobody says. */
export const DEFAULT_SHARE = 0.5;

/** How branches start where nobody says: a trained network keeps its output, a new one is the paper's. */
export function branchesFor(start: Origin): Branches {
  return start === 'scratch' ? 'paper' : 'zero';
}

/** Every layout of an ONNX model's images. */
export const LAYOUTS = ['nhwc', 'nchw'] as const;

/** How images come in and go out of an ONNX model. */
export type Layout = (typeof LAYOUTS)[number];

/** Every way in which images come to the network's size. The first is the default. */
export const RESIZES = ['squash', 'crop', 'antialias'] as const;

/**
 * `squash`: bilinear, both sides by themselves, as TensorFlow's `image.resize`; `crop`: the shorter side to the size, then the
 * centre; `antialias`: as `squash`, smoothed where images get smaller, as Pillow's `resize`.
 */
export type Resize = (typeof RESIZES)[number];

/** What a training can do with layers that the file says are frozen. */
export const FROZEN = ['keep', 'train'] as const;

/** Frozen layers and calls with `training=False`: `keep` does as the file says, `train` trains them like all others. */
export type Frozen = (typeof FROZEN)[number];

/** Every kind of statistics that a training can normalise by. */
export const STATISTICS = ['batch', 'frozen'] as const;

/** What batch norms normalise by while training: each batch's statistics, or those in the file. */
export type Statistics = (typeof STATISTICS)[number];
