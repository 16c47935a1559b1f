import type { GraphParts } from '../../core/graph/build';
import type { GraphNode, NodeOf } from '../../core/graph/graph';
import type { Pair } from '../../core/graph/padding';
import { createRandom, streamSeed } from '../../core/random';
import { sizeOf, tensorOf, type Shape, type TensorRef } from '../../core/tensor/tensor';

/** Keras's defaults. */
const BATCH_NORM = { epsilon: 1e-3, momentum: 0.99 } as const;

/** A new network: its graph and its random weights. */
export interface NewNetwork {
  readonly parts: GraphParts;
  readonly tensors: ReadonlyMap<string, TensorRef>;
}

/**
 * A small residual network for MNIST, untrained: five 3×3 convolutions (one with stride 2), each with its batch
 * norm, a sum, pooling, and a dense softmax head. 70 thousand parameters, 4 million multiply–accumulates.
 */
export function mnistNetwork(seed: number): NewNetwork {
  const net = new NetworkBuilder(seed);
  const image = net.input('image', [null, 28, 28, 1]);
  const wide = net.maxPool('pool1', net.block('conv1', image, 1, 16));
  const halved = net.block('conv3', net.block('conv2', wide, 16, 32), 32, 32, [2, 2]);
  const deep = net.block('conv4', halved, 32, 64);
  const residual = net.normalised('conv5', deep, 64, 64);
  const sum = net.relu('relu5', net.add('sum', [deep, residual]));
  const features = net.globalAveragePool('features', sum);
  return net.finish(net.softmax('probabilities', net.dense('logits', features, 64, 10)));
}

/** Adds one layer after another; each method returns the name of the value it makes. */
export class NetworkBuilder {
  private readonly nodes: GraphNode[] = [];
  private readonly tensors = new Map<string, TensorRef>();

  constructor(private readonly seed: number) {}

  input(name: string, shape: readonly (number | null)[]): string {
    return this.push({ ...made(name), op: 'input', attributes: { shape }, inputs: [], parameters: {} });
  }

  /** Convolution, batch norm, ReLU. */
  block(name: string, input: string, from: number, to: number, strides: Pair = [1, 1]): string {
    return this.relu(name.replace('conv', 'relu'), this.normalised(name, input, from, to, strides));
  }

  /** Convolution without bias, and its batch norm. */
  normalised(name: string, input: string, from: number, to: number, strides: Pair = [1, 1]): string {
    const kernel = this.random(`${name}/kernel`, [3, 3, from, to], Math.sqrt(2 / (9 * from)));
    const attributes = {
      kernelSize: [3, 3],
      filters: to,
      strides,
      dilations: [1, 1],
      groups: 1,
      padding: 'same',
    } as const;
    const value = this.push({
      ...made(name),
      op: 'conv2d',
      attributes,
      inputs: [input],
      parameters: { kernel },
    });
    return this.batchNorm(name.replace('conv', 'bn'), value, to);
  }

  maxPool(name: string, input: string): string {
    const attributes = { poolSize: [2, 2], strides: [2, 2], padding: 'valid' } as const;
    return this.push({ ...made(name), op: 'maxPool', attributes, inputs: [input], parameters: {} });
  }

  globalAveragePool(name: string, input: string): string {
    const attributes = { keepDims: false };
    return this.push({ ...made(name), op: 'globalAveragePool', attributes, inputs: [input], parameters: {} });
  }

  add(name: string, inputs: readonly string[]): string {
    return this.push({ ...made(name), op: 'add', attributes: {}, inputs, parameters: {} });
  }

  relu(name: string, input: string): string {
    return this.push({ ...made(name), op: 'relu', attributes: {}, inputs: [input], parameters: {} });
  }

  softmax(name: string, input: string): string {
    return this.push({ ...made(name), op: 'softmax', attributes: {}, inputs: [input], parameters: {} });
  }

  dense(name: string, input: string, from: number, units: number): string {
    const parameters = {
      kernel: this.random(`${name}/kernel`, [from, units], Math.sqrt(1 / from)),
      bias: this.constant(`${name}/bias`, units, 0),
    };
    return this.push({ ...made(name), op: 'dense', attributes: { units }, inputs: [input], parameters });
  }

  finish(output: string): NewNetwork {
    return { parts: { nodes: this.nodes, outputs: [output] }, tensors: this.tensors };
  }

  private batchNorm(name: string, input: string, channels: number): string {
    const parameters: NodeOf<'batchNorm'>['parameters'] = {
      gamma: this.constant(`${name}/gamma`, channels, 1),
      beta: this.constant(`${name}/beta`, channels, 0),
      mean: this.constant(`${name}/moving_mean`, channels, 0),
      variance: this.constant(`${name}/moving_variance`, channels, 1),
    };
    return this.push({ ...made(name), op: 'batchNorm', attributes: BATCH_NORM, inputs: [input], parameters });
  }

  private push(node: GraphNode): string {
    this.nodes.push(node);
    return node.outputs[0];
  }

  /** Normal variates; He's standard deviation keeps the signal's size behind a ReLU. */
  private random(name: string, shape: Shape, std: number): string {
    const random = createRandom(streamSeed(this.seed, name));
    const values = Float32Array.from({ length: sizeOf(shape) }, () => random.normal() * std);
    this.tensors.set(name, tensorOf(name, shape, values));
    return name;
  }

  private constant(name: string, length: number, value: number): string {
    this.tensors.set(name, tensorOf(name, [length], new Float32Array(length).fill(value)));
    return name;
  }
}

function made(name: string): { name: string; outputs: readonly string[] } {
  return { name, outputs: [`${name}:0`] };
}
