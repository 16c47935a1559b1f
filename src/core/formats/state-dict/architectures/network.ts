import type { GraphNode } from '../../../graph/graph';
import { NO_PADDING, type Pair, type Sides } from '../../../graph/padding';
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

/** How a convolution of an architecture slides; the zeros are half the kernel unless said otherwise. */
export interface Slide {
  readonly stride?: number;
  readonly padding?: number;
}

/** What a file lacks or has otherwise than an architecture wants: it is none of that. */
export class Mismatch extends Error {}

/** Builds the graph of an architecture over the tensors of a state dict, module by module. */
export class NetworkBuilder extends NodeBuilder {
  /** Of blocks: which batch norm each one took in. */
  readonly notes = new Map<string, BlockNote>();
  private readonly channelsOf = new Map<string, number>();
  private readonly used = new Set<string>();

  constructor(
    dict: StateDict,
    /** What stands before the architecture's own names: `module.` and the like. */
    readonly prefix: string,
  ) {
    super(dict);
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

  /** A convolution and the batch norm behind it. @param norm its path; none where the architecture has none */
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
    const value = this.conv(name, behind, input, this.sliding(unit, input, slide), inside) ?? '';
    this.channelsOf.set(value, filtersOf(unit));
    this.used.add(name);
    if (normPath !== undefined) this.used.add(normPath);
    return value;
  }

  private sliding(unit: ConvUnit, input: string, { stride = 1, padding }: Slide): Sliding {
    const [height, width] = kernelSize(unit.weight.shape, this.dict.layout);
    const groups = this.channels(input) / perGroup(unit, this.dict.layout);
    if (!Number.isInteger(groups) || filtersOf(unit) % groups !== 0) {
      throw new Mismatch(`channels of ${unit.name}`);
    }
    const sides = zeros(padding ?? Math.floor((height - 1) / 2), padding ?? Math.floor((width - 1) / 2));
    return { strides: [stride, stride], dilations: [1, 1], groups, padding: sides };
  }

  /** Of a block that is known from its names alone the architecture says what its batch norm was. */
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
    this.used.add(name);
    const [units] = weight.shape;
    return this.made(name, { name, op: 'dense', attributes: { units }, inputs: [input], parameters }, units);
  }

  relu(input: string, kind: 'relu' | 'relu6' = 'relu'): string {
    return this.simple(`${input}:${kind}`, { op: kind, attributes: {} }, [input]);
  }

  add2(a: string, b: string, name: string): string {
    return this.simple(this.prefix + name, { op: 'add', attributes: {} }, [a, b]);
  }

  maxPool(input: string, size: number, stride: number, padding: number): string {
    const attributes = {
      poolSize: [size, size] as const,
      strides: [stride, stride] as const,
      padding: padding === 0 ? ('valid' as const) : zeros(padding, padding),
    };
    return this.simple(`${input}:pool`, { op: 'maxPool', attributes }, [input]);
  }

  globalAverage(input: string): string {
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
    const picked = this.maxPool(input, 1, stride, 0);
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
    inputs: readonly string[],
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
