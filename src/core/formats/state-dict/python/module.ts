import { pythonDocstring, pythonString } from '../../../../shared/sinks/python';
import type { Graph, GraphNode, NodeOf } from '../../../graph/graph';
import { inputOf, outputOf, tensorNameOf } from '../../../graph/node';
import { lookupOf } from '../../../graph/lookup';
import { namedBlocks, type NamedBlock } from '../block-names';
import { blockWords } from './block';
import {
  combined,
  counter,
  cropped,
  IMAGE_ORDER,
  normCall,
  normModule,
  NotInWords,
  padded,
  plainOrder,
  pointwise,
  pooled,
  resized,
  rescaled,
  slicedAlong,
  turned,
  usualOrder,
  type ModuleWords,
  type Shapes,
  type Value,
} from './functions';
import { convolutionModule, linearModule, preluModule, transposedModule } from './layers';
import { head, loaderFor } from './text';
import type { StoredTensor } from '../stored';
import { join } from '../units';

/** What a module is generated from. */
export interface ModuleSource {
  readonly graph: Graph;
  /** What the network was taken for. */
  readonly label: string;
  /** Name of the file it loads, without folder. */
  readonly file: string;
  /** What stands before the module's own names in the file. */
  readonly prefix: string;
  /** Keys on the way to the state dict in the file; undefined for safetensors. */
  readonly way: readonly string[] | undefined;
  /** The path under which a node's tensors are written. */
  readonly pathOf: (node: GraphNode) => string;
  /** The key of a node's parameter. */
  readonly keyOf: (node: GraphNode, role: string) => string;
  /** Everything the file holds. */
  readonly keys: ReadonlyMap<string, Pick<StoredTensor, 'shape' | 'dtype'>>;
  /** Tensors that are used as matrices and are not a linear layer's weight. */
  readonly matrices: ReadonlySet<string>;
  /** How many slopes a PReLU's tensor has. */
  readonly slopesOf: (tensor: string) => number;
}

/** A module, or why there is none, to follow "because". */
export type Generated = { readonly text: string } | { readonly reason: string };

/** Source text of an `nn.Module`, made of stock PyTorch, that is this network and loads this file with `strict=True`. */
export function pythonModule(source: ModuleSource): Generated {
  const writer = new ModuleWriter(source);
  try {
    for (const node of source.graph.nodes) writer.add(node);
    return { text: writer.text() };
  } catch (error) {
    if (error instanceof NotInWords) return { reason: error.message };
    throw error;
  }
}

class ModuleWriter {
  private readonly layers: string[] = [];
  private readonly steps: string[] = [];
  private readonly inputs: string[] = [];
  private readonly declared = new Set<string>();
  /** What the modules have: sizes of tensors by their keys. */
  private readonly tensors = new Map<string, readonly number[]>();
  private readonly values = new Map<string, Value>();
  private readonly blocks: ReadonlyMap<string, NamedBlock>;
  private readonly norms: ReadonlySet<string>;
  private readonly makers: ReadonlyMap<string, GraphNode>;

  constructor(private readonly source: ModuleSource) {
    this.blocks = namedBlocks(source.graph);
    this.makers = new Map(
      source.graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const)),
    );
    this.norms = new Set([...this.blocks.values()].flatMap(({ norm }) => (norm ? [norm.name] : [])));
  }

  text(): string {
    const { label, graph, file, way, prefix } = this.source;
    const outputs = graph.outputs.map((value) => this.value(value));
    const results = outputs.map((value) => turned(value, usualOrder(value.order.length)));
    const idle = this.idle();
    return [
      head(label, file, { blocks: this.blocks.size > 0, idle: idle.length > 0 }),
      'class Network(nn.Module):',
      `    """${pythonDocstring(label)}."""`,
      '',
      '    def __init__(self):',
      '        super().__init__()',
      ...[...this.layers, ...idle].map((line) => `        ${line}`),
      '',
      `    def forward(self, ${this.inputs.join(', ')}):`,
      '        at = self.get_submodule',
      ...this.steps.map((line) => `        ${line}`),
      `        return ${results.join(', ')}`,
      '',
      '',
      loaderFor(way, prefix),
    ].join('\n');
  }

  add(node: GraphNode): void {
    const block = this.blockOf(node);
    if (!block) this.plain(node);
    else if (node.op === 'add') this.block(block, node);
  }

  /** The block a node is part of: its parts have names that begin alike; of a further call of it they end in its number. */
  private blockOf({ name }: GraphNode): NamedBlock | undefined {
    const own = name.replace(/:\d+$/, '');
    const owner = this.blocks.get(own) ?? this.blocks.get(/^(.*)_acb_/.exec(own)?.[1] ?? '');
    if (owner) return owner;
    return this.norms.has(own) ? [...this.blocks.values()].find(({ norm }) => norm?.name === own) : undefined;
  }

  /** What a block reads, from its sum back through the square branch. */
  private inputOfBlock(sum: GraphNode): string {
    let maker = this.makers.get(inputOf(sum));
    while (maker && maker.op !== 'conv2d') maker = this.makers.get(maker.inputs.at(0) ?? '');
    if (maker) return inputOf(maker);
    throw new NotInWords('a block of it has no square convolution');
  }

  private plain(node: GraphNode): void {
    switch (node.op) {
      case 'input':
        this.input(node);
        break;
      case 'conv2d':
        this.convolution(node);
        break;
      case 'conv2dTranspose':
        this.layer(node, transposedModule(node, this.channelsOf(inputOf(node))));
        break;
      case 'batchNorm':
      case 'groupNorm':
      case 'layerNorm': {
        const words = normModule(node, this.channels(node), this.rank(inputOf(node)));
        const value = turned(this.value(inputOf(node)), words.order);
        const call = normCall(node, this.channels(node), value);
        if (call !== undefined) return this.step(node, call, words.order);
        const counts = node.op === 'batchNorm' ? [[counter, []] as const] : [];
        this.layer(node, { ...words, tensors: new Map([...words.tensors, ...counts]) });
        break;
      }
      case 'dense':
        this.dense(node);
        break;
      case 'prelu':
        this.prelu(node);
        break;
      default:
        this.function(node);
    }
  }

  private input(node: NodeOf<'input'>): void {
    const name = this.inputs.length === 0 ? 'x' : `in${this.inputs.length}`;
    this.inputs.push(name);
    this.values.set(outputOf(node), { name, order: usualOrder(this.rank(outputOf(node))) });
  }

  private function(node: GraphNode): void {
    const values = node.inputs.map((value) => this.value(value));
    const [first] = values;
    if (!first) throw new NotInWords('an operator of it reads no value');
    const { name, order } = first;
    const alone = pointwise(node, name);
    if (alone !== undefined) return this.step(node, alone, order);
    const together = combined(
      node.op,
      values.map((value) => turned(value, order)),
    );
    if (together !== undefined) return this.step(node, together, order);
    switch (node.op) {
      case 'permute':
        return this.turn(node, first);
      case 'rescaling':
        return this.step(node, rescaled(node, first), order);
      case 'softmax':
        return this.step(node, `torch.softmax(${name}, ${order.indexOf(order.length - 1)})`, order);
      case 'logSoftmax':
        return this.step(node, `torch.log_softmax(${name}, ${order.indexOf(order.length - 1)})`, order);
      case 'zeroPadding':
        return this.step(node, padded(first, node.attributes.sides), order);
      case 'cropping':
        return this.step(node, cropped(first, node.attributes.sides), order);
      case 'slice':
        return this.step(node, slicedAlong(first, node.attributes), order);
      case 'concatenate': {
        const { axis } = node.attributes;
        const names = values.map((value) => turned(value, order)).join(', ');
        const along = order.indexOf(axis < 0 ? axis + order.length : axis);
        return this.step(node, `torch.cat((${names}), ${along})`, order);
      }
      default:
        return this.reshaping(node, first);
    }
  }

  /** What reads all elements in one order, and what reads images. */
  private reshaping(node: GraphNode, first: Value): void {
    const { order } = first;
    const image = { name: turned(first, usualOrder(order.length)), order: usualOrder(order.length) };
    const plain = turned(first, plainOrder(order.length));
    switch (node.op) {
      case 'flatten':
        return this.step(node, `torch.flatten(${plain}, 1)`, plainOrder(2));
      case 'reshape': {
        const { shape } = node.attributes;
        // One size may be left open: that of the batch, unless the shape leaves one itself.
        const batch = shape.includes(-1) ? `${first.name}.shape[${order.indexOf(0)}]` : '-1';
        const sizes = [batch, ...shape].join(', ');
        return this.step(node, `${plain}.reshape(${sizes})`, plainOrder(shape.length + 1));
      }
      case 'upsampling':
      case 'resizing':
        return this.step(node, resized(node, image), IMAGE_ORDER);
      case 'maxPool':
      case 'averagePool':
        return this.step(node, pooled(node, image), IMAGE_ORDER);
      case 'globalAveragePool':
      case 'globalMaxPool': {
        const { keepDims } = node.attributes;
        const kept = keepDims ? ', keepdim=True' : '';
        const word = node.op === 'globalMaxPool' ? 'amax' : 'mean';
        return this.step(node, `${image.name}.${word}((2, 3)${kept})`, usualOrder(keepDims ? 4 : 2));
      }
      default:
        throw new NotInWords(
          `its operator ${node.op === 'opaque' ? node.attributes.type : node.op} has no words yet`,
        );
    }
  }

  /** Another order of the same tensor: only the graph's axes are called otherwise. */
  private turn(node: NodeOf<'permute'>, { name, order }: Value): void {
    const from = [0, ...node.attributes.order];
    this.values.set(outputOf(node), { name, order: order.map((axis) => from.indexOf(axis)) });
  }

  private block(block: NamedBlock, sum: GraphNode): void {
    const { name } = block;
    const node = (path: string): GraphNode | undefined => lookupOf(this.source.graph).node(path);
    const square = node(name);
    if (square?.op !== 'conv2d') throw new NotInWords('a block of it has no square convolution');
    const sizesOf = (key: string): readonly number[] | undefined =>
      this.source.keys.get(join(name, key))?.shape;
    const path = this.own(name);
    const words = blockWords({ block, node, inputs: this.channelsOf(inputOf(square)), sizesOf });
    this.declare(path, words);
    const input = turned(this.value(this.inputOfBlock(sum)), IMAGE_ORDER);
    this.step(sum, `at(${pythonString(path)})(${input})`, IMAGE_ORDER);
  }

  /** A module and its call. */
  private layer(node: GraphNode, words: ModuleWords, input: Value = this.value(inputOf(node))): void {
    const module = this.source.pathOf(node);
    for (const role of Object.keys(node.parameters)) this.own(this.source.keyOf(node, role), module);
    const path = this.own(module);
    this.declare(path, words);
    this.step(node, `at(${pythonString(path)})(${turned(input, words.order)})`, words.order);
  }

  /** A module that computes twice is one module. */
  private declare(
    path: string,
    { made, tensors }: { readonly made: string; readonly tensors: Shapes },
  ): void {
    if (this.declared.has(path)) return;
    this.declared.add(path);
    this.layers.push(`add(self, ${pythonString(path)}, ${made})`);
    for (const [key, shape] of tensors) this.tensors.set(join(path, key), shape);
  }

  private convolution(node: NodeOf<'conv2d'>): void {
    const image = { name: turned(this.value(inputOf(node)), IMAGE_ORDER), order: IMAGE_ORDER };
    const { words, before } = convolutionModule(node, this.channelsOf(inputOf(node)));
    const input = before ? { name: padded(image, before), order: IMAGE_ORDER } : image;
    this.layer(node, words, input);
  }

  private dense(node: NodeOf<'dense'>): void {
    if (this.source.matrices.has(tensorNameOf(node, 'kernel')))
      throw new NotInWords('a matrix of it is a parameter by itself');
    const input = inputOf(node);
    this.layer(node, linearModule(node, this.channelsOf(input), this.rank(input)));
  }

  private prelu(node: NodeOf<'prelu'>): void {
    const slopes = this.source.slopesOf(tensorNameOf(node, 'alpha'));
    this.layer(node, preluModule(node, slopes, this.channels(node), this.rank(inputOf(node))));
  }

  private channels(node: GraphNode): number {
    return this.channelsOf(outputOf(node));
  }

  private channelsOf(value: string): number {
    const channels = this.source.graph.shapes.get(value)?.at(-1);
    if (typeof channels !== 'number') throw new NotInWords('a number of channels is unknown');
    return channels;
  }

  private rank(value: string): number {
    const rank = this.source.graph.shapes.get(value)?.length;
    if (rank === undefined) throw new NotInWords('a shape within it is unknown');
    return rank;
  }

  private step(node: GraphNode, text: string, order: readonly number[]): void {
    const name = `x${this.steps.length + 1}`;
    this.steps.push(`${name} = ${text}`);
    this.values.set(outputOf(node), { name, order });
  }

  private value(name: string): Value {
    const value = this.values.get(name);
    if (!value) throw new NotInWords('a value within it is made by no step');
    return value;
  }

  /**
   * A path without what the file has before all of them.
   * @param module the module it must be directly in
   */
  private own(path: string, module?: string): string {
    const { prefix } = this.source;
    const own = path.startsWith(prefix) ? path.slice(prefix.length) : path;
    // Names come from a file and go into source text.
    if (!/^\w+(\.\w+)*$/.test(own)) throw new NotInWords(`it has a name that is none in Python`);
    if (module !== undefined && path.slice(0, Math.max(0, path.lastIndexOf('.'))) !== module)
      throw new NotInWords('weights of one layer are in different modules');
    return own;
  }

  private isTaken(path: string): boolean {
    const dot = Math.max(0, path.lastIndexOf('.'));
    return this.declared.has(path.slice(0, dot)) && ATTRIBUTES.has(path.slice(dot + 1));
  }

  /**
   * Strict loading wants a place for every tensor of the file, and a tensor in it for all that the modules have.
   * @returns lines that make places for what no layer has
   */
  private idle(): string[] {
    const { keys, prefix } = this.source;
    for (const [key, shape] of this.tensors) {
      const stored = keys.get(prefix + key);
      if (!stored && key.endsWith(`.${counter}`)) continue;
      if (stored?.shape.join() !== shape.join())
        throw new NotInWords(`its layers have other weights than the file: ${key}`);
    }
    const lines: string[] = [];
    for (const [key, { shape, dtype }] of keys) {
      if (!key.startsWith(prefix)) continue;
      const path = this.own(key);
      if (this.tensors.has(path)) continue;
      if (this.isTaken(path)) throw new NotInWords(`its layers have no place for ${path}`);
      lines.push(
        `keep(self, ${pythonString(path)}, (${shape.map((size) => `${size}, `).join('')}), torch.${dtype})`,
      );
    }
    return lines;
  }
}

/** What PyTorch's modules have attributes of, used or not: no tensor can be put there. */
const ATTRIBUTES: ReadonlySet<string> = new Set(['weight', 'bias', 'running_mean', 'running_var', counter]);
