/** Structural checks on what the host sends: a page that trusts its messages shows nonsense quietly. */
import type { InspectorState, StateMessage } from '../src/contract/page';

type Check = (value: unknown) => boolean;
type Shape = Readonly<Record<string, Check>>;

const text: Check = (value) => typeof value === 'string';
const number: Check = (value) => typeof value === 'number';
const boolean: Check = (value) => typeof value === 'boolean';
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
const shape =
  (fields: Shape): Check =>
  (value) =>
    isObject(value) && Object.entries(fields).every(([name, check]) => check(value[name]));
const record =
  (check: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value).every(check);

const pair: Check = (value) => Array.isArray(value) && value.length === 2 && value.every(number);
const matrix: Check = (value) => {
  if (!Array.isArray(value) || value.length === 0) return false;
  const rows = value as unknown[];
  const width = Array.isArray(rows[0]) ? rows[0].length : 0;
  return width > 0 && rows.every((row) => Array.isArray(row) && row.length === width && row.every(number));
};

const site = shape({
  name: text,
  kernel: pair,
  inChannels: number,
  outChannels: number,
  stride: pair,
  dilation: pair,
  groups: number,
  kind: oneOf('plain', 'acb'),
  landing: optional(
    shape({
      row: number,
      column: number,
      variant: oneOf('skeleton', 'border', 'other'),
      source: oneOf('network', 'stored', 'assumed'),
    }),
  ),
  batchNorm: oneOf('absorbed', 'separate', 'none'),
  normByName: optional(text),
  eligible: boolean,
  reason: optional(text),
  selected: boolean,
  macs: orNull(number),
  output: orNull((value) => Array.isArray(value) && value.length === 2 && value.every(orNull(number))),
});

const inspectResult = shape({
  formatLabel: text,
  hasGraph: boolean,
  parameters: number,
  trainableParameters: orNull(number),
  macs: orNull(number),
  sites: list(site),
  warnings: list(text),
  size: number,
  framework: optional(text),
  facts: list(shape({ label: text, value: text })),
  inputs: list(text),
  outputs: list(text),
  tensors: number,
  architecture: optional(
    shape({
      state: oneOf('unknown', 'assumed', 'attached'),
      label: optional(text),
      reason: optional(text),
    }),
  ),
  unsupported: list(text),
});

const kernelSize = shape({
  layers: number,
  raw: matrix,
  fused: matrix,
  nullModel: shape({ plain: matrix, skeleton: matrix, border: matrix }),
  suggestedNull: oneOf('plain', 'skeleton', 'border'),
});

const kernelsResult = shape({
  sizes: record(kernelSize),
  layers: list(shape({ name: text, kernel: pair, raw: matrix, fused: matrix })),
});

const sparse = list(list(orNull(number)));

const kernelSlicesResult = shape({
  layer: text,
  kernel: pair,
  filters: number,
  inputs: number,
  filter: number,
  input: number,
  magnitudes: list(number),
  norms: list(number),
  dead: list(number),
  range: pair,
  slice: sparse,
  branches: optional(
    list(
      shape({
        name: oneOf('square', 'horizontal', 'vertical'),
        kernel: pair,
        slice: sparse,
        scale: orNull(number),
        meanScale: orNull(number),
        share: number,
        dead: number,
      }),
    ),
  ),
});

const errorState = shape({
  title: text,
  file: optional(text),
  where: optional(text),
  found: optional(text),
  allowed: optional(text),
});

const loadable =
  (ready: Check): Check =>
  (value) => {
    if (!isObject(value)) return false;
    if (value['phase'] === 'ready') return ready(value['value']);
    if (value['phase'] === 'error') return errorState(value['error']);
    return value['phase'] === 'idle' || value['phase'] === 'loading';
  };

const progress = shape({
  phase: text,
  done: number,
  total: number,
  secondsLeft: optional(number),
  perSecond: optional(number),
});

const job = shape({
  title: text,
  kind: oneOf('convert', 'fuse', 'export', 'verify', 'train', 'prune', 'robustness'),
  queued: optional(boolean),
  paused: optional(boolean),
  stopping: optional(boolean),
  progress: optional(progress),
});

const runPhase = oneOf('queued', 'running', 'done', 'stopped', 'failed');
const arm = oneOf('baseline', 'acnet');
const known =
  (keys: Check, check: Check): Check =>
  (value) =>
    isObject(value) && Object.keys(value).every(keys) && Object.values(value).every(check);

const armHistory = shape({
  before: optional(shape({ top1: number, loss: number })),
  steps: list(shape({ step: number, loss: number })),
  epochs: list(shape({ epoch: number, loss: number, top1: number, valLoss: number })),
  learningRate: optional(number),
  imagesPerSecond: optional(number),
});

const verifyEvidence = {
  blocks: optional(
    shape({ count: number, maxRel: number, worst: optional(text), worstOther: optional(text) }),
  ),
  unpaired: optional(text),
  noise: optional(number),
};

const trainResult = shape({
  baseline: shape({ top1: number, before: number, trained: boolean }),
  acnet: shape({ top1: number, before: number }),
  fused: shape({ ...verifyEvidence, top1: number, maxRel: number, passed: boolean, failure: optional(text) }),
  outputs: shape({ baseline: text, acnet: text, fused: text }),
  backend: text,
  seconds: number,
});

const training = shape({
  jobFile: text,
  phase: runPhase,
  paused: optional(boolean),
  epochs: optional(number),
  stepsPerEpoch: optional(number),
  backend: optional(text),
  arm: optional(arm),
  arms: known(arm, armHistory),
  progress: optional(progress),
  log: list(text),
  result: optional(trainResult),
  error: optional(errorState),
  resumable: optional(boolean),
});

const group = oneOf('corner', 'skeleton', 'global', 'square', 'border');
const curves = known(group, list(shape({ ratio: number, mean: number, std: number })));

const pruning = shape({
  data: optional(text),
  phase: runPhase,
  options: shape({
    groups: list(group),
    ratios: optional(list(number)),
    seeds: number,
    limit: optional(number),
  }),
  curves,
  progress: optional(progress),
  result: optional(
    shape({
      measure: optional(oneOf('accuracy', 'agreement')),
      sizes: optional(list(shape({ kernel: pair, layers: number }))),
      unpruned: number,
      preprocessing: optional(text),
      curves,
      images: number,
      seeds: number,
      layers: number,
    }),
  ),
  error: optional(errorState),
  outdated: optional(boolean),
});

const interval: Shape = { points: number, low: number, high: number };
const pairedChange: Shape = { ...interval, won: number, lost: number };
const share = shape({
  hits: number,
  percent: number,
  low: number,
  high: number,
  change: optional(shape(pairedChange)),
});
const distortion = oneOf('none', 'rotate90', 'rotate180', 'flipUpDown', 'flipLeftRight');
const robustnessRows = list(
  shape({
    distortion,
    share,
    against: optional(share),
    difference: optional(
      shape({ ...pairedChange, p: number, adjusted: optional(number), excess: optional(shape(interval)) }),
    ),
  }),
);

const robustness = shape({
  data: text,
  against: optional(text),
  limit: optional(number),
  phase: runPhase,
  rows: robustnessRows,
  progress: optional(progress),
  result: optional(
    shape({
      measure: oneOf('accuracy', 'agreement'),
      images: number,
      rows: robustnessRows,
      leftOut: list(shape({ distortion, reason: text })),
      preprocessing: text,
      against: optional(shape({ path: text, preprocessing: text })),
      backend: text,
    }),
  ),
  error: optional(errorState),
  outdated: optional(boolean),
});

const verify = shape({
  other: text,
  phase: runPhase,
  result: optional(
    shape({
      ...verifyEvidence,
      samples: number,
      maxAbs: number,
      maxRel: number,
      passed: boolean,
      tolerance: number,
      tensors: list(shape({ name: text, maxAbs: number, maxRel: number })),
      problem: optional(text),
    }),
  ),
  error: optional(errorState),
  outdated: optional(boolean),
});

const change = shape({
  relative: orNull(number),
  cosine: orNull(number),
  maxAbs: number,
  identical: boolean,
  before: matrix,
  after: matrix,
  difference: matrix,
});
const nullName = oneOf('plain', 'skeleton', 'border');
const comparedFile = shape({
  path: text,
  formatLabel: text,
  size: number,
  kind: oneOf('plain', 'acnet', 'fused', 'folded'),
});
const ofKernel = { name: text, kernel: pair, shape: list(number) };
const unmatched = list(shape({ ...ofKernel, reason: optional(text) }));

const compare = shape({
  other: text,
  swapped: boolean,
  phase: runPhase,
  progress: optional(progress),
  result: optional(
    shape({
      before: comparedFile,
      after: comparedFile,
      asStored: optional(boolean),
      matched: list(
        shape({
          ...ofKernel,
          nameAfter: text,
          matchedBy: oneOf('name', 'spelling', 'order'),
          throughFused: boolean,
          raw: change,
          fused: change,
        }),
      ),
      onlyBefore: unmatched,
      onlyAfter: unmatched,
      sizes: record(
        shape({
          before: kernelSize,
          after: kernelSize,
          fusing: optional(shape({ from: nullName, to: nullName, alone: matrix })),
        }),
      ),
    }),
  ),
  error: optional(errorState),
  outdated: optional(boolean),
  asked: number,
});

const fields: Shape = {
  fileName: text,
  path: text,
  locale: text,
  trusted: boolean,
  inspect: loadable(inspectResult),
  readMilliseconds: optional(number),
  kernels: loadable(kernelsResult),
  slices: optional(shape({ layer: text, data: loadable(kernelSlicesResult) })),
  job: optional(job),
  training: optional(training),
  pruning: optional(pruning),
  robustness: optional(robustness),
  verify: optional(verify),
  compare: optional(compare),
  lastData: optional(text),
  lastAgainst: optional(text),
  architecture: optional(text),
  backend: optional(shape({ native: boolean, label: text })),
};

/** The state in a message of the host; undefined for any other message, an error text for a malformed one. */
export function readState(message: unknown): InspectorState | string | undefined {
  if (!isObject(message) || message['type'] !== 'state') return undefined;
  const state = message['state'];
  if (!isObject(state)) return 'state is missing';
  const unknown = Object.keys(state).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) return `state.${unknown} is not known`;
  const wrong = Object.entries(fields).find(([name, check]) => !check(state[name]));
  return wrong ? `state.${wrong[0]} is malformed` : (message as unknown as StateMessage).state;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
