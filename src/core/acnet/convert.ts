import { inputOf, outputOf, tensorNameOf } from '../graph/node';
import { item } from '../item';
import type { Checkpoint } from '../checkpoint';
import { UnsupportedError } from '../errors';
import { consumersOf } from '../graph/build';
import type { Graph, GraphNode, HowTrained, NodeOf } from '../graph/graph';
import type { BatchNormAttributes } from '../graph/ops/batch-norm';
import { sizeOf } from '../tensor/tensor';
import { alignerFor, type Aligner } from './align';
import { requireFiniteWeights } from './finite';
import { BATCH_NORM_TENSORS, constant, isUnmeasured, parameterOf, unitVariance, vector } from './norm';
import { rewriting, type Rewriting } from './rewrite';
import { drawnKernel } from './scratch';
import { innerActivation } from './sites';
import type { Site } from './types';
import type { Branches, Variant } from '../../shared/choices';
import { branchWindow, convWindow, landing, type Direction } from './window';

/** What is converted into blocks, and how the new branches begin. */
export interface ConvertOptions {
  /** What to convert, from `findSites` of the same checkpoint. */
  readonly sites: readonly Site[];
  readonly variant: Variant;
  /** `paper` makes the square branch new too, as `drawWeights` makes it. */
  readonly branches: Branches;
  /** Of the random kernels. */
  readonly seed: number;
  /** γ of all three branches under `paper`; 1 (the paper) when absent. */
  readonly gamma?: number;
}

/** A converted checkpoint and what a person or a training must know of it. */
export interface Conversion {
  readonly checkpoint: Checkpoint;
  /** Names of the square convolutions of the new blocks, in graph order. */
  readonly converted: string[];
  /** Batch norms whose statistics are placeholders until they are measured (`calibrationValues`). */
  readonly fresh: string[];
  readonly warnings: string[];
}

/** What the steps of one conversion share. */
interface Work {
  readonly source: Checkpoint;
  readonly graph: Graph;
  readonly rewrite: Rewriting;
  readonly consumers: ReadonlyMap<string, readonly GraphNode[]>;
  readonly options: ConvertOptions;
  readonly fresh: string[];
  /** New layers by what they were to be called. */
  readonly layers: Map<string, string>;
}

/** One call of a site. */
interface Call {
  readonly site: Site;
  readonly conv: NodeOf<'conv2d'>;
  /** Its number among the site's calls. */
  readonly number: number;
}

/**
 * Turns convolutions into asymmetric convolution blocks. With `zero` the new branches have γ = 0, so the
 * network computes what it did before. The checkpoint given is left as it was.
 * @throws UserError on weights that are not finite numbers, or a site that is not eligible.
 */
export function convertToAcnet(checkpoint: Checkpoint, options: ConvertOptions): Conversion {
  const { work, sites } = begin(checkpoint, options);
  for (const call of callsOf(sites, work.graph)) convertCall(call, work);
  return {
    checkpoint: work.rewrite.done(),
    converted: sites.map(({ name }) => name),
    fresh: work.fresh,
    warnings: warningsOf(sites),
  };
}

/** A network with batch norms that it did not have. */
export interface WithNorms {
  readonly checkpoint: Checkpoint;
  /** Names of the convolutions that got one, in graph order. */
  readonly layers: readonly string[];
  /** The batch norms; their statistics are placeholders. */
  readonly fresh: readonly string[];
}

/**
 * Gives convolutions without a batch norm the one that `convertToAcnet` gives their blocks with the same options, and no
 * branches: what a network with these blocks is to be compared with.
 */
export function insertNorms(checkpoint: Checkpoint, options: ConvertOptions): WithNorms {
  const without = options.sites.filter(({ norms }) => norms.length === 0);
  const { work, sites } = begin(checkpoint, { ...options, sites: without });
  for (const call of callsOf(sites, work.graph)) {
    const square = insertSquare(call, work.rewrite.current(inputOf(call.conv)), work);
    work.rewrite.insertAfter(square.after, square.nodes);
    work.rewrite.rewire(square.end, square.value);
    splitActivation(call, square.value, work);
  }
  return { checkpoint: work.rewrite.done(), layers: sites.map(({ name }) => name), fresh: work.fresh };
}

/** @returns what the steps share, and the sites in the order of the graph */
function begin(checkpoint: Checkpoint, options: ConvertOptions): { work: Work; sites: readonly Site[] } {
  const { graph } = checkpoint;
  if (!graph)
    throw new UnsupportedError('a weights-only file cannot be converted: it has no network', {
      path: checkpoint.path,
    });
  requireFiniteWeights(checkpoint);
  const order = orderOf(graph);
  const sites = [...options.sites].sort((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
  sites.forEach(requireEligible);
  const work: Work = {
    source: checkpoint,
    graph,
    rewrite: rewriting(checkpoint, graph),
    consumers: consumersOf(graph),
    options,
    fresh: [],
    layers: new Map(),
  };
  return { work, sites };
}

/** Calls of one site may read what another one makes, so all go in the order of the graph. */
function callsOf(sites: readonly Site[], graph: Graph): Call[] {
  const order = orderOf(graph);
  const calls = sites.flatMap((site) => site.calls.map((conv, number) => ({ site, conv, number })));
  return calls.sort((a, b) => (order.get(a.conv.name) ?? 0) - (order.get(b.conv.name) ?? 0));
}

function orderOf({ nodes }: Graph): ReadonlyMap<string, number> {
  return new Map(nodes.map(({ name }, index) => [name, index]));
}

function warningsOf(sites: readonly Site[]): string[] {
  const without = sites.filter(({ absorbs }) => !absorbs).length;
  if (without === 0) return [];
  const subject = without === 1 ? '1 convolution has' : `${without} convolutions have`;
  return [
    `${subject} no batch norm directly behind: the inserted one holds placeholder statistics until it is calibrated on data`,
  ];
}

function requireEligible({ name, eligible, reason }: Site): void {
  if (eligible) return;
  throw new UnsupportedError('a convolution cannot become a block', { where: name, found: reason });
}

function convertCall(call: Call, work: Work): void {
  const { site, conv, number } = call;
  const { rewrite, graph } = work;
  const input = rewrite.current(inputOf(conv));
  const norm = site.norms.at(number);
  const square = norm ? keepSquare(norm, call, input, work) : insertSquare(call, input, work);
  const { row, column } = landing(work.options.variant, site.kernel);
  const channels = channelsInto(conv, work);
  const { name, calls } = site;
  const aligner = alignerFor({ name, conv, calls, input, channels, shapes: graph.shapes, rewrite });
  const horizontal = addBranch({ call, aligner, direction: 'horizontal', index: row }, work);
  const vertical = addBranch({ call, aligner, direction: 'vertical', index: column }, work);
  const sumName = rewrite.freeName(`${name}_acb_add`);
  const sum: NodeOf<'add'> = {
    name: sumName,
    op: 'add',
    attributes: {},
    inputs: [square.value, horizontal.value, vertical.value],
    outputs: [sumName],
    parameters: {},
  };
  const before = [...square.nodes, ...aligner.shared];
  rewrite.insertAfter(square.after, [...before, ...horizontal.nodes, ...vertical.nodes, sum]);
  rewrite.rewire(square.end, sumName);
  splitActivation(call, sumName, work);
}

/** A node of a new layer: its name, and the layer's, which that of the first call is. */
interface NewNode {
  readonly name: string;
  readonly layer: string;
  readonly isFirst: boolean;
}

function newNode(wanted: string, call: number, { rewrite, layers }: Work): NewNode {
  const known = layers.get(wanted);
  const layer = known ?? rewrite.freeName(wanted);
  layers.set(wanted, layer);
  // As a reader names the further calls of a layer.
  const name = known === undefined ? layer : rewrite.freeName(`${layer}:${call}`);
  return { name, layer, isFirst: known === undefined };
}

/** The square branch: nodes to insert, behind which node, the value it makes and the value it used to end in. */
interface Square {
  readonly nodes: readonly GraphNode[];
  readonly after: string;
  readonly value: string;
  readonly end: string;
}

function keepSquare(
  batchNorm: NodeOf<'batchNorm'>,
  { site, conv, number }: Call,
  input: string,
  work: Work,
): Square {
  const { rewrite, source, options } = work;
  rewrite.replace(conv.name, { ...conv, inputs: [input] });
  if (options.branches === 'paper') {
    drawKernel(conv, work);
    if (conv.parameters.bias) rewrite.setTensor(constant(conv.parameters.bias, conv.attributes.filters, 0));
    const layer = item(site.norms, 0).name;
    rewrite.replace(batchNorm.name, startNorm(batchNorm, layer, conv.attributes.filters, work));
  }
  const isFresh = options.branches === 'paper' || isUnmeasured(batchNorm, source.tensors);
  if (number === 0 && isFresh) work.fresh.push(batchNorm.name);
  const value = outputOf(batchNorm);
  return { nodes: [], after: batchNorm.name, value, end: value };
}

/** A batch norm as training from scratch wants it, under its own tensor names. */
function startNorm(
  batchNorm: NodeOf<'batchNorm'>,
  layer: string,
  channels: number,
  { rewrite, options }: Work,
): NodeOf<'batchNorm'> {
  const { gamma = 1 } = options;
  const values = { gamma, beta: 0, mean: 0, variance: 1 };
  const parameters: Record<string, string> = { ...batchNorm.parameters };
  if (gamma !== 1) parameters.gamma ??= `${layer}/gamma`;
  for (const role of ['gamma', 'beta', 'mean', 'variance'] as const) {
    if (parameters[role]) rewrite.setTensor(constant(parameters[role], channels, values[role]));
  }
  return { ...batchNorm, parameters };
}

/** Gives a convolution a batch norm of its own that takes over its bias and changes nothing. */
function insertSquare({ site, conv, number }: Call, input: string, work: Work): Square {
  const { rewrite, source, options } = work;
  const { filters } = conv.attributes;
  const bias = parameterOf(conv, 'bias', source.tensors) ?? new Float32Array(filters);
  const random = options.branches === 'paper';
  rewrite.replace(conv.name, {
    ...conv,
    inputs: [input],
    parameters: { kernel: tensorNameOf(conv, 'kernel') },
  });
  if (random) drawKernel(conv, work);
  const like = source.rules.norm;
  const node = newNode(`${site.name}_acb_bn`, number, work);
  const batchNorm = newNorm(node, conv, like, work, {
    gamma: new Float32Array(filters).fill(random ? (options.gamma ?? 1) : 1),
    beta: random ? new Float32Array(filters) : bias,
    variance: random ? 1 : unitVariance(like.epsilon),
  });
  return { nodes: [batchNorm], after: conv.name, value: outputOf(batchNorm), end: outputOf(conv) };
}

interface BranchPlan {
  readonly call: Call;
  readonly aligner: Aligner;
  readonly direction: Direction;
  /** Row or column on which the branch lands. */
  readonly index: number;
}

interface MadeBranch {
  readonly nodes: readonly GraphNode[];
  readonly value: string;
}

function addBranch({ call, aligner, direction, index }: BranchPlan, work: Work): MadeBranch {
  const { site, conv, number } = call;
  const { options } = work;
  const { filters } = conv.attributes;
  const stem = `${site.name}_acb_${direction === 'horizontal' ? 'hor' : 'ver'}`;
  const view = aligner.align(direction, index, stem);
  const { name, layer, isFirst } = newNode(stem, number, work);
  const kernelSize = branchWindow(convWindow(conv), direction).kernel;
  const branch: NodeOf<'conv2d'> = {
    name,
    op: 'conv2d',
    attributes: { ...conv.attributes, kernelSize, ...view.window },
    inputs: [view.value],
    outputs: [name],
    parameters: { kernel: `${layer}/kernel` },
    ...trainedAs(conv),
    // A kernel of the same convolution: the file's regulariser holds for it as for the square one.
    ...(conv.penalties?.kernel && { penalties: { kernel: conv.penalties.kernel } }),
  };
  if (isFirst) drawKernel(branch, work, work.source.tensors.get(tensorNameOf(conv, 'kernel'))?.shape[2]);
  const like = site.absorbs?.attributes ?? work.source.rules.norm;
  const batchNorm = newNorm(newNode(`${stem}_bn`, number, work), branch, like, work, {
    gamma: new Float32Array(filters).fill(options.branches === 'paper' ? (options.gamma ?? 1) : 0),
    beta: new Float32Array(filters),
    variance: 1,
  });
  return { nodes: [...view.nodes, branch, batchNorm], value: outputOf(batchNorm) };
}

/** Channels that a convolution reads. */
function channelsInto(conv: NodeOf<'conv2d'>, { source }: Work): number {
  return (source.tensors.get(tensorNameOf(conv, 'kernel'))?.shape[2] ?? 0) * conv.attributes.groups;
}

/** A new kernel of a convolution: what it would be in a network that starts from scratch. */
function drawKernel(conv: NodeOf<'conv2d'>, work: Work, inChannels?: number): void {
  const { rewrite, source, options } = work;
  const { attributes } = conv;
  const name = tensorNameOf(conv, 'kernel');
  const perGroup = inChannels ?? source.tensors.get(name)?.shape[2] ?? 0;
  const shape = [...attributes.kernelSize, perGroup, attributes.filters];
  rewrite.setTensor(drawnKernel(name, shape, sizeOf(shape.slice(0, -1)), options.seed));
}

interface NormValues {
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
  readonly variance: number;
}

/** A block of a frozen convolution is frozen as a whole; where the convolution is called with `training=False` it is too. */
function trainedAs({ frozen, inference }: HowTrained): HowTrained {
  return { ...(frozen === 'layer' && { frozen }), ...(inference && { inference }) };
}

/** A new batch norm of a convolution with mean 0, noted as fresh; a further call of a layer has its tensors. */
function newNorm(
  { name, layer, isFirst }: NewNode,
  conv: NodeOf<'conv2d'>,
  attributes: BatchNormAttributes,
  { rewrite, fresh }: Work,
  { gamma, beta, variance }: NormValues,
): NodeOf<'batchNorm'> {
  const tensorName = (role: keyof typeof BATCH_NORM_TENSORS): string =>
    `${layer}/${BATCH_NORM_TENSORS[role]}`;
  const tensors = {
    gamma: vector(tensorName('gamma'), gamma),
    beta: vector(tensorName('beta'), beta),
    mean: constant(tensorName('mean'), gamma.length, 0),
    variance: constant(tensorName('variance'), gamma.length, variance),
  };
  if (isFirst) {
    Object.values(tensors).forEach((tensor) => rewrite.setTensor(tensor));
    fresh.push(name);
  }
  const parameters = Object.fromEntries(Object.entries(tensors).map(([role, tensor]) => [role, tensor.name]));
  return {
    name,
    op: 'batchNorm',
    attributes,
    inputs: [outputOf(conv)],
    outputs: [name],
    parameters,
    ...trainedAs(conv),
  };
}

/**
 * An activation inside the convolution layer acts after the sum, as a layer of its own. An unknown one stays
 * linked to the layer it was read from: only there it is written what it computes.
 */
function splitActivation({ site, conv }: Call, sum: string, { rewrite, consumers }: Work): void {
  const activation = innerActivation(conv, consumers);
  if (!activation) return;
  const { origin, ...rest } = activation;
  const split = { ...rest, name: rewrite.freeNodeName(`${site.name}_acb_act`), inputs: [sum] };
  rewrite.replace(activation.name, activation.op === 'opaque' ? { ...split, origin } : split);
}
