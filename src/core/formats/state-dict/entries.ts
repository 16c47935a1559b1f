import type { Content } from '../../checkpoint';
import { UnsupportedError } from '../../errors';
import type { GraphNode } from '../../graph/graph';
import { tensorNameOf } from '../../graph/node';
import { isFloat, type DType } from '../../tensor/dtype';
import type { Shape, TensorRef } from '../../tensor/tensor';
import { lostParts, namedBlocks, noteOf, sideOf, type NamedBlock } from './block-names';
import { encodeFloats } from '../../tensor/encode';
import { isMarker, markerOf, markerTensor, needsMarker } from './landings';
import { LengthenedKernel } from './lengthened';
import type { Notes } from './notes';
import type { KnownDict } from './opened';
import { SharedParameter } from './shared-parameter';
import { moduleSettings, type ModuleSettings, type ModuleValue, type StoredTensor } from './stored';
import { DENSE_ORDER, DictTensor, inStoredOrder, KERNEL_ORDERS, storedShape, type AxisOrder } from './tensor';
import { blockUnit, convUnit, join, type BlockNote, type StateDict } from './units';

/** A state dict as it is to be written: tensors by key, in order, and the notes beside them. */
export interface WrittenDict {
  readonly entries: ReadonlyMap<string, StoredTensor>;
  readonly notes: Notes;
  /** What the file said of its modules, with the batch norms that are new; empty for plain state dicts. */
  readonly modules: ReadonlyMap<string, ModuleSettings>;
  /** The module path under which a node's tensors stand. */
  readonly pathOf: (node: GraphNode) => string;
  /** The key of a node's parameter. */
  readonly keyOf: (node: GraphNode, role: string) => string;
}

/** What PyTorch calls a parameter of a role. */
const WORDS: Readonly<Record<string, string>> = {
  ...{ kernel: 'weight', bias: 'bias', gamma: 'weight', beta: 'bias' },
  ...{ mean: 'running_mean', variance: 'running_var' },
};
const COUNTER = 'num_batches_tracked';

/**
 * The state dict of a checkpoint that was read as one, rewritten or not. Blocks get the reference code's keys; what is
 * fused gets back the keys it had before the conversion, or `fused_conv` where these are unknown or its batch norm is
 * folded in.
 */
export function writtenDict(
  { graph, tensors: current }: Content,
  { dict, shared, epsilon }: KnownDict,
): WrittenDict {
  if (!graph) {
    const { tensors, notes, modules } = dict;
    return {
      entries: tensors,
      notes: { blocks: notes, epsilon },
      modules,
      pathOf: ({ name }) => name,
      keyOf: tensorNameOf,
    };
  }
  const naming = new Naming(dict, graph.nodes, namedBlocks(graph));
  const entries = new Entries(dict);
  const used = new Set<string>();
  for (const node of graph.nodes) {
    for (const [role, name] of Object.entries(node.parameters)) {
      const tensor = current.get(name);
      if (!tensor) throw new UnsupportedError('a tensor is missing', { where: node.name, found: name });
      // A further call of a layer has the tensors of the first.
      if (used.has(name)) continue;
      used.add(name);
      const owner = naming.ownerOf(node);
      // What the file does not hold is part of the network's form, not of its weights.
      if (node.frozen === 'fixed' && !dict.tensors.has(name)) continue;
      entries.set(naming.keyOf(node, role, name), asStored({ node, role, tensor, dict, shared }), owner);
    }
  }
  for (const [key, stored] of dict.tensors) {
    if (used.has(key) || !current.has(key) || isMarker(key, dict)) continue;
    const moved = naming.movedKey(key);
    if (moved) entries.set(moved.key, stored, moved.owner ?? key);
  }
  addCounters(naming, entries, dict);
  addMarkers(naming, entries, graph.nodes);
  const keyOf = (node: GraphNode, role: string): string => naming.keyOf(node, role, tensorNameOf(node, role));
  const moduleOf = (node: GraphNode): string => pathOf(keyOf(node, Object.keys(node.parameters).at(0) ?? ''));
  const inOrder = entries.inOrder();
  const modules = writtenModules(dict, graph.nodes, moduleOf, inOrder);
  const notes = { blocks: naming.notes(), epsilon };
  return { entries: inOrder, notes, modules, pathOf: moduleOf, keyOf };
}

/** Parts of a block by their names. */
const BLOCK_PART = /(^|\.)(square|hor|ver)_(conv|bn)$/;

/** Of new batch norms (a block's, a fused one's) nothing else says what they add to the variance. */
function writtenModules(
  { modules }: StateDict,
  nodes: readonly GraphNode[],
  moduleOf: (node: GraphNode) => string,
  entries: ReadonlyMap<string, StoredTensor>,
): ReadonlyMap<string, ModuleSettings> {
  if (modules.size === 0) return modules;
  const paths = new Set([...entries.keys()].map(pathOf));
  // What an earlier conversion noted of its blocks goes with them.
  const kept = [...modules].filter(([path]) => !BLOCK_PART.test(path) || paths.has(path));
  const norms = nodes.flatMap((node): [string, ModuleSettings][] => {
    const path = node.op === 'batchNorm' ? moduleOf(node) : undefined;
    if (path === undefined || node.op !== 'batchNorm' || modules.has(path)) return [];
    const { epsilon, momentum } = node.attributes;
    const values = new Map<string, ModuleValue>([
      ['eps', epsilon],
      ['momentum', Number((1 - momentum).toPrecision(7))],
    ]);
    return [[path, moduleSettings('torch.nn.modules.batchnorm.BatchNorm2d', values)]];
  });
  return new Map([...kept, ...norms]);
}

/** Keys of nodes: which modules are parts of blocks, and which were. */
class Naming {
  /** Module path in the file to the one it is written under; null for what is gone. */
  private readonly moved = new Map<string, { readonly path: string | null; readonly owner: string }>();
  private readonly normOf = new Map<string, string>();
  private readonly former = new Set<string>();

  constructor(
    private readonly dict: StateDict,
    nodes: readonly GraphNode[],
    readonly blocks: ReadonlyMap<string, NamedBlock>,
  ) {
    for (const { name, norm } of blocks.values()) if (norm) this.normOf.set(norm.name, name);
    const readers = new Map(nodes.map((node) => [node.inputs[0], node]));
    for (const node of nodes) {
      if (node.op !== 'conv2d') continue;
      const reader = readers.get(node.outputs[0]);
      const norm = reader?.op === 'batchNorm' ? reader : undefined;
      if (blocks.has(node.name)) this.moveIntoBlock(node.name, norm?.name);
      else if (blockUnit(dict, node.name)) this.moveOutOfBlock(node.name, norm);
    }
  }

  private moveIntoBlock(name: string, norm: string | undefined): void {
    if (blockUnit(this.dict, name)) return;
    const path = convUnit(this.dict, join(name, 'fused_conv')) ? join(name, 'fused_conv') : name;
    this.moved.set(path, { path: join(name, 'square_conv'), owner: name });
    if (norm !== undefined) this.moved.set(norm, { path: join(name, 'square_bn'), owner: name });
  }

  private moveOutOfBlock(name: string, behind: GraphNode | undefined): void {
    this.former.add(name);
    // Another batch norm may be behind, which was outside of the block.
    const isOwn = behind && pathOf(tensorNameOf(behind, 'mean')) === join(name, 'square_bn');
    const norm = isOwn ? behind.name : undefined;
    for (const part of lostParts(name)) this.moved.set(part, { path: null, owner: name });
    this.moved.set(join(name, 'square_conv'), { path: this.fusedPath(name, norm), owner: name });
    this.moved.set(join(name, 'square_bn'), { path: norm ?? null, owner: name });
  }

  /** Where a fused block's weights go: where they came from if that is known and the layers there are as they were. */
  private fusedPath(name: string, norm: string | undefined): string {
    const note = this.dict.notes.get(name);
    const isAsBefore = note !== undefined && (note.norm === null || note.norm === norm);
    return isAsBefore ? name : join(name, 'fused_conv');
  }

  /** The block a node is part of, or was; else its own name. */
  ownerOf(node: GraphNode): string {
    const side = sideOf(node.name);
    if (side && this.blocks.has(side.block)) return side.block;
    const moved = [...this.moved.values()].find(({ path }) => path === node.name);
    return this.normOf.get(node.name) ?? moved?.owner ?? node.name;
  }

  keyOf(node: GraphNode, role: string, tensor: string): string {
    const word = WORDS[role] ?? role;
    // A further call of a module ends in its number.
    const name = this.former.has(node.name) ? node.name : node.name.replace(/:\d+$/, '');
    const side = sideOf(name);
    if (side && this.blocks.has(side.block)) return join(join(side.block, side.part), word);
    if (this.blocks.has(name)) return join(join(name, 'square_conv'), word);
    const block = this.normOf.get(name);
    if (block !== undefined) return join(join(block, 'square_bn'), word);
    if (this.former.has(name)) {
      return join(this.moved.get(join(name, 'square_conv'))?.path ?? name, word);
    }
    const isElsewhere = this.moved.has(pathOf(tensor));
    return this.dict.tensors.has(tensor) && !isElsewhere ? tensor : join(name, word);
  }

  /** The key of a tensor that no node has; undefined for one that went with its module. */
  movedKey(key: string): { readonly key: string; readonly owner?: string } | undefined {
    const moved = this.moved.get(pathOf(key));
    if (!moved) return { key };
    if (moved.path === null) return undefined;
    return { key: join(moved.path, key.slice(key.lastIndexOf('.') + 1)), owner: moved.owner };
  }

  /** True of a block of the file that does not say where it lands: what was assumed is not stored as if it were known. */
  readonly isAssumed = (block: string): boolean => this.dict.landings.get(block)?.source === 'assumed';

  notes(): Map<string, BlockNote> {
    const known = [...this.blocks.values()].filter(({ name }) => {
      const isForeign = blockUnit(this.dict, name) && !this.dict.notes.has(name);
      return !isForeign && !convUnit(this.dict, join(name, 'fused_conv'));
    });
    return new Map(
      known.map((block) => {
        const { name } = block;
        return [name, noteOf(block, this.dict.notes.get(name), this.isAssumed(name))];
      }),
    );
  }
}

/** Tensors by key; those of one owner stay together, where the owner's first tensor stands in the file. */
class Entries {
  private readonly places = new Map<string, number>();
  private readonly made: { key: string; stored: StoredTensor; place: number }[] = [];

  constructor(dict: StateDict) {
    let place = 0;
    for (const key of dict.tensors.keys()) {
      place += 1;
      this.places.set(key, place);
      for (let path = pathOf(key); path !== ''; path = pathOf(path)) {
        if (!this.places.has(path)) this.places.set(path, place);
      }
    }
  }

  set(key: string, stored: StoredTensor, owner: string): void {
    const place = this.places.get(owner) ?? this.places.get(pathOf(key)) ?? Infinity;
    this.made.push({ key, stored, place });
  }

  has(key: string): boolean {
    return this.made.some((entry) => entry.key === key);
  }

  inOrder(): Map<string, StoredTensor> {
    const sorted = [...this.made].sort((a, b) => a.place - b.place);
    return new Map(sorted.map(({ key, stored }) => [key, renamed(stored, key)]));
  }
}

function renamed(stored: StoredTensor, key: string): StoredTensor {
  const { dtype, shape } = stored;
  return { name: key, dtype, shape, readBytes: () => stored.readBytes(), ...originOf(stored) };
}

/** Keeps what a tensor was read from: a writer may copy it as it is. */
function originOf(stored: StoredTensor): Pick<StoredTensor, 'origin'> {
  return { origin: stored.origin ?? stored };
}

interface Storing {
  readonly node: GraphNode;
  readonly role: string;
  readonly tensor: TensorRef;
  readonly dict: StateDict;
  readonly shared: KnownDict['shared'];
}

/** A node's tensor as the file has it: what was read is copied as it is, what was made is laid out as PyTorch does. */
function asStored({ node, role, tensor, dict, shared }: Storing): StoredTensor {
  if (tensor instanceof DictTensor || tensor instanceof SharedParameter) return tensor.stored;
  if (tensor instanceof LengthenedKernel) return tensor.stored;
  const like = shared.get(tensor.name);
  if (like && like.shape.join() === tensor.shape.join()) return storedLike(like, tensor);
  const order = orderOf(node, role, dict);
  const shape: Shape = order ? storedShape(tensor.shape, order) : tensor.shape;
  const dtype = dtypeFor(tensor.name, node, dict);
  return {
    name: tensor.name,
    dtype,
    shape,
    readBytes: () => {
      const values = tensor.readFloat32();
      return encodeFloats(order ? inStoredOrder(values, tensor.shape, order) : values, dtype);
    },
  };
}

function storedLike(like: SharedParameter, tensor: TensorRef): StoredTensor {
  const { dtype, shape } = like.stored;
  const type = isFloat(dtype) ? dtype : 'float32';
  return {
    name: tensor.name,
    dtype: type,
    shape,
    readBytes: () => encodeFloats(like.inStoredOrder(tensor.readFloat32()), type),
  };
}

function orderOf(node: GraphNode, role: string, { layout }: StateDict): AxisOrder | undefined {
  if (role !== 'kernel') return undefined;
  return node.op === 'dense' ? DENSE_ORDER : KERNEL_ORDERS[layout];
}

/** The type it had; of something new that of the convolution it was made for. */
function dtypeFor(tensor: string, node: GraphNode, { tensors }: StateDict): DType {
  const block = sideOf(node.name)?.block ?? node.name.replace(/_acb_bn(_\d+)?$/, '');
  const like = [tensor, join(block, 'weight'), join(block, 'square_conv.weight')];
  const dtype = like.map((key) => tensors.get(key)?.dtype).find((found) => found !== undefined);
  return dtype && isFloat(dtype) ? dtype : 'float32';
}

/** PyTorch's batch norms count batches, since 0.4.1; strict loading wants the counter where the others have one. */
function addCounters({ blocks }: Naming, entries: Entries, { tensors }: StateDict): void {
  const keys = [...tensors.keys()];
  const counts = keys.some((key) => key.endsWith(`.${COUNTER}`));
  if (!counts && keys.some((key) => /(^|\.)running_mean$/.test(key))) return;
  for (const { name } of blocks.values()) {
    for (const part of ['square_bn', 'hor_bn', 'ver_bn']) {
      const path = join(name, part);
      const key = join(path, COUNTER);
      if (!entries.has(join(path, 'running_mean')) || entries.has(key)) continue;
      entries.set(key, { name: key, dtype: 'int64', shape: [], readBytes: () => new Uint8Array(8) }, name);
    }
  }
}

/** Where the branches of blocks land that are on no centre: what PyTorch keeps of it when it saves the network. */
function addMarkers({ blocks, isAssumed }: Naming, entries: Entries, nodes: readonly GraphNode[]): void {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  for (const { name, row, column } of blocks.values()) {
    const square = byName.get(name);
    if (square?.op !== 'conv2d' || isAssumed(name)) continue;
    if (needsMarker([row, column], square.attributes.kernelSize)) {
      entries.set(markerOf(name), markerTensor(name, [row, column]), name);
    }
  }
}

function pathOf(key: string): string {
  return key.slice(0, Math.max(0, key.lastIndexOf('.')));
}
