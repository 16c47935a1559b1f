import { UnsupportedError } from '../../../errors';
import type { Graph } from '../../../graph/graph';
import { item } from '../../../item';
import type { ValueShape } from '../../../graph/shape';
import type { DType } from '../../../tensor/dtype';
import type { Shape, TensorRef } from '../../../tensor/tensor';
import { dimsInFile, OnnxTensor, toFile, type Layout } from '../read/constant';
import { plainOrder, sameOrder } from '../read/order';
import { bytesPiece, type Piece } from './pieces';
import { ints, nodeBytes, type Setting } from './node-bytes';
import type { NewTensor } from './tensors';
import { viewsOf, type View } from './views';
import { addTo } from '../../../../shared/groups';

/** A value of the graph under a name of the file: our axis i is axis `order[i]` there. */
export interface Form {
  readonly name: string;
  readonly order: readonly number[] | undefined;
}

/** One node to be written. */
export interface Item {
  readonly piece: Piece;
  readonly reads: readonly string[];
  readonly makes: readonly string[];
  /** Where it stands among the others: as the file's node of that index. */
  readonly place: number;
}

/** What a rewriting of a file brings along: names that are known already. */
export interface Ground {
  /** Names that new values and tensors must not have. */
  readonly taken: Iterable<string>;
  /** A name that the file itself gives a value in that order, made ready; undefined if there is none. */
  alias?(value: string, order: readonly number[]): string | undefined;
  /** The name of weights that lie in the file as they are wanted; undefined if they do not. */
  stored?(tensor: OnnxTensor): string | undefined;
  /** The type that the file's tensor of a name has. */
  typeOf?(name: string): DType | undefined;
  /** The type of the numbers that the file's value of a name holds. */
  elementsOf?(name: string): DType | undefined;
  /** True if a tensor may be written in the place of the file's one of that name. */
  replaces?(name: string, layout: Layout): boolean;
}

/** The model as it is put together: nodes, tensors, and under which names values are to be had. */
export class Emission {
  readonly items: Item[] = [];
  readonly tensors = new Map<string, NewTensor>();
  /** Names that are made so far. */
  readonly made = new Map<string, number>();
  /** Place of nodes that are emitted now; undefined: behind what they read. */
  place: number | undefined;
  private readonly forms = new Map<string, Form[]>();
  private readonly wanted = new Map<string, Form[]>();
  private readonly written = new Map<string, string>();
  private readonly nodeNames = new Set<string>();
  private readonly taken: Set<string>;
  private readonly view: (value: string) => View;
  /** Of values that are made so far. */
  private readonly types = new Map<string, DType>();
  /** What the node reads that is emitted now. */
  private reading: string | undefined;

  constructor(
    readonly graph: Graph,
    readonly weights: ReadonlyMap<string, TensorRef>,
    /** Version of ONNX's own operators. */
    readonly opset: number,
    /** Type of new weights beside a value of unknown type. */
    private readonly usualType: DType,
    private readonly ground: Ground,
  ) {
    this.taken = new Set(ground.taken);
    this.view = viewsOf(graph);
  }

  /** The type of new weights: that of what their node reads, since operators mix none. */
  get dtype(): DType {
    const base = this.reading === undefined ? '' : this.view(this.reading).base;
    return this.types.get(base) ?? this.usualType;
  }

  /** Says which node is emitted from here on, by what it reads. */
  begin(reading: string | undefined): void {
    this.reading = reading;
  }

  freeName(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.taken.has(name); i++) name = `${wanted}_${i}`;
    this.taken.add(name);
    return name;
  }

  shape(value: string): ValueShape | null {
    return this.graph.shapes.get(value) ?? null;
  }

  /** Number of axes of a value. @throws UnsupportedError behind an unknown operator. */
  rank(value: string): number {
    const shape = this.shape(value);
    if (shape) return shape.length;
    const { base, order } = this.view(value);
    const rank = order?.length ?? this.forms.get(base)?.find((form) => form.order)?.order?.length;
    if (rank !== undefined) return rank;
    throw new UnsupportedError('the shape of a value is unknown, so what reads it cannot be written', {
      found: value,
    });
  }

  baseOf(value: string): View {
    return this.view(value);
  }

  /** Asks for a value under a name that others already know. */
  want(value: string, form: Form): void {
    addTo(this.wanted, value, form);
  }

  /** The name under which a value is to be made in an order. */
  resultName(value: string, order: readonly number[] | undefined): string {
    const fits = this.wanted.get(value)?.find((form) => sameOrder(form.order, order));
    return fits?.name ?? this.freeName(value);
  }

  /** Says that a value is there, and makes it under the other names that are asked for. */
  define(value: string, form: Form): void {
    if (!this.types.has(value)) this.types.set(value, this.ground.elementsOf?.(form.name) ?? this.dtype);
    addTo(this.forms, value, form);
    for (const other of this.wanted.get(value) ?? []) {
      if (other.name === form.name || this.made.has(other.name)) continue;
      if (sameOrder(other.order, form.order)) {
        this.add('Identity', [form.name], [other.name], {}, other.name);
      } else {
        const to = other.order ?? plainOrder(this.rank(value));
        this.transposeInto(form, to, other.name);
      }
      this.forms.get(value)?.push(other);
    }
  }

  /** A value in an order of axes: under the name that has it so, or transposed. */
  provide(value: string, order: readonly number[]): string {
    const { base, order: turn } = this.view(value);
    // Axis i of the value is axis turn[i] of its base.
    const own = turn ? baseOrder(order, turn) : order;
    const forms = this.forms.get(base) ?? [];
    const known = forms.find((form) => sameOrder(form.order ?? plainOrder(own.length), own));
    if (known) return known.name;
    const alias = this.ground.alias?.(base, own);
    if (alias !== undefined) {
      this.forms.set(base, [...forms, { name: alias, order: own }]);
      return alias;
    }
    const [first] = forms;
    if (!first) {
      throw new UnsupportedError('a value is read before it is made, so the network cannot be written', {
        found: value,
      });
    }
    const name = this.freeName(`${first.name}_transposed`);
    this.transposeInto(first, own, name);
    this.forms.set(base, [...forms, { name, order: own }]);
    return name;
  }

  /** A value under any name, preferably in a given order. */
  any(value: string, preferred: readonly number[]): Form {
    const { base, order: turn } = this.view(value);
    const forms = this.forms.get(base) ?? [];
    const own = turn ? baseOrder(preferred, turn) : preferred;
    const [only, ...others] = forms;
    if (!only || others.length > 0 || sameOrder(only.order, own))
      return { name: this.provide(value, preferred), order: preferred };
    const order = only.order ?? plainOrder(preferred.length);
    return { name: only.name, order: turn ? turn.map((axis) => item(order, axis)) : order };
  }

  /** Weights in the layout that an operator reads. @param shape other dims for the same elements */
  weight(name: string, layout: Layout = 'plain', shape?: Shape): string {
    const tensor = this.weights.get(name);
    if (!tensor) throw new UnsupportedError('a tensor is missing', { found: name });
    const key = JSON.stringify([name, layout, shape]);
    const known = this.written.get(key) ?? this.storedName(tensor, layout, shape);
    if (known !== undefined) return known;
    const own = !shape && this.ground.replaces?.(name, layout) ? name : this.freeName(name);
    this.written.set(key, own);
    this.tensors.set(own, {
      name: own,
      dims: shape ?? dimsInFile(tensor.shape, layout),
      dtype: this.typeOf(tensor),
      values: () => toFile(tensor.readFloat32(), tensor.shape, layout),
    });
    return own;
  }

  private storedName(tensor: TensorRef, layout: Layout, shape: Shape | undefined): string | undefined {
    if (!(tensor instanceof OnnxTensor) || tensor.layout !== layout) return undefined;
    const fits = !shape || shape.join() === tensor.constant.dims.join();
    return fits ? this.ground.stored?.(tensor) : undefined;
  }

  private typeOf(tensor: TensorRef): DType {
    if (tensor instanceof OnnxTensor) return tensor.dtype;
    return this.ground.typeOf?.(tensor.name) ?? this.dtype;
  }

  /** Numbers that an operator takes as an input. */
  numbers(wanted: string, dims: Shape, values: readonly number[], dtype: DType = this.dtype): string {
    const name = this.freeName(wanted);
    this.tensors.set(name, { name, dims, dtype, values: () => values });
    return name;
  }

  /** A node of ONNX's own operators. */
  add(
    op: string,
    inputs: readonly string[],
    outputs: readonly [string, ...string[]],
    settings: Readonly<Record<string, Setting>> = {},
    name: string = outputs[0],
  ): void {
    const place =
      this.place ?? inputs.reduce((last, input) => Math.max(last, this.made.get(input) ?? -1), -1);
    this.addItem({
      piece: bytesPiece(nodeBytes({ name: this.nodeName(name), op, inputs, outputs, settings })),
      reads: inputs.filter((input) => input !== ''),
      makes: outputs,
      place,
    });
  }

  /** Names of nodes are their own: one may be a value's, but no other node's. */
  private nodeName(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.nodeNames.has(name); i++) name = `${wanted}_${i}`;
    this.nodeNames.add(name);
    return name;
  }

  addItem(added: Item): void {
    this.items.push(added);
    for (const name of added.makes) this.made.set(name, added.place);
  }

  private transposeInto({ name, order }: Form, to: readonly number[], output: string): void {
    const from = order ?? plainOrder(to.length);
    // Axis j of the result is our axis inverse(to)[j], which lies at from[…] now.
    const perm = inverse(to).map((axis) => item(from, axis));
    this.add('Transpose', [name], [output], { perm: ints(perm) });
  }
}

/** The order that a base must have for its transposition to have another one. */
function baseOrder(order: readonly number[], turn: readonly number[]): number[] {
  const own = new Array<number>(order.length).fill(0);
  turn.forEach((axis, i) => {
    own[axis] = item(order, i);
  });
  return own;
}

function inverse(order: readonly number[]): number[] {
  const result = new Array<number>(order.length).fill(0);
  order.forEach((axis, i) => {
    result[axis] = i;
  });
  return result;
}
