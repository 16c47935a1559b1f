import { z } from 'zod';
import type * as R from './results';

/*
 * The results of operations as they arrive from another process. Objects are loose, so that a field added to
 * results.ts passes through; a required field missing here is a type error.
 */

// Not z.number(): NaN and infinity are findings about a network, and the transport carries them.
const real = z.custom<number>((value) => typeof value === 'number', 'a number');
const whole = z.int().nonnegative();
const pair = z.tuple([real, real]);
const matrix = z.array(z.array(real));
const warnings = z.array(z.string());

const landing = {
  row: whole,
  column: whole,
  variant: z.enum(['skeleton', 'border', 'other']),
  source: z.enum(['network', 'stored', 'assumed']),
};
const blockLanding = z.looseObject({
  ...landing,
  kernel: pair,
  blocks: whole,
}) satisfies z.ZodType<R.BlockLandingResult>;

const site = z.looseObject({
  name: z.string(),
  kernel: pair,
  inChannels: whole,
  outChannels: whole,
  stride: pair,
  dilation: pair,
  groups: whole,
  kind: z.enum(['plain', 'acb']),
  landing: z.looseObject(landing).optional(),
  batchNorm: z.enum(['absorbed', 'separate', 'none']),
  normByName: z.string().optional(),
  eligible: z.boolean(),
  reason: z.string().optional(),
  selected: z.boolean(),
  macs: real.nullable(),
  output: z.tuple([real.nullable(), real.nullable()]).nullable(),
}) satisfies z.ZodType<R.SiteResult>;

export const inspectResult = z.looseObject({
  format: z.string(),
  formatLabel: z.string(),
  hasGraph: z.boolean(),
  parameters: real,
  trainableParameters: real.nullable(),
  macs: real.nullable(),
  sites: z.array(site),
  warnings,
  size: real,
  framework: z.string().optional(),
  facts: z.array(z.looseObject({ label: z.string(), value: z.string() })),
  inputs: z.array(z.string()),
  outputs: z.array(z.string()),
  tensors: whole,
  architecture: z
    .looseObject({
      state: z.enum(['unknown', 'assumed', 'attached']),
      label: z.string().optional(),
      reason: z.string().optional(),
    })
    .optional(),
  unsupported: z.array(z.string()),
}) satisfies z.ZodType<R.InspectResult>;

const kernelSize = z.looseObject({
  layers: whole,
  raw: matrix,
  fused: matrix,
  nullModel: z.looseObject({ plain: matrix, skeleton: matrix, border: matrix }),
  suggestedNull: z.enum(['plain', 'skeleton', 'border']),
}) satisfies z.ZodType<R.KernelSizeResult>;

export const kernelsResult = z.looseObject({
  sizes: z.record(z.string(), kernelSize),
  layers: z.array(z.looseObject({ name: z.string(), kernel: pair, raw: matrix, fused: matrix })),
}) satisfies z.ZodType<R.KernelsResult>;

const sparse = z.array(z.array(real.nullable()));

export const kernelSlicesResult = z.looseObject({
  layer: z.string(),
  kernel: pair,
  filters: whole,
  inputs: whole,
  filter: whole,
  input: whole,
  magnitudes: z.array(real),
  norms: z.array(real),
  dead: z.array(whole),
  range: z.tuple([real, real]),
  slice: sparse,
  branches: z
    .array(
      z.looseObject({
        name: z.enum(['square', 'horizontal', 'vertical']),
        kernel: pair,
        slice: sparse,
        scale: real.nullable(),
        meanScale: real.nullable(),
        share: real,
        dead: whole,
      }),
    )
    .optional(),
}) satisfies z.ZodType<R.KernelSlicesResult>;

const kernelChange = z.looseObject({
  relative: real.nullable(),
  cosine: real.nullable(),
  maxAbs: real,
  identical: z.boolean(),
  before: matrix,
  after: matrix,
  difference: matrix,
}) satisfies z.ZodType<R.KernelChangeResult>;

const comparedFile = z.looseObject({
  path: z.string(),
  formatLabel: z.string(),
  size: real,
  kind: z.enum(['plain', 'acnet', 'fused', 'folded']),
}) satisfies z.ZodType<R.ComparedFileResult>;

const nullName = z.enum(['plain', 'skeleton', 'border']);
const ofKernel = { name: z.string(), kernel: pair, shape: z.array(whole) };
const unmatchedKernels = z.array(
  z.looseObject({ ...ofKernel, reason: z.string().optional() }) satisfies z.ZodType<R.UnmatchedKernelResult>,
);

export const compareKernelsResult = z.looseObject({
  before: comparedFile,
  after: comparedFile,
  asStored: z.boolean().optional(),
  matched: z.array(
    z.looseObject({
      ...ofKernel,
      nameAfter: z.string(),
      matchedBy: z.enum(['name', 'spelling', 'order']),
      throughFused: z.boolean(),
      raw: kernelChange,
      fused: kernelChange,
    }),
  ),
  onlyBefore: unmatchedKernels,
  onlyAfter: unmatchedKernels,
  sizes: z.record(
    z.string(),
    z.looseObject({
      before: kernelSize,
      after: kernelSize,
      fusing: z
        .looseObject({
          from: nullName,
          to: nullName,
          alone: matrix,
          remainder: z.looseObject({ raw: matrix, fused: matrix }),
        })
        .optional(),
    }),
  ),
}) satisfies z.ZodType<R.CompareKernelsResult>;

export const convertResult = z.looseObject({
  converted: z.array(z.string()),
  skipped: z.array(z.looseObject({ name: z.string(), reason: z.string() })),
  output: z.string(),
  module: z.string().optional(),
  hasGraph: z.boolean(),
  warnings,
}) satisfies z.ZodType<R.ConvertResult>;

export const fuseResult = z.looseObject({
  fused: z.array(z.string()),
  landings: z.array(blockLanding).optional(),
  output: z.string(),
  module: z.string().optional(),
  hasGraph: z.boolean(),
  warnings,
}) satisfies z.ZodType<R.FuseResult>;

export const exportResult = z.looseObject({
  output: z.string(),
  formatLabel: z.string(),
  warnings,
}) satisfies z.ZodType<R.ExportResult>;

const verifyEvidence = {
  blocks: z
    .looseObject({
      count: whole,
      maxRel: real,
      worst: z.string().optional(),
      worstOther: z.string().optional(),
    })
    .optional(),
  unpaired: z.string().optional(),
  noise: real.optional(),
};

export const verifyResult = z.looseObject({
  ...verifyEvidence,
  samples: whole,
  maxAbs: real,
  maxRel: real,
  passed: z.boolean(),
  tolerance: real,
  tensors: z.array(z.looseObject({ name: z.string(), maxAbs: real, maxRel: real })),
  landings: z.looseObject({ a: z.array(blockLanding), b: z.array(blockLanding) }).optional(),
  problem: z.string().optional(),
}) satisfies z.ZodType<R.VerifyResult>;

export const evaluateResult = z.looseObject({
  images: whole,
  top1: real,
  top5: real,
  loss: real,
  imagesPerSecond: real,
  backend: z.string(),
}) satisfies z.ZodType<R.EvaluateResult>;

export const pruningPoint = z.looseObject({
  ratio: real,
  mean: real,
  std: real,
}) satisfies z.ZodType<R.PruningPoint>;

const curve = z.array(pruningPoint).optional();
const thresholds = z.looseObject({ below50: real.nullable(), belowHalf: real.nullable() }).optional();

export const pruneResult = z.looseObject({
  preprocessing: z.string().optional(),
  unpruned: real,
  curves: z.looseObject({ corner: curve, skeleton: curve, global: curve, square: curve, border: curve }),
  measure: z.enum(['accuracy', 'agreement']).optional(),
  thresholds: z
    .looseObject({
      corner: thresholds,
      skeleton: thresholds,
      global: thresholds,
      square: thresholds,
      border: thresholds,
    })
    .optional(),
  sizes: z
    .array(
      z.looseObject({
        kernel: pair,
        layers: whole,
        shares: z.partialRecord(z.enum(['corner', 'skeleton', 'global', 'square', 'border']), real),
      }),
    )
    .optional(),
  images: whole,
  seeds: whole,
  layers: whole,
}) satisfies z.ZodType<R.PruneResult>;

const interval = { points: real, low: real, high: real };
const pairedChange = z.looseObject({ ...interval, won: whole, lost: whole });

const robustnessShare = z.looseObject({
  hits: whole,
  percent: real,
  low: real,
  high: real,
  change: pairedChange.optional(),
}) satisfies z.ZodType<R.RobustnessShare>;

const distortion = z.enum(['none', 'rotate90', 'rotate180', 'flipUpDown', 'flipLeftRight']);

export const robustnessRow = z.looseObject({
  distortion,
  share: robustnessShare,
  against: robustnessShare.optional(),
  difference: pairedChange
    .extend({ p: real, adjusted: real.optional(), excess: z.looseObject(interval).optional() })
    .optional(),
}) satisfies z.ZodType<R.RobustnessRow>;

export const robustnessResult = z.looseObject({
  measure: z.enum(['accuracy', 'agreement']),
  images: whole,
  rows: z.array(robustnessRow),
  leftOut: z.array(z.looseObject({ distortion, reason: z.string() })),
  preprocessing: z.string(),
  against: z.looseObject({ path: z.string(), preprocessing: z.string() }).optional(),
  backend: z.string(),
}) satisfies z.ZodType<R.RobustnessResult>;

const arm = z.enum(['baseline', 'acnet']);

export const trainEvent = z.discriminatedUnion('event', [
  z.looseObject({
    event: z.literal('start'),
    arm,
    epochs: whole,
    stepsPerEpoch: whole,
    backend: z.string(),
    memory: z.looseObject({ estimate: real, free: real }).optional(),
  }),
  z.looseObject({ event: z.literal('before'), arm, top1: real, loss: real }),
  z.looseObject({
    event: z.literal('step'),
    arm,
    epoch: whole,
    step: whole,
    loss: real,
    learningRate: real,
    imagesPerSecond: real,
  }),
  z.looseObject({
    event: z.literal('epoch'),
    arm,
    epoch: whole,
    loss: real,
    top1: real,
    valLoss: real,
  }),
  z.looseObject({ event: z.literal('message'), text: z.string() }),
]) satisfies z.ZodType<R.TrainEvent>;

const trainedArm = z.looseObject({ top1: real, before: real });

export const trainResult = z.looseObject({
  baseline: trainedArm.extend({ trained: z.boolean() }),
  acnet: trainedArm,
  fused: z.looseObject({
    ...verifyEvidence,
    top1: real,
    maxRel: real,
    passed: z.boolean(),
    failure: z.string().optional(),
  }),
  outputs: z.looseObject({ baseline: z.string(), acnet: z.string(), fused: z.string() }),
  architecture: z.looseObject({ path: z.string(), sha256: z.string().optional() }).optional(),
  converted: z.array(z.string()).optional(),
  backend: z.string(),
  seconds: real,
  memory: z.looseObject({ estimate: real.optional(), peak: real }).optional(),
}) satisfies z.ZodType<R.TrainResult>;

export const backendResult = z.looseObject({
  backend: z.enum(['tensorflow', 'portable']).nullable(),
  description: z.string().optional(),
  tensorflow: z.string().optional(),
  tfjsNode: z.string().optional(),
  location: z.string().optional(),
  foundBy: z.string().optional(),
  node: z.string(),
  threads: z.looseObject({ intraOp: real, interOp: real }),
  capabilities: z.record(z.string(), z.boolean()),
  tried: z.array(z.string()),
}) satisfies z.ZodType<R.BackendResult>;

export const selfTestResult = z.looseObject({
  backend: z.string(),
  steps: whole,
  seconds: real,
  firstLoss: real,
  lastLoss: real,
}) satisfies z.ZodType<R.SelfTestResult>;

export const progress = z.looseObject({
  phase: z.string(),
  done: real,
  total: real,
  secondsLeft: real.optional(),
}) satisfies z.ZodType<R.Progress>;
