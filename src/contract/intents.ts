/** What a person wants of the host, as the page sends it. The host trusts no page: everything is strict and bounded. */
import * as z from 'zod/mini';
import { positionGroup, type Of } from './schema';

const layer = z.string().check(z.maxLength(4096));
const layers = z.optional(z.array(layer).check(z.maxLength(100_000)));
const index = z.optional(z.int().check(z.nonnegative()));
/** At most so many images. */
const limit = z.optional(z.int().check(z.positive()));

/** Page to host: what the person wants. */
export const pageMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('loadKernels') }),
  // The filter and input of the largest norm when absent; both count from 0.
  z.strictObject({
    type: z.literal('kernelSlices'),
    layer,
    filter: index,
    input: index,
  }),
  z.strictObject({ type: z.literal('retry') }),
  z.strictObject({
    type: z.literal('convert'),
    layers,
  }),
  // What is ticked in the table of sites, by exact names; absent while it is each site's own default.
  z.strictObject({
    type: z.literal('ticked'),
    layers,
  }),
  z.strictObject({ type: z.literal('fuse') }),
  z.strictObject({ type: z.literal('exportAs') }),
  z.strictObject({ type: z.literal('fineTune') }),
  z.strictObject({ type: z.literal('verify') }),
  // Asks for the other file.
  z.strictObject({ type: z.literal('compare') }),
  z.strictObject({ type: z.literal('compareSwap') }),
  z.strictObject({ type: z.literal('compareAgain') }),
  z.strictObject({ type: z.literal('compareStop') }),
  z.strictObject({ type: z.literal('attachArchitecture') }),
  z.strictObject({ type: z.literal('detachArchitecture') }),
  // Asks for images; the answer comes as `pruning.data` or `lastData`.
  z.strictObject({ type: z.literal('chooseData') }),
  z.strictObject({
    type: z.literal('prune'),
    groups: z.array(positionGroup).check(z.minLength(1), z.maxLength(positionGroup.options.length)),
    ratios: z.optional(z.array(z.number().check(z.gte(0), z.lte(1))).check(z.minLength(1), z.maxLength(100))),
    seeds: z.int().check(z.gte(1), z.lte(100)),
    limit,
  }),
  // Asks for a second checkpoint, or for none; the answer comes as `lastAgainst`.
  z.strictObject({ type: z.literal('chooseAgainst') }),
  z.strictObject({ type: z.literal('robustness'), limit }),
  z.strictObject({ type: z.literal('cancelJob') }),
  z.strictObject({ type: z.literal('pauseJob'), paused: z.boolean() }),
  z.strictObject({ type: z.literal('resumeTraining') }),
  z.strictObject({ type: z.literal('installBackend') }),
  // Which of the run's files; the page never names a path.
  z.strictObject({
    type: z.literal('openResult'),
    file: z.enum(['job', 'baseline', 'acnet', 'fused', 'report', 'folder']),
  }),
  z.strictObject({ type: z.literal('showLog') }),
  z.strictObject({ type: z.literal('copy'), text: z.string().check(z.maxLength(5_000_000)) }),
]);

export type PageMessage = Of<typeof pageMessage>;
