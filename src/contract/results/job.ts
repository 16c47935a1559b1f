import * as z from 'zod/mini';
import { count, given, preprocessingFields, readingFields } from '../given';
import { loose, text, texts, whole, type Of } from '../schema';
import { trainEvent, trainResult } from './training';
import { FROZEN, STATISTICS } from '../../shared/choices';

export const jobFacts = loose({
  checkpoint: text,
  data: text,
  epochs: whole,
  baseline: z.boolean(),
  statistics: z.enum(STATISTICS),
  frozen: z.optional(z.enum(FROZEN)),
  ...readingFields,
  /** Which convolutions become blocks: names with `*` and `?`, or exact ones; each one's own default when absent. */
  layers: z.optional(z.union([given, z.array(given)])),
  /** Where the checkpoints go. */
  outputs: text,
  /** The job's own folder; its results, and its report `report.html`, are there. */
  folder: text,
  /** What the folder holds: an unfinished run can be resumed. */
  run: z.enum(['none', 'unfinished', 'finished']),
  /** What it would write outside of the folder of its file and the allowed ones. */
  outside: z.strictObject({
    /** Folders, links in them resolved. */
    folders: texts,
    /** Its outputs that are there already: a run that overwrites replaces them. */
    existing: texts,
  }),
  /** What the job says of how pixels become numbers. */
  preprocessing: z.strictObject({ ...preprocessingFields, size: z.optional(count) }),
});

/** A job file, checked, with absolute paths. */
export interface JobFacts extends Of<typeof jobFacts> {}

export const imageCounts = z.strictObject({ training: whole, evaluation: whole });

/** How many images a job has. */
export interface ImageCounts extends Of<typeof imageCounts> {}

/** What the present run of a job has told, and its result when it is finished. */
export const jobHistory = z.strictObject({ events: z.array(trainEvent), result: z.optional(trainResult) });
