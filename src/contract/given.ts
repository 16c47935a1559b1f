/** What people say of files and images, as it stands in requests and in results. Bounded: it may come from a stranger. */
import * as z from 'zod/mini';
import { RESIZES } from '../shared/choices';
import type { OfFields } from './schema';

/** A path or a name. Long enough for any; a longer one is a mistake or an attack. */
export const given = z.string().check(z.minLength(1), z.maxLength(32_768));

/** More than none. */
export const count = z.int().check(z.positive());

/** What equal weights are that a file has once: one of several layers, or of each its own. */
export const equalWeights = z.enum(['shared', 'separate']);

/** ε: what batch norms add to the variance. */
export const bnEpsilon = z.number().check(z.positive());

export const readingFields = { equalWeights: z.optional(equalWeights), bnEpsilon: z.optional(bnEpsilon) };

/** What a person states of a file that the file does not show. */
export interface Reading extends OfFields<typeof readingFields> {}

const perChannel = z.optional(z.array(z.number()).check(z.maxLength(64)));

export const preprocessingFields = {
  scale: z.optional(z.number()),
  mean: perChannel,
  std: perChannel,
  resize: z.optional(z.enum(RESIZES)),
};

/** How images become the network's input: resized, then each pixel × scale, − mean, ÷ std. */
export interface Preprocessing extends OfFields<typeof preprocessingFields> {}

export const attachmentFields = {
  /** Absolute path of the ONNX model; `none` for no model, the one beside the file when absent. */
  architecture: z.optional(given),
  /** Of the files that the call opens, where somebody has said it. */
  readings: z.optional(z.array(z.strictObject({ file: given, ...readingFields })).check(z.maxLength(16))),
};

/** Which model gives a weights-only file its network, and what a person stated about files. */
export interface Attachment extends OfFields<typeof attachmentFields> {}

/** How images of `data` become the network's input. */
export const imageFields = { data: given, ...preprocessingFields, size: z.optional(count) };

/** At most so many images, as a page asks for it. */
export const imageLimit = z.optional(count);

/** Exact names of convolutions, as a page ticks them. */
export const layerNames = z.optional(
  z.array(z.string().check(z.maxLength(4096))).check(z.maxLength(100_000)),
);

/** Folders into which a job may write beside the one its file lies in. */
export const allowedFolders = z.optional(z.array(given).check(z.maxLength(1000)));
