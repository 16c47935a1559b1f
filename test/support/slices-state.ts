import { convertToAcnet } from '../../src/core/acnet/convert';
import { findSites } from '../../src/core/acnet/sites';
import { kernelSlices } from '../../src/core/analysis/slices';
import type { SlicesState } from '../../src/contract/page';
import { NetworkBuilder } from './reference-networks';

/** One 3 × 3 layer of 16 inputs and `filters` filters from near, its second and seventh filter dead. */
export function slicesState(layer: string, kind: 'plain' | 'acb', filters = 64): SlicesState {
  const builder = new NetworkBuilder(7);
  const conv = builder.conv('conv', builder.input(8, 8, 16), { kernel: [3, 3], filters, bias: false });
  const gamma = Array.from({ length: filters }, (_, i) => (i === 1 || i === 6 ? 0.001 : 0.6 + (i % 7) / 10));
  const output = builder.batchNorm('bn', conv);
  builder.set('bn/gamma', [filters], gamma);
  builder.set('bn/moving_variance', [filters], new Float32Array(filters).fill(1));
  const plain = builder.build(output);
  const options = {
    sites: findSites(plain),
    variant: 'skeleton',
    branches: 'paper',
    seed: 1,
  } as const;
  const checkpoint = kind === 'acb' ? convertToAcnet(plain, options).checkpoint : plain;
  return { layer, data: { phase: 'ready', value: { ...kernelSlices(checkpoint, 'conv'), layer } } };
}
