import type { GraphNode } from '../../../graph/graph';
import { NO_PADDING, type Pair, type Sides } from '../../../graph/padding';
import type { Sliding } from '../nodes';
import type { ModuleSettings, ModuleValue } from '../stored';
import { join } from '../units';

/** An operator of one input and without weights. */
export type Simple = Pick<GraphNode, 'op' | 'attributes'>;

/** A max pooling: window, step and zeros of both axes. */
export interface Pooling {
  readonly size: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
}

/** Layers that change nothing at inference. */
const HARMLESS = /^(Identity|Flatten|Dropout|Dropout1d|Dropout2d|AlphaDropout|FeatureAlphaDropout)$/;
const CONTAINERS = /^(Sequential|ModuleList|ModuleDict)$/;
const NORMS = /^(BatchNorm2d|SyncBatchNorm|LazyBatchNorm2d)$/;
/** Names that people give the activation of a block, under which an Identity stands for none. */
const ACTIVATION_NAMES = /^(relu|act|activation|non_?lin)/i;
/** What the classes in a TorchScript archive are called. */
const SCRIPTED = '__torch__.';
/** Functions that the architectures call themselves, where a module keeps them. */
const USUAL_FUNCTIONS = /^(relu6?_?|adaptive_avg_pool2d|avg_pool2d|max_pool2d|flatten|dropout)$/;

/** PyTorch's activations as operators; null where a setting is not one that the operator has. */
const ACTIVATIONS: Readonly<Record<string, (value: (name: string) => ModuleValue) => Simple | null>> = {
  ReLU: () => plain('relu'),
  ReLU6: () => plain('relu6'),
  SELU: () => plain('selu'),
  SiLU: () => plain('silu'),
  Mish: () => plain('mish'),
  Hardswish: () => plain('hardSwish'),
  Sigmoid: () => plain('sigmoid'),
  Tanh: () => plain('tanh'),
  LeakyReLU: (value) => {
    const slope = value('negative_slope');
    return typeof slope === 'number' && slope >= 0 ? { op: 'leakyRelu', attributes: { slope } } : null;
  },
  ELU: (value) => {
    const alpha = value('alpha');
    return typeof alpha === 'number' ? { op: 'elu', attributes: { alpha } } : null;
  },
  GELU: (value) => {
    // Before 1.12 there was the exact one only, and no attribute.
    const how = value('approximate') ?? 'none';
    return how === 'none' || how === 'tanh'
      ? { op: 'gelu', attributes: { approximate: how === 'tanh' } }
      : null;
  },
};

function plain(op: 'relu' | 'relu6' | 'selu' | 'silu' | 'mish' | 'hardSwish' | 'sigmoid' | 'tanh'): Simple {
  return { op, attributes: {} };
}

/**
 * What a file says of its modules, compared with an architecture that was recognised by names: its settings win, and what
 * the architecture does not have contradicts it. Empty for plain state dicts, which say nothing.
 */
export class ModuleTree {
  /** What the file says otherwise than the architecture, for people; then it is not this network. */
  readonly contradictions: string[] = [];
  private readonly placed = new Set<string>();
  private readonly children = new Map<string, [string, ModuleSettings][]>();

  constructor(
    private readonly modules: ReadonlyMap<string, ModuleSettings>,
    /** What stands before the architecture's own names: `module.` and the like. */
    private readonly prefix: string,
  ) {
    for (const [path, module] of modules) {
      if (path === '') continue;
      const siblings = this.children.get(parentOf(path));
      if (siblings) siblings.push([path, module]);
      else this.children.set(parentOf(path), [[path, module]]);
    }
    if ([...modules.values()].some(({ type }) => type.startsWith(SCRIPTED)))
      this.contradict('', 'is a TorchScript archive, whose own code says how it computes and is not read');
  }

  /** True where the file says something of its modules. */
  get isKnown(): boolean {
    return this.modules.size > 0;
  }

  /** How a convolution slides; undefined where the file does not say. @param kernel height and width */
  sliding(path: string, kernel: Pair): Sliding | undefined {
    if (!this.isKnown) return undefined;
    const own = ['square_conv', 'fused_conv'].map((part) => join(path, part));
    const at = own.find((name) => this.modules.has(name)) ?? path;
    const module = this.modules.get(at);
    if (!module || kindOf(module) !== 'Conv2d') return this.deny(path, module, 'a Conv2d');
    for (const part of ['square_conv', 'hor_conv', 'ver_conv', 'fused_conv'])
      this.placed.add(join(path, part));
    this.placed.add(at);
    const mode = module.values.get('padding_mode') ?? 'zeros';
    if (mode !== 'zeros') return this.contradict(path, `pads with "${String(mode)}" in place of zeros`);
    // A block of the generated module pads its input itself, as `F.pad` takes it.
    const around = at === own[0] ? this.modules.get(path)?.padding : undefined;
    return (
      slidingOf(module, kernel, around?.length === 4 ? around : module.values.get('padding')) ??
      this.contradict(path, 'has a stride, padding, dilation or groups that cannot be read')
    );
  }

  /** Takes note that a module is part of the architecture. */
  place(path: string): void {
    this.placed.add(path);
  }

  /** Checks that a path is the batch norm or linear layer that it is taken for. */
  expect(path: string, what: 'norm' | 'linear'): void {
    if (!this.isKnown) return;
    const module = this.modules.get(path);
    const kind = module && kindOf(module);
    const fits = kind !== undefined && (what === 'norm' ? NORMS.test(kind) : kind === 'Linear');
    if (!fits) this.deny(path, module, what === 'norm' ? 'a BatchNorm2d' : 'a Linear');
    this.placed.add(path);
  }

  /**
   * The activation of a block: what its modules of such kinds are, all alike.
   * @returns undefined where it has none, and calls a function; null where it does nothing
   */
  activationWithin(container: string): Simple | null | undefined {
    const found = this.childrenOf(container).filter(([path, module]) => {
      const kind = kindOf(module) ?? '';
      return Object.hasOwn(ACTIVATIONS, kind) || (kind === 'Identity' && ACTIVATION_NAMES.test(lastOf(path)));
    });
    for (const [path] of found) this.placed.add(path);
    const made = found.map(([path, module]) => this.activationOf(path, module));
    if (made.length === 0) return undefined;
    if (made.some((each) => JSON.stringify(each) !== JSON.stringify(made[0])))
      this.contradict(
        container,
        `has several activations (${found.map(([, module]) => kindOf(module)).join(', ')})`,
      );
    return made[0];
  }

  /** The activation at a path of a sequence; undefined where the file says nothing of modules. */
  activationAt(path: string): Simple | null | undefined {
    if (!this.isKnown) return undefined;
    const module = this.modules.get(this.prefix + path);
    this.placed.add(this.prefix + path);
    if (module && (kindOf(module) === 'Identity' || Object.hasOwn(ACTIVATIONS, kindOf(module) ?? '')))
      return this.activationOf(this.prefix + path, module);
    this.deny(this.prefix + path, module, 'an activation');
    return undefined;
  }

  private activationOf(path: string, module: ModuleSettings): Simple | null {
    const kind = kindOf(module) ?? '';
    if (kind === 'Identity') return null;
    const made = ACTIVATIONS[kind]?.((name) => module.values.get(name)) ?? null;
    if (!made) this.contradict(path, `is a ${kind} with settings that are not supported`);
    return made;
  }

  /** The max pooling at a path; null for none (Identity), undefined where the file says nothing of it. */
  maxPool(path: string): Pooling | null | undefined {
    const name = this.prefix + path;
    const module = this.modules.get(name);
    if (!module) {
      return undefined;
    }
    this.placed.add(name);
    const kind = kindOf(module);
    if (kind === 'Identity') return null;
    if (kind !== 'MaxPool2d') {
      this.deny(name, module, 'a MaxPool2d');
      return undefined;
    }
    const pooling = poolingOf(module);
    if (!pooling) this.contradict(name, 'is a MaxPool2d with settings that are not supported');
    return pooling;
  }

  /** Checks that the average at any of these paths is over whole images, or over fields of a size that changes nothing. */
  expectAverage(paths: readonly string[], size: number): void {
    for (const path of paths) {
      const name = this.prefix + path;
      const module = this.modules.get(name);
      if (!module || this.children.has(name)) continue;
      this.placed.add(name);
      const output = pairOf(module.values.get('output_size'));
      const isWhole = kindOf(module) === 'AdaptiveAvgPool2d' && output?.every((each) => each === size);
      if (!isWhole) this.deny(name, module, `an AdaptiveAvgPool2d(${size})`);
    }
  }

  /** A plain attribute of a module. */
  value(path: string, names: readonly string[]): ModuleValue {
    const values = this.modules.get(this.prefix + path)?.values;
    return names.map((name) => values?.get(name)).find((value) => value !== undefined);
  }

  /** Looks at every module: what is altered, and what the architecture has no place for. */
  finish(): void {
    for (const [path, module] of this.modules) {
      const isAround = path === '' || this.prefix.startsWith(`${path}.`);
      if (!isAround && !path.startsWith(this.prefix)) continue;
      if (module.altered !== undefined) this.contradict(path, `has ${module.altered}`);
      const other = (module.functions ?? []).find(isOtherFunction);
      if (other !== undefined) this.contradict(path, `keeps the function ${other}`);
      if (isAround || this.placed.has(path) || this.children.has(path)) continue;
      const kind = kindOf(module) ?? '';
      if (!HARMLESS.test(kind) && !CONTAINERS.test(kind)) this.deny(path, module, 'not in it');
    }
  }

  /** Says that something contradicts the architecture. */
  contradict(path: string, what: string): undefined {
    this.contradictions.push(`${path || 'the network'} ${what}`);
    return undefined;
  }

  private deny(path: string, module: ModuleSettings | undefined, wanted: string): undefined {
    const name = module?.type.split('.').at(-1) || 'module of an unknown class';
    if (wanted === 'not in it') return this.contradict(path, `(${name}) has no place in it`);
    return this.contradict(
      path,
      module ? `(${name}) is not ${wanted}` : `is missing, where it has ${wanted}`,
    );
  }

  private childrenOf(container: string): readonly (readonly [string, ModuleSettings])[] {
    return this.children.get(container === '' ? this.prefix.slice(0, -1) : this.prefix + container) ?? [];
  }
}

function slidingOf({ values }: ModuleSettings, kernel: Pair, zeros: ModuleValue): Sliding | undefined {
  const strides = pairOf(values.get('stride') ?? 1);
  const dilations = pairOf(values.get('dilation') ?? 1);
  const groups = values.get('groups') ?? 1;
  const padding = strides && dilations && sidesOf(zeros ?? 0, kernel, strides, dilations);
  if (!strides || !dilations || !padding || typeof groups !== 'number') return undefined;
  return { strides, dilations, groups, padding };
}

/** A MaxPool2d as an operator; undefined where that lacks a setting. */
function poolingOf({ values }: ModuleSettings): Pooling | undefined {
  const size = pairOf(values.get('kernel_size'));
  const stride = values.get('stride') === null ? size : pairOf(values.get('stride'));
  const padding = pairOf(values.get('padding') ?? 0);
  const isPlain = ['ceil_mode', 'return_indices'].every((name) => (values.get(name) ?? false) === false);
  const isDense = pairOf(values.get('dilation') ?? 1)?.every((step) => step === 1);
  return size && stride && padding && isPlain && isDense ? { size, stride, padding } : undefined;
}

/** The class of one of PyTorch's own layers; undefined for any other class. */
function kindOf({ type }: ModuleSettings): string | undefined {
  return /^torch\.nn\.(?:modules\.)?(?:\w+\.)?([A-Z]\w*)$/.exec(type)?.[1];
}

/** Classes of layers are kept by networks that make more of them. */
function isOtherFunction(path: string): boolean {
  const name = path.split('.').at(-1) ?? '';
  const isTorch = /^torch(\.|$)/.test(path) && !/^[A-Z]/.test(name);
  return isTorch && !USUAL_FUNCTIONS.test(name);
}

function pairOf(value: ModuleValue): Pair | undefined {
  const list =
    typeof value === 'number' ? [value, value] : Array.isArray(value) ? (value as readonly number[]) : [];
  const [height, width, ...more] = list;
  return isSize(height) && isSize(width) && more.length === 0 ? [height, width] : undefined;
}

function isSize(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 0 && value < 1000;
}

function sidesOf(value: ModuleValue, kernel: Pair, strides: Pair, dilations: Pair): Sides | undefined {
  if (value === 'valid') return NO_PADDING;
  if (value === 'same') {
    // PyTorch has it with steps of 1 only, and the odd zero at the end.
    if (strides.some((step) => step !== 1)) return undefined;
    const height = (kernel[0] - 1) * dilations[0];
    const width = (kernel[1] - 1) * dilations[1];
    const [top, left] = [Math.floor(height / 2), Math.floor(width / 2)];
    return { top, bottom: height - top, left, right: width - left };
  }
  if (Array.isArray(value) && value.length === 4) {
    const [left, right, top, bottom] = value as readonly number[];
    return isSize(left) && isSize(right) && isSize(top) && isSize(bottom)
      ? { top, bottom, left, right }
      : undefined;
  }
  const pair = pairOf(value);
  return pair && { top: pair[0], bottom: pair[0], left: pair[1], right: pair[1] };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.')));
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}
