/** A request and a result of each call, and each message of a page, with all that they can have: what a new operation has to add. */
import { readFileSync } from 'node:fs';
import type { CallName, RequestOf, ResultOf } from '../../src/contract/calls';
import type { PageMessage } from '../../src/contract/intents';
import type {
  BlockLandingResult,
  ConvertResult,
  InspectResult,
  KernelsResult,
  TrainDoubt,
  TrainEvent,
  TrainResult,
} from '../../src/contract/results';
import { comparedKernels } from './compare-states';
import { robustnessResult } from './robustness-states';
import { slicesState } from './slices-state';

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8'));

const conversion: RequestOf<'convert'> = {
  ...{ path: 'a.keras', output: 'b.keras', layers: ['conv1'], overwrite: true, seed: 1, gamma: 1 },
  variant: 'border',
  start: 'scratch',
  branches: 'paper',
  inputSize: [32, 32],
};
const preprocessing = { scale: 1, mean: [0], std: [1] } as const;

export const REQUESTS: { readonly [N in CallName]: RequestOf<N> } = {
  inspect: {
    path: 'a.onnx',
    architecture: 'b.onnx',
    readings: [
      { file: 'a.onnx', equalWeights: 'shared' },
      { file: 'a.pth', bnEpsilon: 1e-3 },
    ],
  },
  kernels: { path: 'a.keras' },
  kernelSlices: { path: 'a.keras', layer: 'conv1', filter: 1, input: 2 },
  compareKernels: { before: 'a.keras', after: 'b.keras', layers: 'conv*' },
  convert: conversion,
  convertWithData: { ...conversion, data: 'images' },
  fuse: { path: 'a.keras', output: 'b.keras', fold: true, overwrite: false },
  newNetwork: { output: 'a.pth', network: 'resnet20', classes: 5, overwrite: false },
  exportAs: { path: 'a.keras', output: 'b.onnx', layout: 'nchw', overwrite: false },
  job: { path: 'a.acnet.json' },
  countImages: { data: 'images' },
  history: { path: 'a.acnet.json' },
  removeLeftovers: { folder: 'out' },
  verify: {
    a: 'a',
    b: 'b',
    samples: 2,
    data: 'images',
    size: 32,
    tolerance: 1e-5,
    seed: 1,
    ...preprocessing,
  },
  evaluate: { path: 'a.keras', data: 'images', size: 32, limit: 5, batch: 5, ...preprocessing },
  prune: { path: 'a', data: 'b', groups: ['corner'], ratios: [0], seeds: 1, limit: 2, ...preprocessing },
  robustness: { path: 'a', data: 'b', against: 'c', limit: 2, ...preprocessing },
  train: { path: 'a.acnet.json', resume: true, overwrite: false },
  backend: {},
  selfTest: {},
};

const landing: BlockLandingResult = {
  ...{ row: 1, column: 1, variant: 'skeleton', source: 'network' },
  ...{ kernel: [3, 3], blocks: 2 },
};
const converted: ConvertResult = {
  converted: ['conv1'],
  skipped: [{ name: 'conv2', reason: '1×1 kernel' }],
  output: 'b.keras',
  module: 'b.py',
  hasGraph: true,
  warnings: ['a warning'],
};
const evidence = {
  blocks: { count: 2, maxRel: 1e-7, worst: 'conv1', worstOther: 'conv1_acb' },
  unpaired: 'other layers',
  noise: 1e-6,
};
const doubt: TrainDoubt = {
  ...{ top1: 20, low: 11.2, high: 33, images: 50, share: 20, class: '"cat"' },
  causes: [{ cause: 'scale', found: 'pixels × 1/255' }, { cause: 'untrained' }],
};
const trained: TrainResult = {
  doubt,
  baseline: { top1: 91, before: 90, trained: true },
  acnet: {
    top1: 92,
    before: 90,
    kernels: {
      sizes: {
        '2x2': [
          [1, 0.5],
          [0.5, 1],
        ],
      },
      layers: [
        {
          name: 'conv1',
          fused: [
            [1, 0.5],
            [0.5, 1],
          ],
        },
      ],
    },
  },
  difference: { points: 1, low: -1, high: 3, won: 2, lost: 1, p: 1, images: 100 },
  fused: { ...evidence, top1: 92, maxRel: 1e-7, passed: false, failure: 'conv1 differs' },
  outputs: { baseline: 'b', acnet: 'a', fused: 'f' },
  architecture: { path: 'net.onnx', sha256: '00' },
  converted: ['conv1'],
  backend: 'TensorFlow',
  seconds: 3,
  preprocessing: 'pixels × 1/255',
  memory: { estimate: 2, peak: 1 },
};
const events: readonly TrainEvent[] = [
  {
    ...{ event: 'start', arm: 'baseline', epochs: 1, stepsPerEpoch: 2 },
    ...{ backend: 'TensorFlow', memory: { estimate: 1, free: 2 } },
  },
  { event: 'before', arm: 'acnet', top1: 90, loss: 0.1 },
  { event: 'doubt', arm: 'baseline', ...doubt },
  { event: 'step', arm: 'acnet', epoch: 1, step: 1, loss: NaN, learningRate: 0.1, imagesPerSecond: 9 },
  { event: 'epoch', arm: 'acnet', epoch: 1, loss: 0.1, top1: 90, valLoss: Infinity },
  { event: 'message', text: 'calibrating' },
];

function slices(): ResultOf<'kernelSlices'> {
  const { data } = slicesState('conv1', 'acb', 4);
  if (data.phase !== 'ready') throw new Error('not ready');
  return data.value;
}

export const RESULTS: { readonly [N in CallName]: ResultOf<N> } = {
  inspect: { ...(fixture('scene-net.inspect.json') as InspectResult), readMilliseconds: 84 },
  kernels: fixture('scene-net.kernels.json') as KernelsResult,
  kernelSlices: slices(),
  compareKernels: comparedKernels(),
  convert: converted,
  convertWithData: converted,
  fuse: {
    ...{ fused: ['conv1'], landings: [landing], output: 'b.keras', module: 'b.py' },
    ...{ hasGraph: false, warnings: [] },
  },
  newNetwork: {
    output: 'a.pth',
    formatLabel: 'PyTorch',
    parameters: 10,
    law: 'kernels He normal',
    seed: 0,
    module: 'a_acnet.py',
  },
  exportAs: { output: 'b.onnx', formatLabel: 'ONNX', warnings: [] },
  job: {
    ...{ checkpoint: '/a.keras', data: '/images', epochs: 3, baseline: true, statistics: 'batch' },
    ...{ equalWeights: 'shared', layers: ['conv1'], outputs: '/out', folder: '/job', run: 'unfinished' },
    outside: { folders: ['/out'], existing: ['/out/a.keras'] },
    preprocessing: { ...preprocessing, size: 32 },
  },
  countImages: { training: 10, evaluation: 5 },
  history: { events, result: trained },
  removeLeftovers: { removed: 0 },
  verify: {
    ...{ ...evidence, samples: 1, maxAbs: Infinity, maxRel: NaN, passed: false, tolerance: 1e-5 },
    tensors: [{ name: 'logits', maxAbs: NaN, maxRel: NaN }],
    landings: { a: [landing], b: [] },
    problem: 'NaN',
  },
  evaluate: {
    ...{ images: 5, top1: 90, top5: 99, loss: 0.1, imagesPerSecond: 10 },
    ...{ backend: 'TensorFlow', preprocessing: 'pixels × 1/255' },
  },
  prune: {
    measure: 'agreement',
    thresholds: { square: { below50: null, belowHalf: 0.2 } },
    sizes: [{ kernel: [3, 3], layers: 2, shares: { corner: 4 / 9 } }],
    unpruned: 100,
    curves: { corner: [{ ratio: 0.1, mean: 90, std: 0 }] },
    ...{ images: 10, seeds: 5, layers: 2, preprocessing: 'pixels × 1/255' },
  },
  robustness: robustnessResult(),
  train: trained,
  backend: {
    ...{ backend: 'tensorflow', description: 'a', tensorflow: '2.21.0', tfjsNode: 'b', location: '/lib' },
    ...{ foundBy: 'setting', node: '22', threads: { intraOp: 2, interOp: 1 } },
    ...{ capabilities: { bfloat16: true }, tried: ['/lib'] },
  },
  selfTest: { backend: 'TensorFlow', steps: 10, seconds: 1, firstLoss: 2, lastLoss: 1 },
};

export const MESSAGES: { readonly [T in PageMessage['type']]: Extract<PageMessage, { readonly type: T }> } = {
  ready: { type: 'ready' },
  loadKernels: { type: 'loadKernels' },
  kernelSlices: { type: 'kernelSlices', layer: 'conv1', filter: 0, input: 3 },
  retry: { type: 'retry' },
  convert: { type: 'convert', layers: ['conv1'] },
  ticked: { type: 'ticked', layers: ['conv1'] },
  fuse: { type: 'fuse' },
  exportAs: { type: 'exportAs' },
  attachArchitecture: { type: 'attachArchitecture' },
  detachArchitecture: { type: 'detachArchitecture' },
  fineTune: { type: 'fineTune' },
  verify: { type: 'verify' },
  compare: { type: 'compare' },
  compareSwap: { type: 'compareSwap' },
  compareAgain: { type: 'compareAgain' },
  compareStop: { type: 'compareStop' },
  chooseData: { type: 'chooseData' },
  prune: { type: 'prune', groups: ['corner'], ratios: [0.1], seeds: 5, limit: 100 },
  chooseAgainst: { type: 'chooseAgainst' },
  robustness: { type: 'robustness', limit: 100 },
  cancelJob: { type: 'cancelJob' },
  pauseJob: { type: 'pauseJob', paused: true },
  resumeTraining: { type: 'resumeTraining' },
  installBackend: { type: 'installBackend' },
  openResult: { type: 'openResult', file: 'report' },
  showLog: { type: 'showLog' },
  copy: { type: 'copy', text: '1,2' },
};
