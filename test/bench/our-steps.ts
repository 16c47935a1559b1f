import { createInterface } from 'node:readline';
import { convertToAcnet } from '../../src/core/acnet/convert';
import { chooseSites, findSites } from '../../src/core/acnet/sites';
import { COMMON_RULES, type Checkpoint } from '../../src/core/checkpoint';
import { macsOf } from '../../src/core/graph/build';
import type { Network, Precision, Statistics } from '../../src/engine/backend';
import { setThreads } from '../../src/engine/native/load';
import { peakBytes } from '../../src/files/process-memory';
import { nativeBackend } from '../support/native';
import { NetworkBuilder, residualNetwork, resnet20 } from '../support/networks';

export type NetworkName = 'resnet20' | 'resnet8' | 'vgg' | 'quick' | 'mobilenet';
export type Kind = 'acnet' | 'plain';

/** What of ours is timed. */
export interface Setting {
  readonly network: NetworkName;
  readonly kind: Kind;
  readonly statistics: Statistics;
  readonly precision: Precision;
  readonly batch: number;
  readonly steps: number;
}

const NETWORKS: Readonly<Record<NetworkName, () => Network>> = {
  resnet20,
  resnet8: () => residualNetwork(1),
  vgg: () => stacked([64, 64, 'pool', 128, 128, 'pool', 256, 256, 'pool'], 3),
  quick: () => stacked([32, 'pool', 32, 'pool', 64, 'pool'], 5),
  mobilenet: mobileNetV2,
};

/** Height and width of the images of each network. */
const SIDE: Readonly<Record<NetworkName, number>> = {
  resnet20: 32,
  resnet8: 32,
  vgg: 32,
  quick: 32,
  mobilenet: 96,
};

/** Convolutions with batch norm and ReLU, one after the other, for 32 × 32 images and ten classes. */
function stacked(layers: ReadonlyArray<number | 'pool'>, size: number): Network {
  const b = new NetworkBuilder(1);
  let x = b.input([32, 32, 3]);
  for (const layer of layers) {
    x =
      layer === 'pool'
        ? b.apply('maxPool', x, { poolSize: [2, 2], strides: [2, 2], padding: 'valid' })
        : b.relu(b.batchNorm(b.conv(x, layer, [size, size])));
  }
  return b.finish(b.apply('softmax', b.dense(b.apply('globalAveragePool', x, { keepDims: false }), 10), {}));
}

/** Expansion, filters, repetitions and stride of the first, for each stage (Sandler et al. 2018, table 2). */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** MobileNetV2 for ten classes. */
function mobileNetV2(): Network {
  const b = new NetworkBuilder(1);
  const narrow = (x: string, filters: number): string => b.batchNorm(b.conv(x, filters, [1, 1]));
  const relu6 = (x: string): string => b.apply('relu6', x, {});
  let x = relu6(b.batchNorm(b.conv(b.input([96, 96, 3]), 32, [3, 3], { strides: [2, 2] })));
  let width = 32;
  for (const [expansion, filters, repetitions, first] of STAGES) {
    for (let i = 0; i < repetitions; i++) {
      const stride = i === 0 ? first : 1;
      const wide = width * expansion;
      const expanded = expansion === 1 ? x : relu6(narrow(x, wide));
      const depthwise = b.conv(expanded, wide, [3, 3], { strides: [stride, stride], groups: wide });
      const y = narrow(relu6(b.batchNorm(depthwise)), filters);
      x = stride === 1 && width === filters ? b.apply('add', [y, x], {}) : y;
      width = filters;
    }
  }
  const pooled = b.apply('globalAveragePool', relu6(narrow(x, 1280)), { keepDims: false });
  return b.finish(b.apply('softmax', b.dense(pooled, 10), {}));
}

/** The network that is trained. */
export function networkOf(name: NetworkName, kind: Kind): Network {
  const network = NETWORKS[name]();
  if (kind === 'plain') return network;
  const checkpoint: Checkpoint = {
    ...network,
    format: 'keras',
    path: name,
    size: 0,
    metadata: { facts: [] },
    warnings: [],
    rules: COMMON_RULES,
    close: () => undefined,
  };
  const sites = chooseSites(findSites(checkpoint)).chosen;
  const options = { sites, variant: 'skeleton', branches: 'paper', seed: 1 } as const;
  const { graph, tensors } = convertToAcnet(checkpoint, options).checkpoint;
  if (!graph) throw new Error('no graph');
  return { graph, tensors };
}

/** Floating-point operations of one step's convolutions: forward and two gradients, two per multiply–accumulate. */
export function operationsOf({ network, kind, batch }: Setting): number {
  const { graph, tensors } = networkOf(network, kind);
  const macs = graph.nodes.reduce((sum, node) => sum + (macsOf(node, graph, tensors) ?? 0), 0);
  return 3 * 2 * macs * batch;
}

/** Our side of a comparison: prints a line when ready, then takes one round of steps per line of standard input. */
export async function runOurs({
  network,
  kind,
  statistics,
  precision,
  batch,
  steps,
}: Setting): Promise<void> {
  setThreads({ intraOp: 2, interOp: 2 });
  const backend = await nativeBackend();
  const session = backend.training(networkOf(network, kind), {
    batch,
    loss: 'categorical',
    labelSmoothing: 0,
    seed: 1,
    optimiser: { kind: 'sgd', momentum: 0.9, weightDecay: 0 },
    statistics,
    precision,
  });
  const random = new NetworkBuilder(2);
  const side = SIDE[network];
  const images = Array.from({ length: 8 }, () => random.values(batch, side, side, 3));
  const labels = images.map((_, k) =>
    Float32Array.from({ length: batch * 10 }, (_, i) => Number((Math.floor(i / 10) * 7 + k) % 10 === i % 10)),
  );
  // Without the batch's statistics nothing holds random weights in check: a rate that moves them hardly at all.
  const step = (i: number): number => session.step(images[i % 8], labels[i % 8], 1e-6);
  for (let i = 0; i < 3; i++) step(i);
  console.log(JSON.stringify({ name: `ACNet for VS Code, ${backend.description}` }));
  for await (const _ of createInterface(process.stdin)) {
    const seconds = Array.from({ length: steps }, (_, i) => {
      const start = performance.now();
      step(i);
      return (performance.now() - start) / 1000;
    });
    console.log(JSON.stringify({ seconds, memory: peakBytes() }));
  }
  session.dispose();
}
