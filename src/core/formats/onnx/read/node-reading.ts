import type { OpAttributes, OpType } from '../../../graph/ops';
import type { Dim, ValueShape } from '../../../graph/shape';
import type { Shape } from '../../../tensor/tensor';
import type { Attribute, NodeProto } from '../proto/node';
import { type Constant, type Layout } from './constant';
import { IMAGE, plainOrder, sameOrder, type Order } from './order';
import { derived } from './rearranged';
import { sizesOf } from './sizes';
import { Unreadable, type Held, type ReadState } from './state';

/** What an operator's reader sees of one node of the file, and how it says what the node is. */
export class NodeReading {
  /** Names of the nodes that were made for it. */
  readonly made: string[] = [];
  /** Indices of earlier nodes of the file that it takes over. */
  readonly alsoFrom: number[] = [];
  /** Indices of later ones. */
  readonly andFrom: number[] = [];
  private readonly read = new Set(['']);

  constructor(
    readonly state: ReadState,
    readonly node: NodeProto,
    /** The main node's name. */
    readonly name: string,
  ) {}

  /** Version of ONNX's own operators. */
  get opset(): number {
    return this.state.model.opsets.get('') ?? 1;
  }

  int(name: string, fallback: number): number {
    return this.attribute(name)?.int ?? fallback;
  }

  float(name: string, fallback: number): number {
    return this.attribute(name)?.float ?? fallback;
  }

  ints(name: string): readonly number[] | undefined {
    const ints = this.attribute(name)?.ints;
    return ints && ints.length > 0 ? ints : undefined;
  }

  text(name: string, fallback: string): string {
    return this.attribute(name)?.text ?? fallback;
  }

  has(input: number): boolean {
    return this.inputName(input) !== '';
  }

  /** Sizes or other whole numbers that an input is known to be; null where one depends on the batch. */
  sizes(input: number): ReadonlyArray<number | null> | undefined {
    return this.has(input) ? sizesOf(this.inputName(input), this.state)?.values : undefined;
  }

  /** The same where all are known. */
  knownSizes(input: number): readonly number[] | undefined {
    const sizes = this.sizes(input);
    return sizes?.every((size) => size !== null) ? sizes : undefined;
  }

  constant(input: number): Constant | undefined {
    return constantRead(this.node, input, this.state);
  }

  /** @throws Unreadable if the input is not a constant. */
  needConstant(input: number, what: string): Constant {
    const constant = this.constant(input);
    if (!constant) throw new Unreadable(`its ${what} is computed`);
    return constant;
  }

  /** The one number that an input is; undefined if it is anything else. */
  scalar(input: number): number | undefined {
    const constant = this.constant(input);
    return constant?.dims.every((dim) => dim === 1) ? constant.float32()[0] : undefined;
  }

  /** A value that depends on the network's input. @throws Unreadable if it does not. */
  held(input: number): Held {
    const held = this.state.held.get(this.inputName(input));
    if (!held) throw new Unreadable('an input of it is a constant');
    return held;
  }

  isHeld(input: number): boolean {
    return this.state.held.has(this.inputName(input));
  }

  shape({ value }: Held): ValueShape | null {
    return this.state.shapes.get(value) ?? null;
  }

  rank(held: Held): number | undefined {
    return this.shape(held)?.length ?? held.order?.length;
  }

  /** An input as an image, N × H × W × C. */
  image(input: number): string {
    return this.state.turn(this.held(input), IMAGE);
  }

  /** Height and width of an image. */
  sizeOf(value: string): readonly [Dim, Dim] {
    const [, height = null, width = null] = this.state.shapes.get(value) ?? [];
    return [height, width];
  }

  /** An input as it lies in the file. */
  plain(input: number): string {
    const held = this.held(input);
    return held.order ? this.state.turn(held, plainOrder(held.order.length)) : held.value;
  }

  /** Inputs in one order: the first one's that is an image's, else the first one's. */
  alike(inputs: readonly number[]): { readonly values: readonly string[]; readonly order: Order } {
    const helds = inputs.map((input) => this.held(input));
    const to = [...helds.filter(({ order }) => sameOrder(order, IMAGE)), ...helds].find(
      ({ order }) => order,
    )?.order;
    if (!to) return { values: helds.map(({ value }) => value), order: undefined };
    return { values: helds.map((held) => this.state.turn(held, to)), order: to };
  }

  weight(constant: Constant, layout: Layout = 'plain', shape?: Shape): string {
    return this.state.weight(constant, layout, shape);
  }

  /** Adds the node's own operator. */
  emit<T extends OpType>(
    op: T,
    attributes: OpAttributes[T],
    inputs: readonly string[],
    parameters: Readonly<Record<string, string>> = {},
  ): string {
    return this.add(this.name, op, attributes, inputs, parameters);
  }

  /** Adds an operator before the node's own. */
  emitBefore<T extends OpType>(
    suffix: string,
    op: T,
    attributes: OpAttributes[T],
    inputs: readonly string[],
  ): string {
    return this.add(this.state.freeName(`${this.name}_${suffix}`), op, attributes, inputs, {});
  }

  /** The name of the node's first output. @throws Unreadable if it has none: then nobody can read it. */
  get output(): string {
    const [name = ''] = this.node.outputs;
    if (name === '') throw new Unreadable('its output has no name');
    return name;
  }

  /** Says what the node's output is. */
  give(value: string, order: Order): void {
    this.state.hold(this.output, value, order);
  }

  /** The same of one output of several, by its name. */
  giveOne(output: string, value: string, order: Order): void {
    this.state.hold(output, value, order);
  }

  giveImage(value: string): void {
    this.give(value, IMAGE);
  }

  givePlain(value: string): void {
    const rank = this.state.shapes.get(value)?.length;
    this.give(value, rank === undefined ? undefined : plainOrder(rank));
  }

  /** @throws Unreadable unless every attribute of the node was asked for. */
  finish(): void {
    for (const [name, { special }] of this.node.attributes) {
      if (special || !this.read.has(name)) throw new Unreadable(`its setting ${name} is unknown`);
    }
  }

  /** Takes note of attributes that mean nothing here. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.read.add(name);
  }

  private attribute(name: string): Attribute | undefined {
    this.read.add(name);
    return this.node.attributes.get(name);
  }

  private inputName(input: number): string {
    return this.node.inputs.at(input) ?? '';
  }

  private add<T extends OpType>(
    name: string,
    op: T,
    attributes: OpAttributes[T],
    inputs: readonly string[],
    parameters: Readonly<Record<string, string>>,
  ): string {
    const value = this.state.emit({ name, op, attributes, inputs, parameters }, this.node);
    this.made.push(name);
    return value;
  }
}

/** The constant that a node reads; under the name of its own parameter, where the file has several of them once. */
export function constantRead(
  { index, inputs }: NodeProto,
  input: number,
  { constants, separate }: ReadState,
): Constant | undefined {
  const constant = constants.get(inputs[input] ?? '');
  const own = separate.owned.get(`${index}:${input}`);
  return constant && own !== undefined ? derived(constant, own, constant.dims) : constant;
}
