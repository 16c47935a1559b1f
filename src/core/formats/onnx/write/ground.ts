import { UnsupportedError } from '../../../errors';
import type { DType } from '../../../tensor/dtype';
import type { NodeProto } from '../proto/node';
import { OnnxTensor } from '../read/constant';
import { plainOrder, sameOrder } from '../read/order';
import type { OnnxSource } from '../read/source';
import { elementTypes } from './element-types';
import type { Emission, Ground } from './emission';
import { bytesPiece, rangePiece } from './pieces';
import { renamedOutputs } from './node-bytes';
import { addTo } from '../../../../shared/groups';

/**
 * The file that a rewriting comes from: its nodes are emitted byte for byte, those that only turn or fold values (and so
 * are not nodes of the graph) when somebody reads what they make.
 */
export class SourceGround implements Ground {
  readonly taken: Iterable<string>;
  readonly emitted = new Set<number>();
  /** Graph node to the group it was read in. */
  readonly groupOf: ReadonlyMap<string, OnnxSource['notes']['groups'][number]>;
  private readonly makers = new Map<string, NodeProto>();
  private readonly grouped: ReadonlySet<number>;
  private readonly aliases = new Map<
    string,
    { readonly name: string; readonly order: readonly number[] }[]
  >();
  private readonly sharing: ReadonlySet<string>;
  private readonly elements: ReadonlyMap<string, DType>;
  /** Values that another one takes the names of. */
  readonly replaced = new Set<string>();
  emission: Emission | undefined;
  /** Tensors of parameters that are written by themselves in place of another one's alias, by name. */
  private readonly separated: ReadonlyMap<string, OnnxTensor>;

  /** @param isChanged false where everything is as it was read: then aliases stay too */
  constructor(
    readonly source: OnnxSource,
    isChanged: boolean,
  ) {
    const { model, notes } = source;
    this.separated = new Map(isChanged ? aliasTensors(source) : []);
    const { nodes, initializers, inputs } = model.graph;
    for (const node of nodes) for (const output of node.outputs) this.makers.set(output, node);
    this.taken = [
      ...[...initializers, ...inputs].map(({ name }) => name),
      ...nodes.flatMap(({ outputs, captured, name }) => [...outputs, ...captured, name]),
      ...model.graph.values.keys(),
    ];
    this.groupOf = new Map(
      notes.groups.flatMap((group) => group.nodes.map((name) => [name, group] as const)),
    );
    this.grouped = new Set(notes.groups.flatMap(({ sources }) => sources));
    for (const [name, { value, order }] of notes.values) {
      const rank = order ?? plainOrder(source.graph.shapes.get(value)?.length ?? 0);
      addTo(this.aliases, value, { name, order: rank });
    }
    this.sharing = sharedInitializers(source, this.grouped, this.separated);
    this.elements = elementTypes(model);
  }

  /** A name of the file for a value in an order; its node is emitted if it was not. */
  alias(value: string, order: readonly number[]): string | undefined {
    const primary = this.source.notes.names.get(value)?.name;
    if (this.replaced.has(value) || primary === undefined || !this.emission?.made.has(primary))
      return undefined;
    const found = this.aliases.get(value)?.find((each) => sameOrder(each.order, order));
    if (!found) return undefined;
    this.demand(found.name);
    return found.name;
  }

  stored(tensor: OnnxTensor): string | undefined {
    const { constant } = tensor;
    const isOwn = this.source.tensors.get(tensor.name) === tensor;
    const isStored = constant.initializer !== undefined || this.makers.has(constant.name);
    const isPlaced =
      isOwn && isStored && (tensor.layout !== 'plain' || tensor.shape.join() === constant.dims.join());
    if (!isPlaced || this.separated.has(constant.name)) return undefined;
    this.demand(constant.name);
    return constant.name;
  }

  typeOf(name: string): DType | undefined {
    return this.source.tensors.get(name)?.dtype;
  }

  elementsOf(name: string): DType | undefined {
    return this.elements.get(name);
  }

  /** True if an initializer is read in one layout only, by nodes that follow the graph. */
  replaces(name: string, layout: OnnxTensor['layout']): boolean {
    const before = this.source.tensors.get(name);
    if (!(before instanceof OnnxTensor) || before.layout !== layout || this.sharing.has(name)) return false;
    return before.constant.initializer?.name === name || this.separated.has(name);
  }

  /** Makes sure that what a node of the file reads is there. */
  demand(name: string): void {
    const { emission } = this;
    const node = this.makers.get(name);
    if (!emission || !node || emission.made.has(name)) return;
    const separate = this.separated.get(name);
    if (separate) {
      emission.weight(separate.name, separate.layout);
      return;
    }
    if (this.grouped.has(node.index)) {
      throw new UnsupportedError(
        'a part of the network that is kept reads one that is gone, so it cannot be written',
        {
          path: this.source.data.wire.source.path,
          where: node.name || node.op,
          found: name,
        },
      );
    }
    this.emit(node);
  }

  /** Emits a node of the file byte for byte, but for names that its outputs get. */
  emit(node: NodeProto, renamed: ReadonlyMap<string, string> = new Map()): void {
    if (this.emitted.has(node.index)) return;
    this.emitted.add(node.index);
    const reads = [...node.inputs, ...node.captured].filter((name) => name !== '');
    for (const name of reads) this.demand(name);
    const { wire } = this.source.data;
    const isRenamed = node.outputs.some((name) => renamed.has(name));
    this.emission?.addItem({
      piece: isRenamed
        ? bytesPiece(renamedOutputs(wire, node, renamed))
        : rangePiece(wire.source, node.from, node.end),
      reads,
      makes: node.outputs.filter((name) => name !== '').map((name) => renamed.get(name) ?? name),
      place: node.index,
    });
  }

  /** Emits what the graph does not have and nobody asked for, unless all that read it is gone. */
  emitRest(): void {
    const { nodes, outputs } = this.source.model.graph;
    const gone = new Set<number>();
    const readers = new Map<string, number[]>();
    for (const { index, inputs, captured } of nodes) {
      for (const name of [...inputs, ...captured]) {
        const known = readers.get(name);
        if (known) known.push(index);
        else readers.set(name, [index]);
      }
    }
    const ends = new Set(outputs.map(({ name }) => name));
    for (const node of [...nodes].reverse()) {
      if (this.emitted.has(node.index)) continue;
      const read = node.outputs.flatMap((name) => readers.get(name) ?? []);
      const isEnd = node.outputs.some((name) => ends.has(name));
      const isGone = read.length > 0 && !isEnd && read.every((index) => gone.has(index));
      const isSeparate = node.outputs.some((name) => this.separated.has(name));
      if (this.grouped.has(node.index) || isGone || isSeparate) gone.add(node.index);
    }
    for (const node of nodes) if (!gone.has(node.index)) this.emit(node);
  }
}

/** What an exporter's aliases stand for, in the one form that the network reads each in. */
function aliasTensors({ tensors, notes }: OnnxSource): [string, OnnxTensor][] {
  const { aliases } = notes.separate;
  const all = [...tensors.values()].filter((tensor) => tensor instanceof OnnxTensor);
  const forms = all.filter(({ constant }) => aliases.has(constant.name));
  const isOnly = (tensor: OnnxTensor): boolean =>
    forms.filter(({ constant }) => constant.name === tensor.constant.name).length === 1;
  return forms
    .filter((tensor) => tensor.name === tensor.constant.name && isOnly(tensor))
    .map((tensor) => [tensor.name, tensor]);
}

/** Initializers that more than one tensor of the graph is made of, or that nodes outside of the graph read. */
function sharedInitializers(
  { model, tensors, notes }: OnnxSource,
  grouped: ReadonlySet<number>,
  separated: ReadonlyMap<string, OnnxTensor>,
): ReadonlySet<string> {
  const owners = new Map<string, number>();
  for (const tensor of tensors.values()) {
    const name = tensor instanceof OnnxTensor ? tensor.constant.initializer?.name : undefined;
    if (name !== undefined) owners.set(name, (owners.get(name) ?? 0) + 1);
  }
  const shared = new Set([...owners].flatMap(([name, count]) => (count > 1 ? [name] : [])));
  for (const { index, inputs, outputs, captured } of model.graph.nodes) {
    const isGone = outputs.some((name) => separated.has(name));
    // Of another parameter than its name says: it stays what it was for that one.
    inputs.forEach((name, i) => {
      if (notes.separate.owned.has(`${index}:${i}`)) shared.add(name);
    });
    if (!grouped.has(index) && !isGone) [...inputs, ...captured].forEach((name) => shared.add(name));
    captured.forEach((name) => shared.add(name));
  }
  return shared;
}
