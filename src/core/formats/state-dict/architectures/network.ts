import type { GraphNode } from '../../../graph/graph';
import { NO_PADDING, type Pair, type Sides } from '../../../graph/padding';
import { item } from '../../../item';
import { NodeBuilder, type Sliding } from '../nodes';
import { DENSE_ORDER, DictTensor } from '../tensor';
import {
  blockUnit,
  convUnit,
  filtersOf,
  join,
  kernelSize,
  normUnit,
  perGroup,
  type BlockNote,
  type BlockUnit,
  type ConvUnit,
  type StateDict,
} from '../units';
import { ModuleTree, type Simple } from './module-tree';

/** How a convolution of an architecture slides; the zeros are half the kernel unless said otherwise. */
export interface Slide {
  readonly stride?: number;
  readonly padding?: number;
}

/** Where a network keeps an activation: in a block, under whichever names, or at a path of a sequence. */
export type ActivationPlace = { readonly within: string } | { readonly at: string };

/** What a file lacks or has otherwise than an architecture wants: it does not have that architecture. */
export class Mismatch extends Error {}

/** Builds the graph of an architecture over the tensors of a state dict, module by module. */
export class NetworkBuilder extends NodeBuilder {
  /** Of blocks: which batch norm each one took in. */
  readonly notes = new Map<string, BlockNote>();
  /** What the file says of its modules. */
  readonly tree: ModuleTree;
  private readonly channelsOf = new Map<string, number>();
  private readonly used = new Set<string>();

  constructor(
    dict: StateDict,
    /** What stands before the architecture's own names: `module.` and the like. */
    readonly prefix: string,
  ) {
    super(dict);
    this.tree = new ModuleTree(dict.modules, prefix);
  }

  /** The convolution of a path, whichever form it has; undefined if there is none. */
  unit(path: string): ConvUnit | undefined {
    const name = this.prefix + path;
    return (
      blockUnit(this.dict, name)?.square.conv ??
      convUnit(this.dict, join(name, 'fused_conv')) ??
      convUnit(this.dict, name)
    );
  }

  has(path: string): boolean {
    return this.unit(path) !== undefined;
  }

  hasTensor(key: string): boolean {
    return this.dict.tensors.has(this.prefix + key);
  }

  kernel(path: string): Pair {
    return kernelSize(this.need(path).weight.shape, this.dict.layout);
  }

  filters(path: string): number {
    return filtersOf(this.need(path));
  }

  /** Channels of a value that was made here. */
  channels(value: string): number {
    return this.channelsOf.get(value) ?? 0;
  }

  input(path: string, size: number | null): string {
    const channels = perGroup(this.need(path), this.dict.layout);
    const shape = [null, size, size, channels];
    return this.made('input', { name: 'input', op: 'input', attributes: { shape }, inputs: [] }, channels);
  }

  /** A convolution and the batch norm after it. @param norm its path; none where the architecture has none */
  convolution(path: string, norm: string | undefined, input: string, slide: Slide = {}): string {
    const name = this.prefix + path;
    const unit = this.need(path);
    const block = blockUnit(this.dict, name);
    const normPath = norm === undefined ? undefined : this.prefix + norm;
    // A block may have it inside, or it was folded in; one that the file has is still behind, whatever is inside.
    const mayBeInside = block !== undefined || unit.name !== name;
    const behind = normPath === undefined ? undefined : normUnit(this.dict, normPath);
    if (normPath !== undefined && !mayBeInside && !behind) throw new Mismatch(`no ${normPath}`);
    const inside = block?.square.norm && !behind ? normPath : undefined;
    if (block) this.note(block, inside ?? null);
    this.checkNorm(name, normPath, behind !== undefined);
    const value = this.conv(name, behind, input, this.sliding(unit, name, input, slide), inside) ?? '';
    this.channelsOf.set(value, filtersOf(unit));
    this.used.add(name);
    if (normPath !== undefined) this.used.add(normPath);
    return value;
  }

  /** A batch norm is one in the file's words too; one that a block took in is part of the architecture. */
  private checkNorm(name: string, norm: string | undefined, isBehind: boolean): void {
    for (const part of ['square_bn', 'hor_bn', 'ver_bn']) this.tree.place(join(name, part));
    if (norm === undefined) return;
    if (isBehind) this.tree.expect(norm, 'norm');
    else this.tree.place(norm);
  }

  /** The stride of a convolution where the file says it; else the one given. */
  strideOf(path: string, stride: number): number {
    const [height, width] = this.tree.sliding(this.prefix + path, this.kernel(path))?.strides ?? [
      stride,
      stride,
    ];
    return height === width ? height : Math.max(height, width);
  }

  private sliding(unit: ConvUnit, name: string, input: string, { stride = 1, padding }: Slide): Sliding {
    const [height, width] = kernelSize(unit.weight.shape, this.dict.layout);
    const groups = this.channels(input) / perGroup(unit, this.dict.layout);
    if (!Number.isInteger(groups) || filtersOf(unit) % groups !== 0) {
      throw new Mismatch(`channels of ${unit.name}`);
    }
    const known = this.tree.sliding(name, [height, width]);
    if (known) {
      if (known.groups !== groups)
        this.tree.contradict(name, `has ${known.groups} groups where its kernel has ${groups}`);
      return { ...known, groups };
    }
    const sides = zeros(padding ?? Math.floor((height - 1) / 2), padding ?? Math.floor((width - 1) / 2));
    return { strides: [stride, stride], dilations: [1, 1], groups, padding: sides };
  }

  /** Of a block that is known only from its names the architecture says what its batch norm was. */
  private note(block: BlockUnit, norm: string | null): void {
    if (this.dict.notes.has(block.name)) return;
    this.notes.set(block.name, { norm });
  }

  /** A linear layer. */
  dense(path: string, input: string): string {
    const name = this.prefix + path;
    const weight = this.dict.tensors.get(join(name, 'weight'));
    if (weight?.shape.length !== 2) throw new Mismatch(`no linear ${name}`);
    const bias = this.dict.tensors.get(join(name, 'bias'));
    const parameters: Record<string, string> = {
      kernel: this.tensor(weight.name, new DictTensor(weight, DENSE_ORDER)),
    };
    if (bias) parameters.bias = this.tensor(bias.name, new DictTensor(bias));
    this.tree.expect(name, 'linear');
    this.used.add(name);
    const units = item(weight.shape, 0);
    return this.made(name, { name, op: 'dense', attributes: { units }, inputs: [input], parameters }, units);
  }

  /**
   * The activation behind a value: what the file has at that place, else the architecture's own.
   * @param place the block that has it among its modules, or its path in a sequence
   */
  relu(input: string, place: ActivationPlace, kind: 'relu' | 'relu6' = 'relu'): string {
    const found =
      'within' in place ? this.tree.activationWithin(place.within) : this.tree.activationAt(place.at);
    if (found === null) return input;
    const made: Simple = found ?? { op: kind, attributes: {} };
    return this.simple(`${input}:${made.op}`, made, [input]);
  }

  add2(a: string, b: string, name: string): string {
    return this.simple(this.prefix + name, { op: 'add', attributes: {} }, [a, b]);
  }

  /**
   * A max pooling as the file has it at a path, else as the architecture has it.
   * @param assumed undefined where the architecture has none there
   */
  maxPool(
    input: string,
    path: string,
    assumed: { readonly size: number; readonly stride: number; readonly padding: number } | undefined,
  ): string {
    const found = this.tree.maxPool(path);
    if (found === undefined && assumed && this.tree.isKnown)
      this.tree.contradict(this.prefix + path, 'is missing, where it has a MaxPool2d');
    if (found === null || (!found && !assumed)) return input;
    const both = (value = 0): Pair => [value, value];
    const { size, stride, padding } = found ?? {
      size: both(assumed?.size),
      stride: both(assumed?.stride),
      padding: both(assumed?.padding),
    };
    return this.window('maxPool', input, size, stride, zeros(...padding));
  }

  /** A pooling that is no layer of its own in the file. */
  pool(
    op: 'maxPool' | 'averagePool',
    input: string,
    { size, stride }: { readonly size: number; readonly stride: number },
    sides: Sides,
  ): string {
    return this.window(op, input, [size, size], [stride, stride], sides);
  }

  private window(
    op: 'maxPool' | 'averagePool',
    input: string,
    poolSize: Pair,
    strides: Pair,
    sides: Sides,
  ): string {
    const padding = Object.values(sides).every((side) => side === 0) ? ('valid' as const) : sides;
    return this.simple(`${input}:pool`, { op, attributes: { poolSize, strides, padding } }, [input]);
  }

  /** The mean over whole images. @param paths where PyTorch code keeps the layer, if it is one */
  globalAverage(input: string, paths: readonly string[]): string {
    this.tree.expectAverage(paths, 1);
    return this.simple(`${input}:mean`, { op: 'globalAveragePool', attributes: { keepDims: false } }, [
      input,
    ]);
  }

  /** Each channel's rows one behind the other, as PyTorch flattens. */
  flatten(input: string): string {
    const turned = this.simple(`${input}:nchw`, { op: 'permute', attributes: { order: [3, 1, 2] } }, [input]);
    return this.simple(`${input}:flat`, { op: 'flatten', attributes: {} }, [turned]);
  }

  /** Every `stride`-th pixel, and channels of zeros on both sides: the shortcut without weights (option A). */
  subsampled(input: string, stride: number, before: number, after: number): string {
    const picked = this.pool('maxPool', input, { size: 1, stride }, NO_PADDING);
    const swap = { op: 'permute', attributes: { order: [3, 2, 1] } } as const;
    const front = this.simple(`${input}:channels`, swap, [picked]);
    const sides: Sides = { ...NO_PADDING, top: before, bottom: after };
    const padded = this.simple(`${input}:zeros`, { op: 'zeroPadding', attributes: { sides } }, [front]);
    const value = this.simple(`${input}:shortcut`, swap, [padded]);
    this.channelsOf.set(value, this.channels(input) + before + after);
    return value;
  }

  /** @throws Mismatch if tensors below the prefix belong to no module of the architecture. */
  requireAllUsed(): void {
    for (const key of this.dict.tensors.keys()) {
      if (!key.startsWith(this.prefix)) continue;
      const isUsed = [...paths(key)].some((path) => this.used.has(path));
      if (!isUsed) throw new Mismatch(`${key} has no place`);
    }
  }

  private need(path: string): ConvUnit {
    const unit = this.unit(path);
    if (!unit) throw new Mismatch(`no convolution ${path}`);
    return unit;
  }

  private simple(
    name: string,
    node: Pick<GraphNode, 'op' | 'attributes'>,
    inputs: readonly [string, ...string[]],
  ): string {
    return this.made(name, { name, ...node, inputs }, this.channels(inputs[0]));
  }

  private made(name: string, node: object, channels: number): string {
    this.add({ parameters: {}, ...node, outputs: [name] } as unknown as GraphNode);
    this.channelsOf.set(name, channels);
    return name;
  }
}

function zeros(vertical: number, horizontal: number): Sides {
  return { top: vertical, bottom: vertical, left: horizontal, right: horizontal };
}

/** The module paths above a key. */
function* paths(key: string): Generator<string> {
  for (let dot = key.lastIndexOf('.'); dot > 0; dot = key.lastIndexOf('.', dot - 1)) yield key.slice(0, dot);
}
