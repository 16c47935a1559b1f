import { convertToAcnet } from '../../src/core/acnet/convert';
import { fuseAcnet } from '../../src/core/acnet/fuse';
import { findSites } from '../../src/core/acnet/sites';
import { compareKernels } from '../../src/core/analysis/compare-kernels';
import type { Checkpoint } from '../../src/core/checkpoint';
import { createRandom, streamSeed } from '../../src/core/random';
import { tensorOf, type TensorRef } from '../../src/core/tensor/tensor';
import type { CompareKernelsResult } from '../../src/contract/results';
import type { CompareState } from '../../src/contract/operations/compare';
import { NetworkBuilder } from './reference-networks';

/** How many layers a compared network has, and how its second file came to be. */
interface CompareOptions {
  readonly layers?: number;
  /** `fused`: trained blocks, fused; `trained`: the same convolutions, a little other; `blocks`: not fused. */
  readonly after?: 'fused' | 'trained' | 'blocks';
}

/** The kernels of a made-up network before and after, compared by the product's own code. */
export function comparedKernels({ layers = 20, after = 'fused' }: CompareOptions = {}): CompareKernelsResult {
  const before = network(layers);
  const { kinds, ...comparison } = finished(compareKernels(before, made(before, after)));
  const file = (name: string, kind: typeof kinds.before) => ({
    ...{ path: `/models/${name}.keras`, formatLabel: 'Keras 3 archive', size: 3_457_000, kind },
  });
  return {
    before: file('scene_net', kinds.before),
    after: file(`scene_net.${after === 'trained' ? 'epoch-90' : `acnet.${after}`}`, kinds.after),
    ...comparison,
  };
}

/** The tab's state with that. */
export function compareDone(
  change: Partial<CompareState> = {},
  options: CompareOptions = {},
): CompareState & { readonly result: CompareKernelsResult } {
  const result = comparedKernels(options);
  return { other: result.after.path, swapped: false, phase: 'done', asked: 1, result, ...change };
}

function finished(steps: ReturnType<typeof compareKernels>) {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Three stages of 3×3 convolutions, one of 5×5 in front; batch norms that divide by about 1. */
function network(layers: number): Checkpoint {
  const builder = new NetworkBuilder(9);
  let value = builder.batchNorm(
    'stem_bn',
    builder.conv('stem', builder.input(16, 16, 3), { kernel: [5, 5], filters: 8 }),
  );
  for (let i = 0; i < layers; i++) {
    const stage = Math.floor((3 * i) / layers) + 1;
    const name = `layer${stage}.${i}.conv`;
    const conv = builder.conv(name, value, { kernel: [3, 3], filters: 8 * stage, bias: false });
    value = builder.batchNorm(`${name}_bn`, conv);
  }
  return calm(builder.build(value));
}

function made(before: Checkpoint, after: NonNullable<CompareOptions['after']>): Checkpoint {
  if (after === 'trained') {
    const own = (name: string) => createRandom(streamSeed(4, name));
    return changed(before, (tensor) => {
      // The stem was frozen.
      if (tensor.shape.length !== 4 || tensor.name.startsWith('stem')) return undefined;
      const random = own(tensor.name);
      const step = 0.02 + 0.1 * random.uniform();
      return tensor.readFloat32().map((value) => value + step * Math.abs(value) * random.normal());
    });
  }
  const sites = findSites(before).filter(({ kernel }) => kernel[0] === 3);
  const options = { sites, variant: 'skeleton', branches: 'paper', seed: 2 } as const;
  const blocks = calm(convertToAcnet(before, options).checkpoint);
  return after === 'blocks' ? blocks : fuseAcnet(blocks, { fold: false }).checkpoint;
}

/** Kernels that keep the variance, batch norms of statistics near 0 and 1, as calibrated networks have them. */
function calm(checkpoint: Checkpoint): Checkpoint {
  return changed(checkpoint, ({ name, shape }) => {
    const random = createRandom(streamSeed(1, name));
    const [filters] = shape;
    if (/gamma|variance/.test(name))
      return Float32Array.from({ length: filters }, () => 0.8 + 0.4 * random.uniform());
    if (shape.length !== 4) return undefined;
    const scale = 1 / Math.sqrt(shape[0] * shape[1] * shape[2]);
    const size = shape.reduce((product, side) => product * side, 1);
    return Float32Array.from({ length: size }, () => scale * random.normal());
  });
}

function changed(
  checkpoint: Checkpoint,
  change: (tensor: TensorRef) => Float32Array | undefined,
): Checkpoint {
  const tensors = [...checkpoint.tensors].map(([name, tensor]) => {
    const values = change(tensor);
    return [name, values ? tensorOf(name, tensor.shape, values) : tensor] as const;
  });
  return { ...checkpoint, tensors: new Map(tensors) };
}
