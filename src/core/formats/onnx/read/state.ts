import { UserError } from '../../../errors';
import { operatorOf, parameterShapes } from '../../../graph/build';
import { inputsOf } from '../../../graph/operator';
import type { GraphNode, NodeOf } from '../../../graph/graph';
import type { OpAttributes, OpType } from '../../../graph/ops';
import type { Dim, ValueShape } from '../../../graph/shape';
import { item } from '../../../item';
import type { Shape, TensorRef } from '../../../tensor/tensor';
import type { TensorData } from '../proto/data';
import type { ModelProto } from '../proto/model';
import type { NodeProto } from '../proto/node';
import { OnnxTensor, type Constant, type Layout } from './constant';
import { between, plainOrder, sameOrder, type Order } from './order';
import type { NamedValue, Numbers } from './source';
import type { Separate } from './separate';

/** A node that means more than this product knows: it becomes opaque. */
export class Unreadable extends Error {}

/** A layer that computes otherwise while training, and is not read as what it is at inference. */
export class InTraining extends Unreadable {
  constructor() {
    super('it is in training mode: model.eval() before the export is missing');
  }
}

/** A value of the file as the graph has it. */
export interface Held {
  readonly value: string;
  readonly order: Order;
}

/** Whole numbers that a file computes from the shapes of its values; null where one depends on the input. */
export interface Sizes {
  readonly values: readonly Dim[];
  /** One number without an axis. */
  readonly scalar: boolean;
}

/** One node of the graph to be added. */
export interface NewNode<T extends OpType> {
  readonly name: string;
  readonly op: T;
  readonly attributes: OpAttributes[T];
  readonly inputs: readonly string[];
  readonly parameters?: Readonly<Record<string, string>>;
}

/** The graph as it grows while the file's nodes are read one by one. */
export class ReadState {
  /** Every node so far; gaps are nodes that a later one took over. */
  private readonly all: (GraphNode | undefined)[] = [];
  /** Place of the node that makes each value. */
  private readonly places = new Map<string, number>();
  readonly shapes = new Map<string, ValueShape | null>();
  readonly tensors = new Map<string, TensorRef>();
  readonly held = new Map<string, Held>();
  readonly constants = new Map<string, Constant>();
  /** Known values of shapes that the file computes. */
  readonly sizes = new Map<string, Sizes>();
  readonly names = new Map<string, NamedValue>();
  /** By the name of the first node. */
  readonly groups = new Map<string, { readonly sources: number[]; readonly nodes: readonly string[] }>();
  /** By node of the graph: parameters that became numbers of it. */
  readonly numbers = new Map<string, Numbers>();
  readonly warnings: string[] = [];
  /** The first node that computes as in training, for people. */
  inTraining: string | undefined;
  /** Batch size that the file fixes. */
  batch: number | null = null;
  /** Indices of nodes of the file that an earlier one has taken over. */
  readonly taken = new Set<number>();
  private readonly used = new Set<string>();
  private readonly turned = new Map<string, string>();

  constructor(
    readonly model: ModelProto,
    readonly data: TensorData,
    /** How often each value of the file is read, as an output of the network too. */
    readonly readers: ReadonlyMap<string, number>,
    readonly nodeNames: readonly string[],
    /** Parameters that the file has once, and that belong to several layers. */
    readonly separate: Separate,
  ) {
    nodeNames.forEach((name) => this.used.add(name));
  }

  get nodes(): GraphNode[] {
    return this.all.filter((node) => node !== undefined);
  }

  /** The node that makes a value. */
  maker(value: string): GraphNode | undefined {
    return this.all[this.places.get(value) ?? -1];
  }

  /** Puts another node in the place of the one that makes a value, or none. */
  replace(value: string, node: GraphNode | undefined): void {
    const place = this.places.get(value);
    if (place !== undefined) this.all[place] = node;
  }

  /** A name that neither a node nor a value has. */
  freeName(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.used.has(name); i++) name = `${wanted}_${i}`;
    this.used.add(name);
    return name;
  }

  /**
   * Adds a node that makes one value, which has the node's name.
   * @throws Unreadable if the operator's own rules refuse it.
   */
  emit<T extends OpType>(node: NewNode<T>, source?: NodeProto): string {
    this.emitAll(node, [node.name], source);
    return node.name;
  }

  /** Adds a node that makes any number of values. @throws Unreadable if the operator's own rules refuse it. */
  emitAll<T extends OpType>(node: NewNode<T>, outputs: readonly string[], source?: NodeProto): void {
    const origin = source && {
      layer: item(this.nodeNames, source.index),
      call: 0,
      part: 'main' as const,
    };
    const made = { parameters: {}, ...node, outputs, ...(origin ? { origin } : {}) } as NodeOf<T>;
    // One operator of many: the pairing of `op` and `attributes` is checked by the signature.
    const graphNode = made as unknown as GraphNode;
    const shape = this.shapeOf(graphNode);
    for (const output of outputs) {
      this.shapes.set(output, shape);
      this.places.set(output, this.all.length);
    }
    this.all.push(graphNode);
  }

  private shapeOf(node: GraphNode): ValueShape | null {
    if (node.op === 'opaque') return null;
    const inputs = node.inputs.map((value) => this.shapes.get(value) ?? null);
    const known = inputs.filter((shape) => shape !== null);
    try {
      const parameters = parameterShapes(node, this.tensors);
      if (known.length < inputs.length) return null;
      const given = node.op === 'input' ? [node.attributes.shape] : known;
      return operatorOf(node).inferShape({
        attributes: node.attributes,
        inputs: inputsOf(given),
        parameters,
      });
    } catch (error) {
      if (error instanceof UserError) throw new Unreadable(error.message);
      throw error;
    }
  }

  /** Takes note that a name of the file is a value of the graph. */
  hold(name: string, value: string, order: Order): void {
    this.held.set(name, { value, order });
    if (!this.names.has(value)) this.names.set(value, { name, order });
  }

  /** A value in another order, through a transposition that the file does not have. */
  turn({ value, order }: Held, to: readonly number[]): string {
    const from = order ?? plainOrder(to.length);
    if (from.length !== to.length) throw new Unreadable(`${from.length} axes where ${to.length} are needed`);
    if (sameOrder(from, to)) return value;
    const permutation = between(from, to);
    if (permutation[0] !== 0) throw new Unreadable('the batch is not the first axis');
    const key = JSON.stringify([value, permutation]);
    const known = this.turned.get(key);
    if (known !== undefined) return known;
    const name = this.freeName(`${value}_${to[1] === 1 ? 'nchw' : 'nhwc'}`);
    this.emit({ name, op: 'permute', attributes: { order: permutation.slice(1) }, inputs: [value] });
    this.turned.set(key, name);
    return name;
  }

  /** Registers weights; the same ones in the same layout once. */
  weight(constant: Constant, layout: Layout, shape?: Shape): string {
    const variants = [
      constant.name,
      `${constant.name}:${layout}`,
      `${constant.name}:${layout}:${shape?.join('x') ?? ''}`,
    ];
    const wanted = new OnnxTensor(constant.name, constant, layout, shape);
    for (const name of variants) {
      const known = this.tensors.get(name);
      if (!known) {
        this.tensors.set(name, new OnnxTensor(name, constant, layout, shape));
        return name;
      }
      const isSame =
        known instanceof OnnxTensor && known.layout === layout && known.shape.join() === wanted.shape.join();
      if (isSame && known.constant.name === constant.name) return name;
    }
    throw new Unreadable('weights are used in too many layouts');
  }

  /** What was added since a mark is taken back. */
  mark(): () => void {
    const marks = [this.tensors, this.turned, this.places].map((map) => ({ map, size: map.size }));
    const { length } = this.all;
    return () => {
      this.all.length = length;
      // Maps keep the order of insertion.
      for (const { map, size } of marks) for (const key of [...map.keys()].slice(size)) map.delete(key);
    };
  }
}
