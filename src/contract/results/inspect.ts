import * as z from 'zod/mini';
import { loose, pair, real, text, texts, whole, type Of } from '../schema';

const landingFields = {
  /** Row of the horizontal kernel and column of the vertical one, from 0. */
  row: whole,
  column: whole,
  /** `skeleton`: the centre. `border`: the last row and column. */
  variant: z.enum(['skeleton', 'border', 'other']),
  /**
   * `network`: the network shows it. Of weights by name, `stored`: the file says it; `assumed`: it does not, and the
   * centre is taken.
   */
  source: z.enum(['network', 'stored', 'assumed']),
};
const landing = loose(landingFields);

/** Where the one-dimensional kernels of a block land on its square kernel. */
export interface LandingResult extends Of<typeof landing> {}

export const blockLanding = loose({ ...landingFields, kernel: pair, blocks: whole });

/** Blocks of one kernel size whose branches land alike. */
export interface BlockLandingResult extends Of<typeof blockLanding> {}

const site = loose({
  name: text,
  kernel: pair,
  inChannels: whole,
  outChannels: whole,
  stride: pair,
  dilation: pair,
  groups: whole,
  kind: z.enum(['plain', 'acb']),
  /** Of a block. */
  landing: z.optional(landing),
  batchNorm: z.enum(['absorbed', 'separate', 'none']),
  /**
   * Of weights without a network: the batch norm that follows by name. A conversion takes it into the block only if it
   * is asked to pair them.
   */
  normByName: z.optional(text),
  eligible: z.boolean(),
  /** Why not eligible, or what is special about an eligible one. */
  reason: z.optional(text),
  /** True when chosen by default: eligible, kernel ≤ 7 and not frozen in the file. */
  selected: z.boolean(),
  /** It would be chosen by default if it were not frozen: a job that trains frozen layers converts it. */
  onlyFrozen: z.optional(z.boolean()),
  /** Multiply–accumulates for one input; null when the input size is unknown. */
  macs: z.nullable(real),
  /** Height and width of the output; null where unknown. */
  output: z.nullable(z.tuple([z.nullable(real), z.nullable(real)])),
});

/** One k×k convolution of the file that could become, or already is, an ACB. */
export interface SiteResult extends Of<typeof site> {}

/** Strict: it is part of a notice, and nothing else is expected there. */
export const assumedNetwork = z.strictObject({
  path: text,
  /** What it is taken to be and why, in one line without the path. */
  network: text,
  /** What a person can say otherwise, if there is such a thing. */
  choice: z.optional(z.enum(['equalWeights', 'bnEpsilon'])),
  /** The file of which a person can state that choice. */
  unclear: z.optional(text),
});

/**
 * A file whose network its names and shapes show, or a model beside it; or whose blocks land where it is assumed, or
 * whose batch norms have the ε that is assumed.
 * `--json` has them in the field `assumed` of every command's result.
 */
export interface AssumedNetworkResult extends Of<typeof assumedNetwork> {}

const valueShape = z.nullable(z.array(z.nullable(whole)));

/** Lengths of a value's axes, as far as they are known. */
export type ValueShapeResult = Of<typeof valueShape>;

/** Which values a network takes, and the layer that shows it. */
const inputValues = loose({
  /** Largest value of a pixel: images as they are, or divided by 255. */
  highest: z.union([z.literal(255), z.literal(1)]),
  /** What the layer does with the values. */
  by: z.enum(['rescaling', 'normalization', 'batchNorm']),
  layer: text,
  /** False where other values are possible too. */
  isCertain: z.boolean(),
});

export const inspectResult = loose({
  format: text,
  formatLabel: text,
  hasGraph: z.boolean(),
  /** As the file's framework counts them: PyTorch's without buffers, Keras's with the moving statistics. */
  parameters: real,
  /** Numbers of batch norms' running statistics where `parameters` is without them. */
  statistics: z.optional(real),
  trainableParameters: z.nullable(real),
  /** Layers with parameters that the file says are not trained (Keras's `trainable = False`), by name; absent where there are none. */
  frozenLayers: z.optional(texts),
  /** What the file asks for in training and nothing here does, a sentence each; absent where there is nothing. */
  leftOut: z.optional(texts),
  macs: z.nullable(real),
  sites: z.array(site),
  warnings: texts,
  /** Bytes. */
  size: real,
  framework: z.optional(text),
  facts: z.array(loose({ label: text, value: text })),
  /** Shapes for people, as in `N × 28 × 28 × 1`; empty without a graph. */
  inputs: texts,
  outputs: texts,
  /** The same as numbers, one list each: `null` where a length is open; `null` for a shape that is not known. */
  inputShapes: z.array(valueShape),
  outputShapes: z.array(valueShape),
  /** Of a network for images; absent where no layer shows it, and 0–1 is assumed. */
  inputValues: z.optional(inputValues),
  tensors: whole,
  /** Of weights by name: what their network was taken for, and why. */
  architecture: z.optional(
    loose({
      state: z.enum(['unknown', 'assumed', 'attached']),
      label: z.optional(text),
      reason: z.optional(text),
    }),
  ),
  /** Operators of the network that cannot be trained or run here. */
  unsupported: texts,
});

/** What a file holds, from its header. */
export interface InspectResult extends Of<typeof inspectResult> {}
