/** Every variant of a block. */
export const VARIANTS = ['skeleton', 'border'] as const;

/** Where the one-dimensional kernels land: the centre row and column, or (ablation) the last ones. */
export type Variant = (typeof VARIANTS)[number];

/** Every start of new branches. */
export const INITIALISATIONS = ['preserve', 'random'] as const;

/** `preserve` keeps the network's output (new γ = 0); `random` is the paper's start (γ = 1). */
export type Initialisation = (typeof INITIALISATIONS)[number];

/** Every layout of an ONNX model's images. */
export const LAYOUTS = ['nhwc', 'nchw'] as const;

/** How images come in and go out of an ONNX model. */
export type Layout = (typeof LAYOUTS)[number];

/** Every kind of statistics that a training can normalise by. */
export const STATISTICS = ['batch', 'frozen'] as const;

/** What batch norms normalise by while training: each batch's statistics, or those in the file. */
export type Statistics = (typeof STATISTICS)[number];
