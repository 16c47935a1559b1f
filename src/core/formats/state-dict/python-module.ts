import type { Graph, GraphNode, NodeOf } from '../../graph/graph';
import type { BatchNormAttributes } from '../../graph/ops/batch-norm';
import type { Sides } from '../../graph/padding';
import { namedBlocks, type NamedBlock } from './block-names';
import { head, loaderFor } from './python-text';

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
}

/** A value in the generated forward pass; an image may stand with its axes turned, which PyTorch's never do. */
interface Value {
  readonly name: string;
  readonly turned?: 'nchw' | 'channels first';
}

/**
 * Source text of an `nn.Module`, made of stock PyTorch, that is this network and loads this file with `strict=True`.
 * @returns undefined for a network with operators that are not put into words
 */
export function pythonModule(source: ModuleSource): string | undefined {
  const writer = new ModuleWriter(source);
  try {
    for (const node of source.graph.nodes) writer.add(node);
    return writer.text();
  } catch (error) {
    if (error instanceof NotInWords) return undefined;
    throw error;
  }
}

class NotInWords extends Error {}

class ModuleWriter {
  private readonly layers: string[] = [];
  private readonly steps: string[] = [];
  private readonly values = new Map<string, Value>();
  private readonly blocks: ReadonlyMap<string, NamedBlock>;
  private readonly norms: ReadonlySet<string>;

  constructor(private readonly source: ModuleSource) {
    this.blocks = namedBlocks(source.graph);
    this.norms = new Set([...this.blocks.values()].flatMap(({ norm }) => (norm ? [norm.name] : [])));
  }

  text(): string {
    const { label, graph, file, way, prefix } = this.source;
    const outputs = graph.outputs.map((value) => this.value(value).name);
    return [
      head(label, file, this.blocks.size > 0),
      'class Network(nn.Module):',
      `    """${label}."""`,
      '',
      '    def __init__(self):',
      '        super().__init__()',
      ...this.layers.map((line) => `        ${line}`),
      '',
      '    def forward(self, x):',
      '        at = self.get_submodule',
      ...this.steps.map((line) => `        ${line}`),
      `        return ${outputs.join(', ')}`,
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

  /** The block a node is part of: its parts have names that begin alike. */
  private blockOf({ name }: GraphNode): NamedBlock | undefined {
    const owner = this.blocks.get(name) ?? this.blocks.get(/^(.*)_acb_/.exec(name)?.[1] ?? '');
    if (owner) return owner;
    return this.norms.has(name)
      ? [...this.blocks.values()].find(({ norm }) => norm?.name === name)
      : undefined;
  }

  private plain(node: GraphNode): void {
    switch (node.op) {
      case 'input':
        this.values.set(node.outputs[0], { name: 'x' });
        break;
      case 'conv2d':
        this.layer(node, this.convolution(node));
        break;
      case 'batchNorm':
        this.layer(node, `nn.BatchNorm2d(${this.channels(node)}, ${norm(node.attributes)})`);
        break;
      case 'dense': {
        const inputs = this.source.graph.shapes.get(node.inputs[0])?.at(-1);
        const bias = node.parameters.bias ? 'True' : 'False';
        this.layer(node, `nn.Linear(${inputs}, ${node.attributes.units}, bias=${bias})`);
        break;
      }
      default:
        this.function(node);
    }
  }

  private function(node: GraphNode): void {
    const [first] = node.inputs.map((value) => this.value(value));
    const { name, turned } = first;
    if (node.op === 'permute') this.turn(node, first);
    else if (node.op === 'zeroPadding' && turned === 'channels first') {
      const { top, bottom } = node.attributes.sides;
      this.step(node, `F.pad(${name}, (0, 0, 0, 0, ${top}, ${bottom}))`, turned);
    } else if (node.op === 'flatten' && turned === 'nchw') this.step(node, `torch.flatten(${name}, 1)`);
    else if (turned !== undefined) throw new NotInWords();
    else this.step(node, this.expression(node));
  }

  private expression(node: GraphNode): string {
    const names = node.inputs.map((value) => this.value(value).name);
    const [name] = names;
    if (node.op === 'relu' || node.op === 'relu6') return `F.${node.op}(${name})`;
    if (node.op === 'add') return names.join(' + ');
    if (node.op === 'globalAveragePool' && !node.attributes.keepDims) return `${name}.mean((2, 3))`;
    if (node.op !== 'maxPool') throw new NotInWords();
    const { poolSize, strides, padding } = node.attributes;
    const [vertical, horizontal] = zeros(padding === 'valid' ? undefined : padding);
    if (Math.max(...poolSize) === 1) return `${name}[:, :, ::${strides[0]}, ::${strides[1]}]`;
    return `F.max_pool2d(${name}, (${poolSize.join(', ')}), (${strides.join(', ')}), (${vertical}, ${horizontal}))`;
  }

  private turn(node: NodeOf<'permute'>, value: Value): void {
    const order = node.attributes.order.join();
    if (order === '3,1,2' && !value.turned) this.values.set(node.outputs[0], { ...value, turned: 'nchw' });
    else if (order === '3,2,1' && value.turned !== 'nchw') {
      const turned = value.turned ? undefined : ('channels first' as const);
      this.values.set(node.outputs[0], { ...value, turned });
    } else throw new NotInWords();
  }

  private block({ name, norm: kept, row, column }: NamedBlock, sum: GraphNode): void {
    const node = (path: string): GraphNode | undefined =>
      this.source.graph.nodes.find((candidate) => candidate.name === path);
    const square = node(name);
    const sides = [node(`${name}_acb_hor_bn`), node(`${name}_acb_ver_bn`)];
    // A block without batch norms, or with γ and β missing, is somebody else's.
    if (square?.op !== 'conv2d' || !kept || sides.some((side) => side?.op !== 'batchNorm'))
      throw new NotInWords();
    const { kernelSize, filters, strides, dilations, groups, padding } = square.attributes;
    const [vertical, horizontal] = zeros(padding);
    const pairs = [kernelSize, strides, [vertical, horizontal], dilations].map(
      (pair) => `(${pair.join(', ')})`,
    );
    const settings = `groups=${groups}, bias=${square.parameters.bias ? 'True' : 'False'}`;
    const inputs = this.inputChannels(square);
    const where = `row=${row}, column=${column}`;
    const path = this.own(name);
    const values = `${inputs}, ${filters}, ${pairs.join(', ')}, ${settings}, ${where}, ${norm(kept.attributes)}`;
    this.layers.push(`add(self, "${path}", AsymmetricBlock(${values}))`);
    this.step(sum, `at("${path}")(${this.value(square.inputs[0]).name})`);
  }

  private layer(node: GraphNode, made: string): void {
    const path = this.own(this.source.pathOf(node));
    this.layers.push(`add(self, "${path}", ${made})`);
    this.step(node, `at("${path}")(${this.value(node.inputs[0]).name})`);
  }

  private convolution(node: NodeOf<'conv2d'>): string {
    const { kernelSize, filters, strides, dilations, groups, padding } = node.attributes;
    const [vertical, horizontal] = zeros(padding);
    const pairs = [kernelSize, strides, [vertical, horizontal], dilations].map(
      (pair) => `(${pair.join(', ')})`,
    );
    const bias = node.parameters.bias ? 'True' : 'False';
    return `nn.Conv2d(${this.inputChannels(node)}, ${filters}, ${pairs.join(', ')}, groups=${groups}, bias=${bias})`;
  }

  private inputChannels(node: NodeOf<'conv2d'>): number {
    return this.channelsOf(node.inputs[0]);
  }

  private channels(node: GraphNode): number {
    return this.channelsOf(node.outputs[0]);
  }

  private channelsOf(value: string): number {
    const channels = this.source.graph.shapes.get(value)?.at(-1);
    if (typeof channels !== 'number') throw new NotInWords();
    return channels;
  }

  private step(node: GraphNode, text: string, turned?: Value['turned']): void {
    const name = `x${this.steps.length + 1}`;
    this.steps.push(`${name} = ${text}`);
    this.values.set(node.outputs[0], turned ? { name, turned } : { name });
  }

  private value(name: string): Value {
    const value = this.values.get(name);
    if (!value) throw new NotInWords();
    return value;
  }

  /** A path without what the file has before all of them. */
  private own(path: string): string {
    const { prefix } = this.source;
    const own = path.startsWith(prefix) ? path.slice(prefix.length) : path;
    // Names come from a file and go into source text.
    if (!/^\w+(\.\w+)*$/.test(own)) throw new NotInWords();
    return own;
  }
}

function norm({ epsilon, momentum }: BatchNormAttributes): string {
  return `eps=${epsilon}, momentum=${Number((1 - momentum).toPrecision(12))}`;
}

/** Zeros above and on the left; those below and on the right are as many in every known architecture. */
function zeros(padding: Sides | 'same' | 'valid' | undefined): readonly [number, number] {
  if (padding === undefined || padding === 'valid') return [0, 0];
  if (padding === 'same' || padding.top !== padding.bottom || padding.left !== padding.right)
    throw new NotInWords();
  return [padding.top, padding.left];
}
