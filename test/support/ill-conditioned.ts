import { findBlocks } from '../../src/core/acnet/blocks';
import { convertToAcnet } from '../../src/core/acnet/convert';
import { fuseAcnet } from '../../src/core/acnet/fuse';
import { fuseBlock } from '../../src/core/acnet/kernel';
import { chooseSites, findSites } from '../../src/core/acnet/sites';
import type { AcbBlock } from '../../src/core/acnet/types';
import type { Checkpoint } from '../../src/core/checkpoint';
import { createRandom } from '../../src/core/random';
import { tensorOf } from '../../src/core/tensor/tensor';
import { referenceOutputs } from './reference';
import { networkOf, NetworkBuilder, normalTensor } from './reference-networks';

/**
 * Inverted residual blocks with squeeze-and-excitation, as mobile networks have them, as blocks with statistics of their
 * own values: depthwise convolutions, hard swish, and channels that are nearly constant, so that batch norms of tiny
 * variances make the rest large again, and rounding with it.
 */
export function mobileNetwork(seed: number, depth: number): Checkpoint {
  const b = new NetworkBuilder(seed);
  const conv = (name: string, x: string, filters: number, kernel: 1 | 3, groups = 1): string => {
    const options = { kernel: [kernel, kernel], filters, groups, bias: false } as const;
    return b.batchNorm(`${name}_bn`, b.conv(name, x, options), { epsilon: 1e-9 });
  };
  let x = b.node('hardSwish', 'stem_act', {}, [conv('stem', b.input(SIZE, SIZE, 3), 8, 3)]);
  for (let i = 0; i < depth; i++) {
    const stem = `block${i}`;
    const wide = b.node('relu6', `${stem}_expand_act`, {}, [conv(`${stem}_expand`, x, 12, 1)]);
    const deep = b.node('hardSwish', `${stem}_dw_act`, {}, [conv(`${stem}_dw`, wide, 12, 3, 12)]);
    const pooled = b.node('globalAveragePool', `${stem}_pool`, { keepDims: true }, [deep]);
    const less = b.conv(`${stem}_less`, pooled, { kernel: [1, 1], filters: 4, activation: 'relu' });
    const gate = b.conv(`${stem}_more`, less, { kernel: [1, 1], filters: 12, activation: 'sigmoid' });
    const gated = b.node('multiply', `${stem}_gated`, {}, [deep, gate]);
    x = conv(`${stem}_project`, gated, 8, 1);
  }
  const flat = b.node('globalAveragePool', 'pool', { keepDims: false }, [x]);
  const network = b.build(b.dense('head', flat, 6));
  const { chosen } = chooseSites(findSites(network));
  const options = { sites: chosen, variant: 'skeleton', branches: 'paper', seed } as const;
  return nearlyConstant(convertToAcnet(network, options).checkpoint, seed + 1);
}

/** Height and width of its images. */
const SIZE = 8;

/** Measures every batch norm's statistics, one after the other; what leaves it is about 3, with little around that. */
function nearlyConstant(checkpoint: Checkpoint, seed: number): Checkpoint {
  const { graph } = networkOf(checkpoint);
  const random = createRandom(seed);
  const images = [normalTensor([2, SIZE, SIZE, 3], seed)];
  const tensors = new Map(checkpoint.tensors);
  const norms = graph.nodes.filter(({ op }) => op === 'batchNorm');
  for (const node of norms) {
    const [{ data }] = referenceOutputs({ graph: { ...graph, outputs: node.inputs }, tensors }, images);
    const isBranch =
      node.name.includes('_acb_') ||
      graph.nodes.some(({ op, inputs }) => op === 'add' && inputs.includes(node.outputs[0]));
    const isLast = node === norms.at(-1);
    const shape = tensors.get(node.parameters.mean)?.shape ?? [];
    const [channels] = shape;
    const rows = data.length / channels;
    const mean = new Float32Array(channels).map((_, c) => {
      let sum = 0;
      for (let i = c; i < data.length; i += channels) sum += data[i];
      return sum / rows;
    });
    const variance = mean.map((middle, c) => {
      let sum = 0;
      for (let i = c; i < data.length; i += channels) sum += (data[i] - middle) ** 2;
      return sum / rows;
    });
    const values = {
      mean,
      variance,
      gamma: mean.map(() => random.normal() * (isLast ? 1 : 0.003)),
      beta: mean.map(() => (isLast ? 0 : isBranch ? 1 : 3) + 0.1 * random.normal()),
    };
    for (const role of ['mean', 'variance', 'gamma', 'beta'] as const)
      tensors.set(node.parameters[role], tensorOf(node.parameters[role], shape, values[role]));
  }
  return { ...checkpoint, tensors };
}

/** Ways in which a fusion may be wrong, by name: each gives the fused network of a network of blocks. */
export const MUTATIONS: Readonly<Record<string, (acnet: Checkpoint, block: AcbBlock) => Checkpoint>> = {
  'a branch shifted by a row': (acnet, block) => {
    const fused = fuseAcnet(acnet, { fold: false }).checkpoint;
    const { kernel } = block.square.conv.parameters;
    const { shape, kernel: values } = fuseBlock({ ...block, row: block.row + 1 }, acnet.tensors);
    return withTensor(fused, kernel, Float32Array.from(values), shape);
  },
  'a branch shifted by a column, folded': (acnet, block) => {
    const fused = fuseAcnet(acnet, { fold: true }).checkpoint;
    const { kernel } = block.square.conv.parameters;
    const { shape, kernel: values } = fuseBlock({ ...block, column: block.column - 1 }, acnet.tensors);
    return withTensor(fused, kernel, Float32Array.from(values), shape);
  },
  'one γ doubled': (acnet, block) =>
    fusedWith(acnet, block, 'gamma', (values) => {
      const largest = values.reduce((at, value, i) => (Math.abs(value) > Math.abs(values[at]) ? i : at), 0);
      return values.map((value, i) => (i === largest ? 2 * value : value));
    }),
  'channels swapped': (acnet, block) =>
    fusedWith(acnet, block, 'gamma', (values) => values.map((_, i) => values[i ^ 1])),
  'a β left out': (acnet, block) => fusedWith(acnet, block, 'beta', (values) => values.map(() => 0)),
};

/** Fuses after the horizontal branch's batch norm was changed. */
function fusedWith(
  acnet: Checkpoint,
  { horizontal }: AcbBlock,
  role: 'gamma' | 'beta',
  change: (values: Float32Array) => Float32Array,
): Checkpoint {
  const name = horizontal.batchNorm?.parameters[role] ?? '';
  const values = acnet.tensors.get(name)?.readFloat32() ?? new Float32Array();
  return fuseAcnet(withTensor(acnet, name, change(values)), { fold: false }).checkpoint;
}

function withTensor(
  checkpoint: Checkpoint,
  name: string,
  values: Float32Array,
  shape: readonly number[] = [values.length],
): Checkpoint {
  return { ...checkpoint, tensors: new Map(checkpoint.tensors).set(name, tensorOf(name, shape, values)) };
}

/** One of the blocks. */
export function blockOf(acnet: Checkpoint, index: number): AcbBlock {
  const blocks = findBlocks(networkOf(acnet).graph, acnet.tensors);
  return blocks[index % blocks.length];
}
