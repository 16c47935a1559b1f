import type { Network } from '../../src/engine/backend';
import { NetworkBuilder, type ConvolutionSettings, type TransposedSettings } from './networks';

/** A network with one kind of convolution, and a batch of two for its first step. */
export interface LoweringCase {
  readonly name: string;
  readonly network: Network;
  readonly logits: string;
  readonly input: Float32Array;
  readonly targets: Float32Array;
}

const SETTINGS: Readonly<Record<string, ConvolutionSettings>> = {
  plain: {},
  grouped: { groups: 2, strides: [2, 1] },
  'grouped with bias': { groups: 2, bias: true },
  depthwise: { groups: 4 },
  'depthwise with stride': { groups: 4, strides: [2, 2] },
  'depthwise with unequal strides': { groups: 4, strides: [2, 1] },
  dilated: { dilations: [2, 2] },
  'dilated unequally, valid': { dilations: [1, 3], padding: 'valid' },
  'dilated with stride': { dilations: [2, 2], strides: [2, 2] },
  'dilated with explicit padding': { dilations: [2, 1], padding: { top: 2, bottom: 1, left: 0, right: 3 } },
  'dilated and grouped': { dilations: [2, 2], groups: 2 },
  'dilated depthwise': { dilations: [2, 2], groups: 4 },
};

const TRANSPOSED: Readonly<Record<string, Omit<TransposedSettings, 'kernelSize'>>> = {
  transposed: { strides: [2, 1] },
  'transposed and dilated': { dilations: [2, 2], padding: 'valid' },
};

/** Every kind of convolution whose gradients some builds of TensorFlow lack. */
export function loweringCases(): LoweringCase[] {
  const builds: [string, (b: NetworkBuilder, x: string) => string][] = [
    ...Object.entries(SETTINGS).map(([name, settings]): (typeof builds)[number] => [
      name,
      (b, x) => b.conv(x, 8, [3, 3], settings),
    ]),
    ...Object.entries(TRANSPOSED).map(([name, settings]): (typeof builds)[number] => [
      name,
      (b, x) => b.transposed(x, 8, { ...settings, kernelSize: [3, 3] }),
    ]),
  ];
  return builds.map(([name, build], seed) => {
    const b = new NetworkBuilder(seed + 1);
    const inner = b.conv(b.input([8, 9, 3]), 4, [1, 1]);
    const x = b.apply('sigmoid', build(b, inner), {});
    const logits = b.dense(b.apply('globalAveragePool', x, { keepDims: false }), 3);
    const targets = Float32Array.of(1, 0, 0, 0, 0, 1);
    return { name, network: b.finish(logits), logits, input: b.values(2, 8, 9, 3), targets };
  });
}
