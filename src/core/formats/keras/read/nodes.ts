import { CheckpointError } from '../../../errors';
import type { GraphNode, HowTrained, Origin } from '../../../graph/graph';
import type { ValueShape } from '../../../graph/shape';
import type { Shape, TensorRef } from '../../../tensor/tensor';
import type { LayerBody } from '../layers/kind';
import { StoredTensor, type StoredArray } from './weights';

/** Most nodes of one network: models inside models, each called twice, double with every level. */
const MAX_NODES = 100_000;

/** The first half of a separable convolution. */
interface DepthwisePart {
  readonly origin: Origin;
  readonly body: LayerBody;
  readonly inputs: readonly string[];
  readonly training: HowTrained;
}

/** The nodes and tensors of a network while it is read. */
export class ReadNodes {
  readonly all: GraphNode[] = [];
  readonly tensors = new Map<string, TensorRef>();
  /** Rank of each value, `null` if unknown. */
  private readonly ranks = new Map<string, number | null>();

  constructor(readonly path: string) {}

  rankOf(value: string): number | null {
    return this.ranks.get(value) ?? null;
  }

  /** Adds a node whose outputs have one rank. @throws CheckpointError if there are too many. */
  add(node: GraphNode, rank: number | null): void {
    if (this.all.length === MAX_NODES) {
      throw new CheckpointError('the models inside of the model make too many layers', {
        path: this.path,
        where: node.name,
        expected: `at most ${MAX_NODES}`,
      });
    }
    this.all.push(node);
    for (const output of node.outputs) this.ranks.set(output, rank);
  }

  input(name: string, shape: ValueShape, origin?: Origin): string {
    const node = {
      name,
      op: 'input',
      attributes: { shape },
      inputs: [],
      outputs: [name],
      parameters: {},
    } as const;
    this.add(origin ? { ...node, origin } : node, shape.length);
    return name;
  }

  /** A node that passes a value into or out of a model. */
  pass(name: string, value: string, origin: Origin): string {
    const node = {
      name,
      op: 'identity',
      attributes: {},
      inputs: [value],
      outputs: [name],
      parameters: {},
    } as const;
    this.add({ ...node, origin }, this.rankOf(value));
    return name;
  }

  /** Splits the activation off: what computes is one node, the function after it another. */
  addActivation(input: string, { layer, call }: Origin, { op, attributes }: LayerBody): string {
    const name = `${input}/activation`;
    const origin: Origin = { layer, call, part: 'activation' };
    const node = { name, op, attributes, inputs: [input], outputs: [name], parameters: {}, origin };
    this.add(node as GraphNode, this.rankOf(input));
    return name;
  }

  /** Splits the depthwise half of a separable convolution off; it stands before the rest. */
  addDepthwise(name: string, { origin: { layer, call }, body, inputs, training }: DepthwisePart): string {
    const { op, attributes } = body;
    const parameters = { kernel: `${layer}/depthwise_kernel` };
    const origin: Origin = { layer, call, part: 'depthwise' };
    const node = { name, op, attributes, inputs, outputs: [name], parameters, origin, ...training };
    this.add(node as GraphNode, 4);
    return name;
  }

  /** Notes where a tensor lies. @param shape where it is not the stored one. @returns its name. */
  store(name: string, data: StoredArray, shape?: Shape): string {
    this.tensors.set(name, new StoredTensor(name, data, shape));
    return name;
  }
}
