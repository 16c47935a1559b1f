import { COMMON_RULES, type Checkpoint } from '../../src/core/checkpoint';
import { makeGraph } from '../../src/core/graph/build';
import type { Graph, GraphNode } from '../../src/core/graph/graph';
import type { OpAttributes, OpType } from '../../src/core/graph/ops';
import type { Padding, Pair } from '../../src/core/graph/padding';
import type { Dim } from '../../src/core/graph/shape';
import { createRandom } from '../../src/core/random';
import { sizeOf, tensorOf, type Shape, type TensorRef } from '../../src/core/tensor/tensor';
import { tensor, type Tensor } from './reference-ops';

/** What a test says of a convolution; the rest is ordinary. */
export interface ConvOptions {
  readonly kernel: Pair;
  readonly filters: number;
  readonly stride?: Pair;
  readonly dilation?: Pair;
  readonly groups?: number;
  readonly padding?: Padding;
  readonly bias?: boolean;
  /** An activation inside the layer; a name that is not an operator is unknown to the product. */
  readonly activation?: string;
  /** Tensor name of a kernel made before: a shared layer. */
  readonly shares?: string;
}

export interface NormOptions {
  readonly gamma?: boolean;
  readonly beta?: boolean;
  readonly epsilon?: number;
}

/**
 * Builds a small network with random weights, as a reader would hand it over. Batch norms get variances in
 * [0.1, 10], means in [−3, 3] and γ of both signs with |γ| in [0.1, 2]: fresh statistics hide mistakes.
 */
export class NetworkBuilder {
  private readonly nodes: GraphNode[] = [];
  private readonly tensors = new Map<string, TensorRef>();
  private readonly random;

  constructor(seed = 1) {
    this.random = createRandom(seed);
  }

  input(height: Dim, width: Dim, channels: number): string {
    return this.node('input', 'input', { shape: [null, height, width, channels] }, []);
  }

  /** @returns the value behind the convolution and its inner activation. */
  conv(name: string, input: string, options: ConvOptions): string {
    const { kernel, filters, groups = 1, bias = true, activation } = options;
    const channels = this.channels(input);
    const parameters: Record<string, string> = { kernel: options.shares ?? `${name}/kernel` };
    const scale = 1 / Math.sqrt((kernel[0] * kernel[1] * channels) / groups);
    if (!options.shares) {
      const shape = [...kernel, channels / groups, filters];
      this.fill(parameters.kernel, shape, () => this.random.normal() * scale);
    }
    if (bias) {
      parameters.bias = `${name}/bias`;
      this.fill(parameters.bias, [filters], () => this.random.normal());
    }
    const attributes = {
      kernelSize: kernel,
      filters,
      strides: options.stride ?? ([1, 1] as const),
      dilations: options.dilation ?? ([1, 1] as const),
      groups,
      padding: options.padding ?? 'same',
    };
    const value = this.node('conv2d', name, attributes, [input], parameters);
    return activation ? this.innerActivation(name, activation) : value;
  }

  batchNorm(name: string, input: string, options: NormOptions = {}): string {
    const { gamma = true, beta = true, epsilon = 1e-3 } = options;
    const parameters: Record<string, string> = {
      ...(gamma ? { gamma: `${name}/gamma` } : {}),
      ...(beta ? { beta: `${name}/beta` } : {}),
      mean: `${name}/moving_mean`,
      variance: `${name}/moving_variance`,
    };
    const draw = trainedStatistics(() => this.random);
    const channels = this.channels(input);
    for (const [role, tensorName] of Object.entries(parameters))
      this.fill(tensorName, [channels], draw[role]);
    return this.node('batchNorm', name, { epsilon, momentum: 0.9 }, [input], parameters);
  }

  dense(name: string, input: string, units: number): string {
    const inputs = this.channels(input);
    this.fill(`${name}/kernel`, [inputs, units], () => this.random.normal() / Math.sqrt(inputs));
    this.fill(`${name}/bias`, [units], () => this.random.normal());
    const parameters = { kernel: `${name}/kernel`, bias: `${name}/bias` };
    return this.node('dense', name, { units }, [input], parameters);
  }

  /** A node of any operator. */
  node<T extends OpType>(
    op: T,
    name: string,
    attributes: OpAttributes[T],
    inputs: readonly string[],
    parameters: Readonly<Record<string, string>> = {},
  ): string {
    const origin = { layer: name, call: 0, part: 'main' as const };
    // The operator and its attributes belong together by this method's signature.
    this.nodes.push({ name, op, attributes, inputs, outputs: [name], parameters, origin } as GraphNode);
    return name;
  }

  /** Replaces or adds a tensor. */
  set(name: string, shape: Shape, values: ArrayLike<number>): void {
    this.tensors.set(name, tensorOf(name, shape, Float32Array.from(values)));
  }

  build(...outputs: readonly string[]): Checkpoint & { readonly graph: Graph } {
    return {
      format: 'test',
      path: 'test.keras',
      size: 0,
      tensors: this.tensors,
      graph: makeGraph({ nodes: this.nodes, outputs }, this.tensors),
      metadata: { facts: [] },
      warnings: [],
      rules: COMMON_RULES,
      close: () => undefined,
    };
  }

  private innerActivation(layer: string, activation: string): string {
    const name = `${layer}/activation`;
    const known = activation === 'relu' || activation === 'sigmoid';
    this.nodes.push({
      name,
      ...(known ? { op: activation, attributes: {} } : { op: 'opaque', attributes: { type: activation } }),
      inputs: [layer],
      outputs: [name],
      parameters: {},
      origin: { layer, call: 0, part: 'activation' },
    });
    return name;
  }

  private channels(value: string): number {
    const { shapes } = makeGraph({ nodes: this.nodes, outputs: [value] }, this.tensors);
    return Number(shapes.get(value)?.at(-1));
  }

  private fill(name: string, shape: Shape, draw: () => number): void {
    this.set(name, shape, Float64Array.from({ length: sizeOf(shape) }, draw));
  }
}

/** How each batch-norm parameter is drawn, as after training. */
function trainedStatistics(
  random: () => { uniform(): number; normal(): number },
): Readonly<Record<string, () => number>> {
  const between = (low: number, high: number): number => low + (high - low) * random().uniform();
  return {
    gamma: () => between(0.1, 2) * (random().uniform() < 0.5 ? -1 : 1),
    beta: () => random().normal(),
    mean: () => between(-3, 3),
    variance: () => between(0.1, 10),
  };
}

/** A network whose batch norms all look trained. */
export function withTrainedNorms(checkpoint: Checkpoint, seed: number): Checkpoint {
  const random = createRandom(seed);
  const draw = trainedStatistics(() => random);
  const tensors = new Map(checkpoint.tensors);
  for (const node of networkOf(checkpoint).graph.nodes) {
    if (node.op !== 'batchNorm') continue;
    for (const [role, name] of Object.entries(node.parameters)) {
      const shape = tensors.get(name)?.shape ?? [];
      tensors.set(name, tensorOf(name, shape, Float32Array.from({ length: shape[0] }, draw[role])));
    }
  }
  return { ...checkpoint, tensors };
}

/** Standard normal values of a shape. */
export function normalTensor(shape: readonly number[], seed: number): Tensor {
  const random = createRandom(seed);
  return tensor(
    shape,
    Float64Array.from({ length: sizeOf(shape) }, () => random.normal()),
  );
}

/** A checkpoint that surely has a graph. */
export function networkOf(checkpoint: Checkpoint): {
  graph: Graph;
  tensors: ReadonlyMap<string, TensorRef>;
} {
  if (!checkpoint.graph) throw new Error('no graph');
  return { graph: checkpoint.graph, tensors: checkpoint.tensors };
}

/** max|a − b| and that over max|a|. */
export function difference(a: Tensor, b: Tensor): { maxAbs: number; maxRel: number } {
  if (a.shape.join() !== b.shape.join()) {
    throw new Error(`shapes differ: ${a.shape.join()} and ${b.shape.join()}`);
  }
  let maxAbs = 0;
  let largest = 0;
  a.data.forEach((value, i) => {
    const gap = Math.abs(value - b.data[i]);
    // NaN must not pass for equal.
    maxAbs = gap > maxAbs || Number.isNaN(gap) ? gap : maxAbs;
    largest = Math.max(largest, Math.abs(value));
  });
  return { maxAbs, maxRel: maxAbs / largest };
}
