import type { NetworkBuilder, TransposedSettings } from './networks';

export type Build = (b: NetworkBuilder, x: string) => string;

const BOUNDED = {
  'largest value': { maxValue: 0.8, negativeSlope: 0, threshold: 0 },
  'largest value and slope': { maxValue: 0.7, negativeSlope: 0.3, threshold: 0 },
  threshold: { maxValue: null, negativeSlope: 0, threshold: 0.4 },
  'all three': { maxValue: 1.1, negativeSlope: 0.25, threshold: 0.3 },
} as const;

const PLAIN = [
  ...['relu6', 'selu', 'silu', 'mish', 'tanh', 'softplus', 'softsign'],
  ...['exponential', 'hardSigmoid', 'hardSwish', 'logSoftmax'],
] as const;

const TRANSPOSED: Readonly<Record<string, TransposedSettings>> = {
  same: { kernelSize: [3, 3], strides: [2, 2], bias: true },
  'stride 1': { kernelSize: [3, 2] },
  valid: { kernelSize: [3, 4], strides: [2, 3], padding: 'valid' },
  'strides above the kernel': { kernelSize: [2, 2], strides: [3, 3], padding: 'valid' },
  'with output padding': { kernelSize: [4, 3], strides: [2, 2], outputPadding: [1, 0] },
  'valid, with output padding': {
    kernelSize: [2, 3],
    strides: [2, 2],
    padding: 'valid',
    outputPadding: [1, 1],
  },
  dilated: { kernelSize: [3, 2], dilations: [2, 2] },
  'by sides': {
    kernelSize: [3, 4],
    strides: [2, 2],
    padding: { top: 1, bottom: 1, left: 0, right: 2 },
    outputPadding: [1, 0],
    bias: true,
  },
  'longer than its kernel reaches': {
    kernelSize: [2, 3],
    strides: [3, 2],
    padding: { top: 1, bottom: 0, left: 2, right: 1 },
    outputPadding: [2, 1],
    bias: true,
  },
};

/** Scaled so that every piece of the functions is met. */
const wide = (b: NetworkBuilder, x: string): string => b.apply('rescaling', x, { scale: [3], offset: [0.1] });

/** A value of one pixel a channel, as squeeze-and-excitation has it. */
const squeezed = (b: NetworkBuilder, x: string): string =>
  b.apply('sigmoid', b.conv(b.apply('globalAveragePool', x, { keepDims: true }), 4, [1, 1]), {});

/** One, two or two of four channels. */
function slicePart(b: NetworkBuilder, x: string, part: string): string {
  const [before, after] = { front: [0, 3], middle: [1, 1], end: [2, 0] }[part] ?? [0, 0];
  return b.apply('slice', x, { axis: 3, before, after }, 4 - before - after);
}

/** Networks that use one operator each, on images of four channels and 8 × 7 pixels. */
export const OPERATOR_BUILDS: Readonly<Record<string, Build>> = {
  ...Object.fromEntries(
    PLAIN.map((op): [string, Build] => [op, (b, x) => b.apply(op as 'relu6', wide(b, x), {})]),
  ),
  ...Object.fromEntries(
    Object.entries(BOUNDED).map(([name, settings]): [string, Build] => [
      `ReLU with ${name}`,
      (b, x) => b.apply('boundedRelu', x, settings),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(TRANSPOSED).map(([name, settings]): [string, Build] => [
      `transposed convolution, ${name}`,
      (b, x) => b.transposed(x, 5, settings),
    ]),
  ),
  'hard sigmoid of Keras 2': (b, x) => b.apply('hardSigmoid', wide(b, x), { slope: 0.2 }),
  'leaky ReLU': (b, x) => b.apply('leakyRelu', x, { slope: 0.2 }),
  'leaky ReLU that falls': (b, x) => b.apply('leakyRelu', x, { slope: -0.3 }),
  'PReLU by channel': (b, x) => b.weighted('prelu', x, { sharedAxes: [1, 2] }, { alpha: [1, 1, 4] }),
  'PReLU by position': (b, x) => b.weighted('prelu', x, { sharedAxes: [] }, { alpha: [8, 7, 4] }),
  elu: (b, x) => b.apply('elu', x, { alpha: 1 }),
  'elu of another scale': (b, x) => b.apply('elu', x, { alpha: 0.4 }),
  'gelu, exact': (b, x) => b.apply('gelu', wide(b, x), { approximate: false }),
  'gelu by tanh': (b, x) => b.apply('gelu', wide(b, x), { approximate: true }),
  multiply: (b, x) => b.apply('multiply', [x, b.apply('sigmoid', x, {}), x], {}),
  'multiply by channel': (b, x) => b.apply('multiply', [x, squeezed(b, x)], {}),
  'multiply by channel, the small one first': (b, x) => b.apply('multiply', [squeezed(b, x), x], {}),
  'add by channel': (b, x) => b.apply('add', [squeezed(b, x), x, x], {}),
  subtract: (b, x) => b.apply('subtract', [b.relu(x), squeezed(b, x)], {}),
  average: (b, x) => b.apply('average', [x, b.relu(x), squeezed(b, x)], {}),
  maximum: (b, x) => b.apply('maximum', [x, squeezed(b, x), b.apply('tanh', x, {})], {}),
  minimum: (b, x) => b.apply('minimum', [squeezed(b, x), x], {}),
  concatenate: (b, x) => b.apply('concatenate', [x, b.apply('tanh', x, {}), x], { axis: -1 }, 12),
  'concatenate rows': (b, x) => b.apply('concatenate', [x, b.relu(x)], { axis: 1 }),
  slice: (b, x) =>
    b.apply(
      'concatenate',
      ['front', 'middle', 'end'].map((part) => slicePart(b, x, part)),
      { axis: -1 },
      5,
    ),
  'slice rows': (b, x) => b.apply('slice', x, { axis: 1, before: 2, after: 3 }),
  reshape: (b, x) => b.apply('reshape', x, { shape: [14, -1, 8] }, 8),
  permute: (b, x) => b.apply('permute', x, { order: [2, 3, 1] }, 8),
  'upsampling, nearest': (b, x) => b.apply('upsampling', x, { factors: [2, 3], method: 'nearest' }),
  'upsampling, bilinear': (b, x) => b.apply('upsampling', x, { factors: [3, 2], method: 'bilinear' }),
  'upsampling, corners aligned': (b, x) =>
    b.apply('upsampling', x, { factors: [3, 2], method: 'bilinear', aligned: true }),
  'resizing, corners aligned': (b, x) =>
    b.apply('resizing', x, { size: [1, 9], method: 'bilinear', aligned: true }),
  'resizing, nearest': (b, x) => b.apply('resizing', x, { size: [5, 9], method: 'nearest' }),
  'resizing, bilinear': (b, x) => b.apply('resizing', x, { size: [5, 9], method: 'bilinear' }),
  normalization: (b, x) => b.weighted('normalization', x, {}, { mean: [4], variance: [4] }),
  'layer norm': (b, x) => b.weighted('layerNorm', x, { epsilon: 1e-3 }, { gamma: [4], beta: [4] }),
  'layer norm without γ and β': (b, x) => b.weighted('layerNorm', x, { epsilon: 1e-3 }, {}),
  'group norm': (b, x) => b.weighted('groupNorm', x, { groups: 2, epsilon: 1e-3 }, { gamma: [4], beta: [4] }),
  'group norm without γ': (b, x) => b.weighted('groupNorm', x, { groups: 4, epsilon: 1e-3 }, { beta: [4] }),
};
