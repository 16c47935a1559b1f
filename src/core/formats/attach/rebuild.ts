import type { Place } from '../../blueprint';
import { CheckpointError } from '../../errors';
import type { GraphNode, NodeOf } from '../../graph/graph';
import { inputOf, outputOf, tensorNameOf, tensorOfRole } from '../../graph/node';
import { NO_PADDING, resolvePadding, type Sides } from '../../graph/padding';
import type { TensorRef } from '../../tensor/tensor';
import { toFloat32 } from '../../tensor/decode';
import { NodeBuilder, type Sliding } from '../state-dict/nodes';
import { SharedParameter } from '../state-dict/shared-parameter';
import { DENSE_ORDER, DictTensor } from '../state-dict/tensor';
import {
  blockUnit,
  join,
  normUnit,
  type BlockNote,
  type BlockUnit,
  type StateDict,
} from '../state-dict/units';
import { moduleSettings, type ModuleSettings, type ModuleValue } from '../state-dict/stored';
import type { FoldedNorm } from './folded';
import { hasNormInside, unitAt } from './layers';
import { convolutionBefore, type Match, type Matching } from './match';

/** A network of a model with the weights of a file. */
export interface Rebuilt {
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly string[];
  readonly tensors: ReadonlyMap<string, TensorRef>;
  readonly shared: ReadonlyMap<string, SharedParameter>;
  /** Of blocks: which batch norm each one took in. */
  readonly notes: ReadonlyMap<string, BlockNote>;
  /** Tensors of the file whose values are numbers of operators. */
  readonly fixed: ReadonlySet<string>;
  /** Batch norms whose ε is in neither model nor file. */
  readonly assumedNorms: number;
}

/** What was found of a model's layers in the file. */
export interface Found {
  readonly matches: ReadonlyMap<string, Match>;
  readonly folded: ReadonlyMap<string, FoldedNorm>;
}

/**
 * The model's network, each layer as the file has it: plain, as a block, or fused.
 * @throws CheckpointError if weights of the model are not in the file.
 */
export function rebuild(work: Matching, found: Found): Rebuilt {
  const builder = new Rebuilder(work, found);
  for (const node of work.graph.nodes) builder.add(node);
  return builder.done();
}

/** A batch norm that a block has inside: how it was called, and the model's node of it. */
interface Inner {
  readonly path: string;
  readonly node: NodeOf<'batchNorm'>;
}

class Rebuilder {
  private readonly nodes: GraphNode[] = [];
  private readonly tensors = new Map<string, TensorRef>();
  private readonly shared = new Map<string, SharedParameter>();
  private readonly notes = new Map<string, BlockNote>();
  /** The model's values to those of the new network. */
  private readonly values = new Map<string, string>();
  private readonly used = new Set<string>();
  /** Tensors of the file that are numbers of operators. */
  private readonly fixed = new Set<string>();
  /** Paths of batch norms whose ε nothing says. */
  private readonly assumedNorms = new Set<string>();
  /** How often a module has computed so far. */
  private readonly calls = new Map<string, number>();
  private readonly placeOf: ReadonlyMap<string, Place>;
  /** Of batch norms inside convolutions: by the name of the convolution's node. */
  private readonly inside = new Map<string, Inner>();
  /** The same of the first call, by the convolution's path in the file. */
  private readonly innerByPath = new Map<string, Inner>();

  constructor(
    private readonly work: Matching,
    private readonly found: Found,
  ) {
    this.placeOf = new Map(work.places.map((place) => [place.node.name, place]));
    for (const { path } of found.matches.values()) this.used.add(path);
    for (const { norm } of found.folded.values()) this.used.add(norm.name);
    for (const { node } of work.places) {
      const match = found.matches.get(node.name);
      const conv = match?.inside && convolutionBefore(node, work);
      if (match && conv && node.op === 'batchNorm') this.inside.set(conv.name, { path: match.path, node });
    }
  }

  add(node: GraphNode): void {
    const match = this.found.matches.get(node.name);
    if (node.op === 'conv2d' && match) this.convolution(node, match.path);
    else if (node.op === 'batchNorm' && match) this.norm(node, match);
    else if (node.op === 'dense' && match) this.dense(node, match.path);
    else this.other(node);
  }

  done(): Rebuilt {
    const outputs = this.work.graph.outputs.map((value) => this.value(value));
    const { nodes, tensors, shared, notes, fixed } = this;
    const assumedNorms = this.assumedNorms.size;
    return { nodes, outputs, tensors, shared, notes, fixed, assumedNorms };
  }

  private convolution(node: NodeOf<'conv2d'>, path: string): void {
    const inner = this.innerOf(node, path);
    const put = this.found.folded.get(path);
    const folded = put?.norm;
    const builder = new NodeBuilder(withSettings(this.work.dict, path, inner?.node));
    const sliding = this.slidingOf(node, path);
    const unit = unitAt(this.work.dict, path);
    const value = builder.conv(path, folded, this.value(inputOf(node)), sliding, inner?.path);
    if (value === undefined || !unit) throw this.lost(node);
    this.assume(builder.assumedNorms, put);
    const block = blockUnit(this.work.dict, path);
    if (block) this.note(block, inner?.path ?? null);
    const bias = unit.bias || folded ? undefined : this.parameter(node, 'bias');
    const made = builder.nodes.map((each) =>
      each.name === path && bias !== undefined && !hasNormInside(this.work.dict, path)
        ? { ...each, parameters: { ...each.parameters, bias } }
        : each,
    );
    for (const [key, tensor] of builder.tensors) this.tensors.set(key, tensor);
    this.take(path, made, outputOf(node), value);
  }

  /** Where the model has a batch norm folded in, its weights show that the ε is right. */
  private assume(norms: readonly string[], put: FoldedNorm | undefined): void {
    const shown = put?.rule === 'values' ? put.norm.name : undefined;
    for (const name of norms) if (name !== shown) this.assumedNorms.add(name);
  }

  /** Of a block that is known only from its names the model says what its batch norm was. */
  private note(block: BlockUnit, norm: string | null): void {
    if (!this.work.dict.notes.has(block.name)) this.notes.set(block.name, { norm });
  }

  /** The batch norm inside a convolution: one layer, whatever the model calls it where it computes again. */
  private innerOf(node: NodeOf<'conv2d'>, path: string): Inner | undefined {
    const found = this.inside.get(node.name);
    const inner = this.innerByPath.get(path) ?? found;
    if (found && inner) this.innerByPath.set(path, inner);
    return found && inner;
  }

  private norm(node: NodeOf<'batchNorm'>, { path, inside }: Match): void {
    const input = this.value(inputOf(node));
    if (inside) {
      this.values.set(outputOf(node), input);
      return;
    }
    const unit = normUnit(this.work.dict, path);
    if (!unit) throw this.lost(node);
    const builder = new NodeBuilder({ ...this.work.dict, modules: settingsOf([path], node) });
    const value = builder.norm(path, unit, input);
    for (const [key, tensor] of builder.tensors) this.tensors.set(key, tensor);
    this.take(path, builder.nodes, outputOf(node), value);
  }

  private dense(node: NodeOf<'dense'>, path: string): void {
    const { dict, tensors } = this.work;
    const weight = dict.tensors.get(join(path, 'weight'));
    if (!weight) throw this.lost(node);
    const model = tensorOfRole(node, 'kernel', tensors);
    const form = model && this.work.blueprint.tensor(model.name);
    // A parameter that the model has under its own name and as it is, no linear layer's: [in, out] in both.
    const isMatrix =
      form?.layout === 'plain' &&
      this.work.names.key(form.name) === weight.name &&
      form.dims.join() === weight.shape.join();
    const kernel =
      isMatrix && model
        ? this.share(new SharedParameter(weight, model.shape, 'plain'))
        : this.keep(new DictTensor(weight, DENSE_ORDER));
    const bias = dict.tensors.get(join(path, 'bias'));
    const own = bias ? this.keep(new DictTensor(bias)) : this.parameter(node, 'bias');
    const parameters: Record<string, string> = { kernel };
    if (own !== undefined) parameters.bias = own;
    const made: NodeOf<'dense'> = {
      name: path,
      op: 'dense',
      attributes: node.attributes,
      inputs: [this.value(inputOf(node))],
      outputs: [path],
      parameters,
    };
    this.take(path, [made], outputOf(node), path);
  }

  /** A layer without weights, or one whose weights have the names of the file's tensors. */
  private other(node: GraphNode): void {
    const parameters: Record<string, string> = {};
    let isOwn = true;
    for (const role of Object.keys(node.parameters)) {
      const key = this.parameter(node, role);
      if (key === undefined && this.isNeutral(node, role)) continue;
      isOwn &&= key !== undefined;
      parameters[role] = key ?? this.constant(node, role);
    }
    const numbers = node.op === 'rescaling' ? this.numbersOf(node) : undefined;
    const name = this.freeName(node.name);
    const outputs = node.outputs.map((value) => {
      const own = value === node.name ? name : this.freeName(value);
      this.values.set(value, own);
      return own;
    });
    const inputs = node.inputs.map((value) => this.value(value));
    const { frozen: _, origin: __, ...rest } = node;
    this.nodes.push({
      ...rest,
      ...numbers,
      name,
      inputs,
      outputs,
      parameters,
      ...(isOwn ? {} : { frozen: 'fixed' }),
    } as GraphNode);
  }

  /** A parameter that became numbers of an operator: the file's, which each module may have trained. */
  private numbersOf({ name }: GraphNode): Pick<NodeOf<'rescaling'>, 'attributes'> | undefined {
    const { blueprint, dict, names } = this.work;
    const known = blueprint.numbers.get(name);
    const stored = known && dict.tensors.get(names.key(known.name) ?? '');
    if (!known || !stored || !SharedParameter.fits(stored, known.dims)) return undefined;
    this.fixed.add(stored.name);
    return { attributes: known.attributes([...toFloat32(stored.readBytes(), stored.dtype)]) };
  }

  /** The file's tensor that is a parameter of a node, by name. */
  private parameter(node: GraphNode, role: string): string | undefined {
    const { tensors, blueprint, dict, names, path, model } = this.work;
    const tensor = tensorOfRole(node, role, tensors);
    const form = tensor && blueprint.tensor(tensor.name);
    if (!tensor || !form) return undefined;
    for (const name of this.placeOf.get(node.name)?.names[role] ?? []) {
      const stored = dict.tensors.get(names.key(name) ?? '');
      if (!stored) continue;
      if (SharedParameter.fits(stored, form.dims))
        return this.share(new SharedParameter(stored, tensor.shape, form.layout));
      throw new CheckpointError(`a parameter is not that of ${model}`, {
        path,
        where: stored.name,
        found: stored.shape.join(' × '),
        expected: form.dims.join(' × '),
      });
    }
    return undefined;
  }

  /** A norm without γ and β: an exporter gives it ones and zeros, which are not parameters of the model. */
  private isNeutral(node: GraphNode, role: string): boolean {
    const tensor = tensorOfRole(node, role, this.work.tensors);
    const isNorm = node.op === 'groupNorm' || node.op === 'layerNorm';
    if (!isNorm || !tensor || (this.work.blueprint.tensor(tensor.name)?.isParameter ?? true)) return false;
    return tensor.readFloat32().every((value) => value === (role === 'gamma' ? 1 : 0));
  }

  /** What only the model has: a setting of an operator that is not supported, or weights that are missing. */
  private constant(node: GraphNode, role: string): string {
    const name = tensorNameOf(node, role);
    const tensor = this.work.tensors.get(name);
    if (node.op !== 'opaque' || !tensor) throw this.lost(node);
    const free = this.work.dict.tensors.has(name) ? `${name}:${this.work.model}` : name;
    this.tensors.set(free, tensor);
    return free;
  }

  private lost(node: GraphNode): CheckpointError {
    const { path, model } = this.work;
    const names = Object.values(this.placeOf.get(node.name)?.names ?? {}).map((each) => each.at(0));
    return new CheckpointError(`weights of ${model} are not in this file`, {
      path,
      where: node.name,
      found: `no ${names.join(', ') || 'weights'}`,
      expected: 'a parameter of the same name and sizes',
    });
  }

  private slidingOf(node: NodeOf<'conv2d'>, path: string): Sliding {
    const { strides, dilations, groups, padding, kernelSize: kernel } = node.attributes;
    return {
      strides,
      dilations,
      groups,
      padding: this.sidesOf(padding, inputOf(node), path, { kernel, strides, dilations }),
    };
  }

  private sidesOf(
    padding: NodeOf<'conv2d'>['attributes']['padding'],
    input: string,
    path: string,
    {
      kernel,
      strides: stride,
      dilations: dilation,
    }: {
      readonly kernel: readonly [number, number];
      readonly strides: readonly [number, number];
      readonly dilations: readonly [number, number];
    },
  ): Sides {
    if (padding === 'valid') return NO_PADDING;
    if (padding !== 'same') return padding;
    const [, height, width] = this.work.graph.shapes.get(input) ?? [];
    if (typeof height === 'number' && typeof width === 'number')
      return resolvePadding(padding, [height, width], { kernel, stride, dilation });
    throw new CheckpointError(`the zeros around a convolution of ${this.work.model} depend on the image`, {
      path: this.work.path,
      where: path,
      found: 'auto_pad in a model that leaves the size of its input open',
      expected: 'pads, as PyTorch writes them, or a fixed size of the input',
    });
  }

  /** Adds the nodes of a module; those of a further call get names of their own. */
  private take(path: string, made: readonly GraphNode[], was: string, value: string): void {
    const call = this.calls.get(path) ?? 0;
    this.calls.set(path, call + 1);
    const own = new Set(made.flatMap(({ outputs }) => outputs));
    const named = (name: string): string => (call > 0 && own.has(name) ? `${name}:${call}` : name);
    for (const node of made) {
      this.nodes.push({
        ...node,
        name: named(node.name),
        inputs: node.inputs.map(named),
        outputs: node.outputs.map(named),
      });
      this.used.add(named(node.name));
    }
    this.values.set(was, named(value));
  }

  private keep(tensor: DictTensor): string {
    this.tensors.set(tensor.name, tensor);
    return tensor.name;
  }

  private share(tensor: SharedParameter): string {
    this.tensors.set(tensor.name, tensor);
    this.shared.set(tensor.name, tensor);
    return tensor.name;
  }

  private value(name: string): string {
    return this.values.get(name) ?? name;
  }

  private freeName(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.used.has(name); i++) name = `${wanted}_${i}`;
    this.used.add(name);
    return name;
  }
}

/** The state dict with what the model says of a batch norm: in a block all three are alike. */
function withSettings(dict: StateDict, path: string, norm: NodeOf<'batchNorm'> | undefined): StateDict {
  if (!norm) return { ...dict, modules: new Map() };
  return {
    ...dict,
    modules: settingsOf(
      ['square_bn', 'hor_bn', 'ver_bn'].map((part) => join(path, part)),
      norm,
    ),
  };
}

/** PyTorch's words for the settings of a batch norm; ONNX has ε in single precision. */
function settingsOf(
  paths: readonly string[],
  { attributes: { epsilon, momentum } }: NodeOf<'batchNorm'>,
): ReadonlyMap<string, ModuleSettings> {
  const rounded = (value: number): number => Number(value.toPrecision(7));
  const values = new Map<string, ModuleValue>([
    ['eps', rounded(epsilon)],
    ['momentum', rounded(1 - momentum)],
  ]);
  return new Map(paths.map((path) => [path, moduleSettings('', values)]));
}
