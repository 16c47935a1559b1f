import type { ReportData } from '../../src/operations/report/data';
import type { InspectResult, KernelsResult, PruneResult, TrainEvent } from '../../src/contract/results';
import type { Matrix } from '../../src/shared/matrix';

const start: Matrix = [
  [0.861, 0.883, 0.881],
  [0.884, 0.955, 0.922],
  [0.88, 0.93, 0.916],
];
const acnet: Matrix = [
  [0.811, 0.893, 0.831],
  [0.874, 0.985, 0.912],
  [0.83, 0.92, 0.846],
];
const plain: Matrix = [
  [0.96, 0.956, 0.96],
  [0.959, 0.961, 0.96],
  [0.962, 0.956, 0.96],
];
const cross: Matrix = [
  [0.378, 0.756, 0.378],
  [0.756, 1, 0.756],
  [0.378, 0.756, 0.378],
];

/** Chance of two layers: a few positions of `start` and `acnet` are within it. */
const reach: Matrix = plain.map((row) => row.map(() => 0.04));
const chance = { permuted: plain.map((row) => row.map(() => 0.951)), reach };

export function kernelsResult(matrix: Matrix = start): KernelsResult {
  const nullModel = { plain, skeleton: cross, border: cross };
  const chances = { raw: chance, fused: chance };
  const ofLayer = { ...chance, variation: 0.02 };
  const ofLayers = { raw: ofLayer, fused: ofLayer };
  return {
    sizes: {
      '3x3': {
        layers: 2,
        raw: matrix,
        fused: matrix,
        nullModel,
        suggestedNull: 'plain',
        chance: chances,
      },
    },
    layers: [
      { name: 'conv1', kernel: [3, 3], raw: matrix, fused: matrix, nullModel, chance: ofLayers },
      { name: 'conv<2>', kernel: [3, 3], raw: matrix, fused: matrix, nullModel, chance: ofLayers },
    ],
  };
}

export const inspectResult: InspectResult = {
  format: 'keras',
  formatLabel: 'Keras 3 archive',
  hasGraph: true,
  parameters: 61546,
  trainableParameters: 61322,
  macs: 4321000,
  sites: [
    {
      name: 'conv1',
      kernel: [3, 3],
      inChannels: 1,
      outChannels: 16,
      stride: [1, 1],
      dilation: [1, 1],
      groups: 1,
      kind: 'plain',
      batchNorm: 'absorbed',
      eligible: true,
      selected: true,
      macs: 112896,
      output: [28, 28],
    },
    {
      name: 'conv<2>',
      kernel: [1, 1],
      inChannels: 16,
      outChannels: 32,
      stride: [2, 2],
      dilation: [1, 1],
      groups: 1,
      kind: 'plain',
      batchNorm: 'none',
      eligible: false,
      reason: '1×1 kernel',
      selected: false,
      macs: null,
      output: null,
    },
  ],
  warnings: ['optimiser state is dropped'],
  size: 261000,
  framework: 'Keras 3.12.0',
  facts: [{ label: 'optimiser', value: 'SGD' }],
  inputs: ['N × 28 × 28 × 1'],
  outputs: ['N × 10'],
  inputShapes: [[null, 28, 28, 1]],
  outputShapes: [[null, 10]],
  tensors: 22,
  unsupported: [],
};

const ratios = [0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.44];

/** Accuracy that falls past `knee` of zeroed weights. */
function curve(knee: number) {
  return ratios.map((ratio) => {
    const mean = 10 + 89.2 / (1 + Math.exp((ratio - knee) * 18));
    return { ratio, mean, std: ratio === 0 ? 0 : Math.min(mean - 9, 4 + 20 * ratio) };
  });
}

export const pruneResult: PruneResult = {
  unpruned: 99.2,
  curves: { corner: curve(0.5), skeleton: curve(0.22), global: curve(0.3) },
  images: 2000,
  seeds: 5,
  layers: 5,
};

const epoch = (arm: 'baseline' | 'acnet', number: number, top1: number): TrainEvent => ({
  event: 'epoch',
  arm,
  epoch: number,
  loss: 0.05 / number,
  top1,
  valLoss: 0.03,
});

const trainEvents: readonly TrainEvent[] = [
  { event: 'before', arm: 'baseline', top1: 98.95, loss: 0.03 },
  epoch('baseline', 1, 99.02),
  epoch('baseline', 2, 99.21),
  { event: 'before', arm: 'acnet', top1: 98.95, loss: 0.03 },
  epoch('acnet', 1, 99.05),
  epoch('acnet', 2, 99.27),
];

const evaluation = (top1: number) => ({
  images: 10000,
  top1,
  top5: 99.99,
  loss: 0.025,
  imagesPerSecond: 12345.6,
  backend: 'TensorFlow 2.21.0, 2 threads',
});

/** A report with every part, and names that must be escaped. */
export const reportData: ReportData = {
  title: 'ACNet on MNIST',
  subtitle: 'small <convolutional> network',
  finished: '2026-01-02T03:04:05Z',
  backend: 'TensorFlow 2.21.0, 2 threads',
  checks: [
    { name: 'baseline top-1', measured: '99.21 %', bar: '≥ 98.50 %', passed: true },
    { name: 'fused and unfused differ', measured: '3 images', bar: '≤ 1 image', passed: false },
  ],
  network: inspectResult,
  train: {
    result: {
      baseline: { top1: 99.21, before: 98.95, trained: true },
      acnet: { top1: 99.27, before: 98.95 },
      difference: { points: 0.06, low: -0.0813, high: 0.2013, won: 28, lost: 22, p: 0.48, images: 10_000 },
      fused: { top1: 99.27, maxRel: 3.1e-7, passed: true },
      outputs: { baseline: 'b.keras', acnet: 'a.keras', fused: 'f.keras' },
      backend: 'TensorFlow 2.21.0, 2 threads',
      seconds: 123,
    },
    events: trainEvents,
  },
  verify: {
    samples: 256,
    maxAbs: 1e-6,
    maxRel: 3.1e-7,
    passed: true,
    tolerance: 1e-5,
    tensors: [{ name: 'probabilities', maxAbs: 1e-6, maxRel: 3.1e-7 }],
  },
  evaluations: [
    { name: 'Baseline', result: evaluation(99.21) },
    { name: 'ACNet', result: evaluation(99.27) },
  ],
  kernels: {
    before: kernelsResult(start),
    baseline: kernelsResult(start),
    acnet: kernelsResult(acnet),
    starts: {},
    paper: { normal: start, acnet: cross },
  },
  pruning: [
    {
      title: 'Pruning check: ACNet, fused',
      result: pruneResult,
      paperTitle: 'paper, ACNet',
      paper: { corner: curve(0.6), skeleton: curve(0.1) },
    },
    {
      title: 'Pruning check: baseline',
      result: pruneResult,
      paperTitle: 'paper, baseline',
      paper: { corner: curve(0.6), skeleton: curve(0.1) },
    },
  ],
  environment: [
    { label: 'machine', value: '2 cores' },
    { label: 'Node', value: 'v20' },
  ],
  commands: ['npx acnet inspect mnist.keras', 'npx acnet train job.acnet.json'],
};
