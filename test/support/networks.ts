import { makeGraph } from '../../src/core/graph/build';
import type { GraphNode, NodeOf } from '../../src/core/graph/graph';
import type { OpAttributes, OpType } from '../../src/core/graph/ops';
import type { Padding, Pair } from '../../src/core/graph/padding';
import { createRandom } from '../../src/core/random';
import { sizeOf, tensorOf, type Shape, type TensorRef } from '../../src/core/tensor/tensor';
import type { Network } from '../../src/engine/backend';

export interface ConvolutionSettings {
  readonly strides?: Pair;
  readonly dilations?: Pair;
  readonly groups?: number;
  readonly padding?: Padding;
  readonly bias?: boolean;
  readonly name?: string;
}

export interface TransposedSettings {
  readonly kernelSize: Pair;
  readonly strides?: Pair;
  readonly dilations?: Pair;
  readonly padding?: Padding;
  readonly outputPadding?: Pair;
  readonly bias?: boolean;
}

/** Builds networks with random weights for tests: each method adds a node and returns the value it makes. */
export class NetworkBuilder {
  readonly tensors = new Map<string, TensorRef>();
  private readonly nodes: GraphNode[] = [];
  private readonly channels = new Map<string, number>();
  private readonly random;

  constructor(seed = 1) {
    this.random = createRandom(seed);
  }

  /** @param shape without the batch */
  input(shape: readonly (number | null)[], name = 'input'): string {
    return this.node(name, 'input', { shape: [null, ...shape] }, [], {}, shape[shape.length - 1] ?? 0);
  }

  conv(x: string, filters: number, kernelSize: Pair, settings: ConvolutionSettings = {}): string {
    const name = settings.name ?? `conv${this.nodes.length}`;
    const { strides = [1, 1], dilations = [1, 1], groups = 1, padding = 'same', bias = false } = settings;
    const inputs = this.width(x) / groups;
    const fanIn = kernelSize[0] * kernelSize[1] * inputs;
    const parameters = {
      kernel: this.normal(`${name}/kernel`, [...kernelSize, inputs, filters], Math.sqrt(2 / fanIn)),
      ...(bias ? { bias: this.normal(`${name}/bias`, [filters], 0.3) } : {}),
    };
    const attributes = { kernelSize, filters, strides, dilations, groups, padding };
    return this.node(name, 'conv2d', attributes, [x], parameters, filters);
  }

  transposed(x: string, filters: number, settings: TransposedSettings): string {
    const name = `transposed${this.nodes.length}`;
    const { kernelSize, strides = [1, 1], dilations = [1, 1], padding = 'same', bias = false } = settings;
    const shape = [...kernelSize, filters, this.width(x)];
    const parameters = {
      kernel: this.normal(`${name}/kernel`, shape, Math.sqrt(2 / (kernelSize[0] * kernelSize[1] * shape[3]))),
      ...(bias ? { bias: this.normal(`${name}/bias`, [filters], 0.3) } : {}),
    };
    const outputPadding = settings.outputPadding ?? null;
    const attributes = { kernelSize, filters, strides, dilations, padding, outputPadding };
    return this.node(name, 'conv2dTranspose', attributes, [x], parameters, filters);
  }

  /** Statistics, γ and β are random, γ of both signs: fresh ones hide mistakes. */
  batchNorm(x: string, options: { gamma?: boolean; beta?: boolean; momentum?: number } = {}): string {
    const name = `bn${this.nodes.length}`;
    const shape = [this.width(x)];
    const { gamma = true, beta = true, momentum = 0.9 } = options;
    const sign = (): number => (this.random.uniform() < 0.5 ? -1 : 1);
    const parameters = {
      ...(gamma ? { gamma: this.fill(`${name}/gamma`, shape, () => sign() * this.between(0.3, 2)) } : {}),
      ...(beta ? { beta: this.normal(`${name}/beta`, shape, 0.5) } : {}),
      mean: this.normal(`${name}/moving_mean`, shape, 1),
      variance: this.fill(`${name}/moving_variance`, shape, () => this.between(0.1, 3)),
    };
    return this.node(name, 'batchNorm', { epsilon: 1e-3, momentum }, [x], parameters, shape[0]);
  }

  dense(x: string, units: number, bias = true): string {
    const name = `dense${this.nodes.length}`;
    const inputs = this.width(x);
    const parameters = {
      kernel: this.normal(`${name}/kernel`, [inputs, units], 1 / Math.sqrt(inputs)),
      ...(bias ? { bias: this.normal(`${name}/bias`, [units], 0.3) } : {}),
    };
    return this.node(name, 'dense', { units }, [x], parameters, units);
  }

  /** An operator without parameters. */
  apply<T extends OpType>(
    op: T,
    inputs: string | readonly string[],
    attributes: OpAttributes[T],
    channels?: number,
  ): string {
    const all = typeof inputs === 'string' ? [inputs] : inputs;
    return this.node(`${op}${this.nodes.length}`, op, attributes, all, {}, channels ?? this.width(all[0]));
  }

  /** An operator that keeps the channels, with random parameters by role. */
  weighted<T extends OpType>(
    op: T,
    x: string,
    attributes: OpAttributes[T],
    shapes: Readonly<Record<string, Shape>>,
  ): string {
    const name = `${op}${this.nodes.length}`;
    const parameters = Object.entries(shapes).map(([role, shape]): [string, string] => {
      const tensor = `${name}/${role}`;
      if (role === 'variance') return [role, this.fill(tensor, shape, () => this.between(0.1, 3))];
      return [role, this.normal(tensor, shape, 0.5)];
    });
    return this.node(name, op, attributes, [x], Object.fromEntries(parameters), this.width(x));
  }

  relu(x: string): string {
    return this.apply('relu', x, {});
  }

  finish(...outputs: string[]): Network {
    return { graph: makeGraph({ nodes: this.nodes, outputs }, this.tensors), tensors: this.tensors };
  }

  /** Float32 values, standard normal. */
  values(...shape: number[]): Float32Array {
    return Float32Array.from({ length: sizeOf(shape) }, () => this.random.normal());
  }

  private width(value: string): number {
    const channels = this.channels.get(value);
    if (channels === undefined) throw new Error(`no value ${value}`);
    return channels;
  }

  private between(low: number, high: number): number {
    return low + (high - low) * this.random.uniform();
  }

  private normal(name: string, shape: Shape, scale: number): string {
    return this.fill(name, shape, () => scale * this.random.normal());
  }

  private fill(name: string, shape: Shape, draw: () => number): string {
    this.tensors.set(name, tensorOf(name, shape, Float32Array.from({ length: sizeOf(shape) }, draw)));
    return name;
  }

  private node<T extends OpType>(
    name: string,
    op: T,
    attributes: OpAttributes[T],
    inputs: readonly string[],
    parameters: Readonly<Record<string, string>>,
    channels: number,
  ): string {
    const node: NodeOf<T> = { name, op, attributes, inputs, outputs: [name], parameters };
    // One operator of many: the pairing of `op` and `attributes` is checked by the signature.
    this.nodes.push(node as unknown as GraphNode);
    this.channels.set(name, channels);
    return name;
  }
}

const FLAT = {};

/** ResNet-20 for 32 × 32 images and ten classes (He et al., 2016): 19 convolutions of 3×3 and a classifier. */
export function resnet20(seed = 1): Network {
  return residualNetwork(3, seed);
}

/** ResNet-(6n + 2) for 32 × 32 images and ten classes: three stages of n blocks. */
export function residualNetwork(blocks: number, seed = 1): Network {
  const b = new NetworkBuilder(seed);
  const convBn = (x: string, filters: number, size: number, stride: number): string =>
    b.batchNorm(b.conv(x, filters, [size, size], { strides: [stride, stride] }));
  let x = b.relu(convBn(b.input([32, 32, 3]), 16, 3, 1));
  for (const [stage, filters] of [16, 32, 64].entries()) {
    for (let block = 0; block < blocks; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const inner = convBn(b.relu(convBn(x, filters, 3, stride)), filters, 3, 1);
      const shortcut = stride === 1 ? x : convBn(x, filters, 1, stride);
      x = b.relu(b.apply('add', [inner, shortcut], FLAT));
    }
  }
  const pooled = b.apply('globalAveragePool', x, { keepDims: false });
  return b.finish(b.apply('softmax', b.dense(pooled, 10), FLAT));
}
