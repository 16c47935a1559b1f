import * as z from 'zod/mini';
import { call } from '../call';
import { count, given, imageFields, imageLimit } from '../given';
import { measurement, operation } from '../operation';
import { pruneResult, pruningPoint } from '../results/pruning';
import { checkFields } from '../run';
import { loose, positionGroup, real, text, type Of } from '../schema';

const pruningOptions = loose({
  groups: z.array(positionGroup),
  /** Zeroed weights by all weights of a layer, 0 … 1; the paper's steps when absent. */
  ratios: z.optional(z.array(real)),
  seeds: real,
  /** Images; all when absent. */
  limit: z.optional(real),
});

/** What a pruning check is asked for. */
export interface PruningOptions extends Of<typeof pruningOptions> {}

const pruningState = loose({
  ...checkFields,
  /** Folder or file of images, as chosen. */
  data: z.optional(text),
  options: pruningOptions,
  /** By ratio, from the least; points come while it runs. */
  curves: z.partialRecord(positionGroup, z.array(pruningPoint)),
  result: z.optional(pruneResult),
});

/** A pruning check of the open file: the one under way, else the last one. */
export interface PruningState extends Of<typeof pruningState> {}

const ratio = z.number().check(z.gte(0), z.lte(1));

/** Accuracy with the weights at some positions of the kernels zeroed. */
export const prune = operation({
  job: 'prune',
  calls: {
    prune: call({
      worker: 'trainer',
      minutes: 15,
      checkpoints: { path: given },
      request: {
        ...imageFields,
        groups: z.optional(z.array(positionGroup)),
        ratios: z.optional(z.array(ratio).check(z.maxLength(1000))),
        seeds: z.optional(count),
        limit: z.optional(count),
      },
      result: pruneResult,
      notices: { point: { group: positionGroup, point: pruningPoint } },
    }),
  },
  facts: { pruning: measurement(pruningState) },
  intents: {
    prune: {
      groups: z.array(positionGroup).check(z.minLength(1), z.maxLength(positionGroup.options.length)),
      ratios: z.optional(z.array(ratio).check(z.minLength(1), z.maxLength(100))),
      seeds: z.int().check(z.gte(1), z.lte(100)),
      limit: imageLimit,
    },
  },
});
