import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../../core/errors';
import { parsePlainJson } from '../../core/encodings/json';
import { DATA_KINDS } from '../../engine/data/kinds';
import { VALIDATION } from './count-images';
import { NO_ARCHITECTURE } from '../../files/architecture';
import type { Recipe } from '../../engine/training/recipe';
import { recipeFields, recipeFrom, recipeParts, settledRecipe, type JobRecipe } from './recipe';
import {
  BRANCHES,
  branchesFor,
  areLive,
  DEFAULT_SHARE,
  FROZEN,
  RESIZES,
  STARTS,
  STATISTICS,
  type Branches,
} from '../../shared/choices';
import { oneOf } from '../../shared/words';

const count = z.int().min(1);
/** A path; no system takes one with NUL. */
const place = z
  .string()
  .min(1)
  .refine((path) => !path.includes('\0'), { error: 'a path without NUL' });
/** No folders, no control characters, line separators or marks that turn the direction of text. */
const PLAIN_NAME = /^[^/\\\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+$/u;
/** Names of devices on Windows, whatever follows the dot. */
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
/** Runs of one job that differ in their seed. */
const MOST_SEEDS = 1000;
/** Of the 255 bytes that file systems take, less what is added to the name. */
const LONGEST_NAME = 200;
const numbers = z.union([z.number(), z.array(z.number()).min(1)], { error: 'a number or a list of numbers' });

const MOST_SEED = 0xffffffff;
const seed = z.int().min(0).max(MOST_SEED);

const data = z
  .strictObject({
    folder: place.describe(`Labelled images: ${DATA_KINDS}. Relative to this file.`),
    size: count.optional().describe('Side of the square input, for a network that leaves it open.'),
    resize: z
      .enum(RESIZES)
      .optional()
      .describe(
        'How images come to the size of the input. squash: bilinear, each side by itself, as tf.image.resize; crop: the shorter side to the size, then the centre; antialias: as squash, smoothed where they get smaller, as Pillow. Default: squash.',
      ),
    scale: z
      .number()
      .positive()
      .optional()
      .describe(
        'Pixels 0–255 are multiplied by this. Default: 1/255, or 1 where the network itself rescales or normalises pixels 0–255.',
      ),
    mean: numbers.optional().describe('Then this is taken off, one number or one per channel. Default: 0.'),
    std: numbers
      .optional()
      .describe('Standard deviation to divide by, one number or one per channel. Default: 1.'),
    validation: z
      .number()
      .gt(0)
      .lt(1)
      .default(VALIDATION)
      .describe('Share of the images kept for evaluation where the folder has no split of its own.'),
    limit: count.optional().describe('Train on this many images at most, drawn with the seed.'),
    splitSeed: seed
      .optional()
      .describe('Seed of the split and of "limit". Default: the job’s seed; of several seeds the first.'),
    maxDamaged: z
      .int()
      .min(0)
      .optional()
      .describe(
        'Images that cannot be decoded are left out; the job is refused where there are more than this. Default: 10, or 1 % of the images if that is more.',
      ),
  })
  .describe('The images, and how pixels become the network’s input.');

const augmentation = z
  .strictObject({
    padCrop: z
      .int()
      .min(0)
      .max(64)
      .default(0)
      .describe('Black pixels added on each side before a random crop of the old size; 4 is usual.'),
    flip: z.boolean().default(false).describe('Mirror left and right at random. Not for digits or text.'),
    cutout: z
      .int()
      .min(2)
      .multipleOf(2, { error: 'an even number' })
      .optional()
      .describe('Side in pixels of a square at a random place that is 0 for the network. Default: none.'),
    mixup: z
      .number()
      .positive()
      .optional()
      .describe(
        'α of the Beta distribution by which each image and label of a batch are mixed with those of another; 0.2 is usual. Default: they are not.',
      ),
  })
  .prefault({})
  .describe('Random changes of training images.');

const output = z
  .strictObject({
    folder: place
      .optional()
      .describe(
        'Where the checkpoints go, relative to this file. Default: the job’s own folder. Outside of this file’s folder and the workspace you are asked first; on the command line it needs --allow-outside.',
      ),
    name: z
      .string()
      .regex(PLAIN_NAME, { error: 'a file name without folders and control characters' })
      .refine((name) => !RESERVED.test(name), { error: 'a name that Windows does not reserve' })
      .refine((name) => Buffer.byteLength(name) <= LONGEST_NAME, {
        error: `a name of at most ${LONGEST_NAME} bytes`,
      })
      .optional()
      .describe(
        'They are called <name>.baseline, <name>.acnet and <name>.fused. Default: the checkpoint’s name.',
      ),
    overwrite: z
      .boolean()
      .default(false)
      .describe('Replace these checkpoints if they exist. An unfinished run is kept.'),
  })
  .prefault({})
  .describe('The checkpoints that are written.');

/** A job file as it stands on disk; the editor's schema is made from this too. */
const jobFile = z
  .strictObject({
    $schema: z.string().optional(),
    checkpoint: place.describe('The network to start from, relative to this file. It is not changed.'),
    architecture: place
      .optional()
      .describe(
        'ONNX model that says how the network of a file of weights is built, relative to this file; "none" for no model. Default: the model of the same name beside the checkpoint.',
      ),
    equalWeights: z
      .enum(['shared', 'separate'])
      .optional()
      .describe(
        'Of an ONNX model whose exporter wrote equal weights once: shared by the layers, or separate. Default: as the file shows.',
      ),
    bnEpsilon: z
      .number()
      .positive()
      .optional()
      .describe(
        'Of a weights-only file: the ε of its batch norms, where the file does not store it. Default: 1e-5, as PyTorch’s.',
      ),
    data,
    variant: z
      .enum(['skeleton', 'border'])
      .default('skeleton')
      .describe('Where the 1×k and k×1 kernels land.'),
    start: z
      .enum(STARTS)
      .default('checkpoint')
      .describe(
        'What both networks start from. checkpoint: the weights in the file; scratch: new weights in every layer, the same in both networks, drawn with the seed.',
      ),
    branches: z
      .enum(BRANCHES)
      .optional()
      .describe(
        'How the new branches start. zero: γ = 0; split: they take a share of the kernel’s own row and column; compensated: random, subtracted from the square kernel; with these three the output does not change. paper: γ = 1 in all three branches, only with "start": "scratch". Default: zero from a checkpoint, paper from scratch.',
      ),
    share: z
      .number()
      .positive()
      .max(1)
      .optional()
      .describe(
        `How much the new branches carry, only with "branches": "split" (of the weights on the kernel’s row and column) or "compensated" (the standard deviation of a branch’s output, compared with that of the convolution). Default: ${DEFAULT_SHARE}.`,
      ),
    initialisation: z
      .literal('preserve')
      .optional()
      .describe('Earlier name of "start": "checkpoint" with "branches": "zero".'),
    gamma: z
      .number()
      .positive()
      .optional()
      .describe(
        'Initial γ of all three branches, only with "branches": "paper". Default: 1; the reference code has 1/3.',
      ),
    inputSize: z
      .tuple([count, count])
      .optional()
      .describe(
        'Height and width for which strided blocks are aligned, where the network leaves its input size open.',
      ),
    layers: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1).max(100_000)], {
        error: 'names with * and ?, separated by commas, or a list of exact names',
      })
      .optional()
      .describe(
        'Convolutions to convert: names with * and ?, separated by commas, or a list of exact names. Default: all with a kernel up to 7.',
      ),
    ...recipeFields,
    statistics: z
      .enum(STATISTICS)
      .default('batch')
      .describe(
        'Batch-norm statistics while training. batch: those of each batch, as in the paper; frozen: those in the file, so that a block costs one convolution per step.',
      ),
    frozen: z
      .enum(FROZEN)
      .default('keep')
      .describe(
        'Layers that are frozen in the file (Keras: trainable = False), and calls with training=False. keep: their weights and statistics do not change, and frozen convolutions become blocks only if "layers" names them; train: trained like all others.',
      ),
    precision: z
      .enum(['float32', 'bfloat16'])
      .default('float32')
      .describe(
        'Of convolutions and the images between them while training. bfloat16: faster where the processor has it; weights, statistics and loss stay float32.',
      ),
    augmentation,
    seed: seed
      .default(0)
      .describe('Random seed for order, augmentation, split and new kernels; the same for both networks.'),
    seeds: count
      .max(MOST_SEEDS)
      .default(1)
      .describe(
        'Trains both networks so many times, with seeds that count up from "seed", on the same images; the result has the mean difference with its interval over the seeds. Decide on the number before the first run.',
      ),
    deterministic: z
      .boolean()
      .default(false)
      .describe(
        'Runs agree to the last bit on one machine, interrupted and resumed ones too: TensorFlow uses one thread and does not rewrite the graph. Slower: half the speed or less.',
      ),
    saveEvery: z
      .number()
      .min(0)
      .default(60)
      .describe('Seconds between saved states for --resume; a state is also saved after each epoch.'),
    baseline: z
      .boolean()
      .default(true)
      .describe(
        'Also train the baseline, the network without blocks, with the same data, order, seed and recipe. If false, it is only evaluated.',
      ),
    output,
  })
  .describe('Fine-tune a checkpoint as ACNet, and its baseline the same way.');

/** A job that was read: defaults filled in, earlier names replaced, paths absolute. */
export type Job = Omit<z.output<typeof jobFile>, 'initialisation' | 'weightDecay'> &
  JobRecipe & {
    readonly branches: Branches;
    /** Where the job file lies. */
    readonly file: string;
  };

/**
 * Reads a job file.
 * @param file its path: what its own paths are relative to
 * @throws UserError naming the file, the field, what it must be and what was found.
 */
export function readJob(text: string, file: string): Job {
  const content = parse(text, file);
  refuseHalfRandom(content, file);
  const parsed = jobFile.safeParse(content);
  if (!parsed.success) throw faultOf(parsed.error.issues[0], content, file);
  const given = (field: string): boolean => valueAt(content, [field]) !== undefined;
  const job = settledRecipe(settled(parsed.data, file), given, file);
  requireSeeds(job, file);
  const absolute = (relative: string): string => path.resolve(path.dirname(file), relative);
  const { folder } = job.output;
  return {
    ...job,
    file: path.resolve(file),
    checkpoint: absolute(job.checkpoint),
    ...(job.architecture === undefined || job.architecture === NO_ARCHITECTURE
      ? {}
      : { architecture: absolute(job.architecture) }),
    data: { ...job.data, folder: absolute(job.data.folder) },
    output: { ...job.output, ...(folder === undefined ? {} : { folder: absolute(folder) }) },
  };
}

/** Earlier versions drew the blocks' kernels anew, all else of ACNet and the whole baseline stayed trained. */
function refuseHalfRandom(content: unknown, file: string): void {
  if (valueAt(content, ['initialisation']) !== 'random') return;
  throw new UserError(
    '"initialisation": "random" drew new kernels in ACNet only, so the comparison with the baseline was not fair; write "start": "scratch" to draw every weight of both networks anew, or "start": "checkpoint" to keep the trained weights',
    { path: file },
  );
}

/** The job with its start by the present names. @throws UserError on what does not go together. */
function settled(
  { initialisation, ...job }: z.output<typeof jobFile>,
  file: string,
): Omit<z.output<typeof jobFile>, 'initialisation'> & Pick<Job, 'branches'> {
  const { start, gamma, branches = branchesFor(initialisation ? 'checkpoint' : start) } = job;
  if (initialisation && (start !== 'checkpoint' || branches !== 'zero')) {
    throw new UserError(
      '"initialisation": "preserve" means "start": "checkpoint" with "branches": "zero"; remove it, or what differs',
      { path: file, found: `"start": "${start}", "branches": "${branches}"` },
    );
  }
  if (branches === 'paper' && start !== 'scratch') {
    throw new UserError(
      '"branches": "paper" requires "start": "scratch": random branches at γ = 1 would spoil the trained weights; "branches": "zero" keeps the output',
      { path: file },
    );
  }
  if (gamma !== undefined && branches !== 'paper') {
    throw new UserError('"gamma" requires "branches": "paper"', { path: file, found: `"${branches}"` });
  }
  if (areLive(branches)) return { ...job, branches, share: job.share ?? DEFAULT_SHARE };
  if (job.share !== undefined) {
    throw new UserError('"share" requires "branches": "split" or "compensated"', {
      path: file,
      found: `"${branches}"`,
    });
  }
  return { ...job, branches };
}

/** @throws UserError on what several seeds cannot be */
function requireSeeds({ seed, seeds, baseline }: Omit<Job, 'file'>, file: string): void {
  if (seeds > 1 && !baseline) {
    throw new UserError('"seeds" requires "baseline": true: it compares the two networks', { path: file });
  }
  const last = seed + seeds - 1;
  if (last > MOST_SEED) {
    throw new UserError('"seed" and "seeds" are too large', {
      path: file,
      found: `${seed} to ${last}`,
      expected: `at most ${MOST_SEED}`,
    });
  }
}

function parse(text: string, file: string): unknown {
  try {
    return parsePlainJson(text, { path: file });
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError('the job file is not JSON', { path: file, found: (error as Error).message });
  }
}

/** The first thing that is wrong, as an error. */
function faultOf(issue: z.core.$ZodIssue, content: unknown, file: string): UserError {
  if (issue.code === 'unrecognized_keys') {
    const where = [...issue.path, issue.keys[0]].join('.');
    const expected = Object.keys(fieldsAt(issue.path)).join(', ');
    return new UserError(`a job has no field "${where}"`, { path: file, expected });
  }
  const value = valueAt(content, issue.path);
  const where = issue.path.join('.');
  if (value === undefined) return new UserError(`"${where}" is missing`, { path: file });
  const sentence = `${where === '' ? 'the job' : `"${where}"`} must ${demandOf(issue)}`;
  return new UserError(sentence, { path: file, found: shorten(value) });
}

function valueAt(content: unknown, where: readonly PropertyKey[]): unknown {
  return where.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    content,
  );
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  tuple: 'height and width, as in [224, 224]',
};

/** What a value must be or have: the end of the sentence. */
function demandOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `be ${oneOf(issue.values)}`;
    case 'too_small':
      if (issue.origin === 'string') return 'not be empty';
      return `${verbOf(issue.origin)} ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    case 'too_big':
      return `${verbOf(issue.origin)} ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`;
    default:
      return `be ${issue.message}`;
  }
}

/** A list has so many values; a number is so large. */
function verbOf(origin: string): string {
  return origin === 'array' ? 'have a length of' : 'be';
}

function fieldsAt(where: readonly PropertyKey[]): Record<string, unknown> {
  const parts: Record<string, Record<string, unknown>> = {
    data: data.shape,
    augmentation: augmentation.unwrap().shape,
    output: output.unwrap().shape,
    ...recipeParts,
  };
  return parts[String(where[0])] ?? jobFile.shape;
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** JSON schema of job files, for editors. */
export function jobSchema(): object {
  return z.toJSONSchema(jobFile, { io: 'input', target: 'draft-7' });
}

/** The recipe of both networks. */
export function recipeOf(job: Job): Recipe {
  const { statistics, frozen, precision, augmentation, seed } = job;
  return { ...recipeFrom(job), statistics, frozen, precision, augmentation, seed };
}
