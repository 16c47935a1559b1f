import type { Checkpoint } from '../checkpoint';
import { UserError } from '../errors';
import { consumersOf } from '../graph/build';
import type { Graph, GraphNode, NodeOf } from '../graph/graph';
import { isFloat } from '../tensor/dtype';
import { findBlocks } from './blocks';
import { matchesGlobs, matchesNames, type Globs } from './glob';
import type { AcbBlock, Site } from './types';
import { convWindow, needsInputSize } from './window';

/** Kernels up to this size are converted when nobody chooses: what the paper's repository does. */
const LARGEST_DEFAULT_KERNEL = 7;

/** What is asked again and again while looking at one graph. */
interface Surroundings {
  readonly graph: Graph;
  readonly checkpoint: Checkpoint;
  readonly consumers: ReadonlyMap<string, readonly GraphNode[]>;
  /** Nodes that hold each tensor. */
  readonly owners: ReadonlyMap<string, readonly GraphNode[]>;
}

/**
 * Every two-dimensional convolution of the network, in graph order: plain ones with whether they could become
 * an ACB, and blocks (under their square convolution's name). Empty without a graph.
 */
export function findSites(checkpoint: Checkpoint): Site[] {
  const { graph } = checkpoint;
  if (!graph) return [];
  const around: Surroundings = {
    graph,
    checkpoint,
    consumers: consumersOf(graph),
    owners: ownersOf(graph),
  };
  const blocks = findBlocks(graph);
  const blockOf = new Map(blocks.map((block) => [block.square.conv.name, block]));
  const branches = new Set(
    blocks.flatMap(({ horizontal, vertical }) => [horizontal.conv.name, vertical.conv.name]),
  );
  return graph.nodes
    .filter((node) => node.op === 'conv2d')
    .filter((node) => !branches.has(node.name))
    .map((conv) => {
      const block = blockOf.get(conv.name);
      return block ? blockSite(block) : plainSite(conv, around);
    });
}

/**
 * Sites to convert, and why the others are not.
 * @param layers names with `*` and `?`, separated by commas, or a list of exact names; every selected site when absent.
 * @throws UserError if a name matches no convolution.
 */
export function chooseSites(
  sites: readonly Site[],
  layers?: string | readonly string[],
): { chosen: Site[]; skipped: { name: string; reason: string }[] } {
  const named = chosenNames(layers);
  const unmatched = named?.patterns.find((pattern) => !sites.some(({ name }) => named.one(pattern, name)));
  if (unmatched !== undefined) {
    throw new UserError('no convolution has that name', { found: unmatched, allowed: namesOf(sites) });
  }
  const chosen: Site[] = [];
  const skipped: { name: string; reason: string }[] = [];
  for (const site of sites) {
    const wanted = named ? named.any(site.name) : site.selected;
    if (wanted && site.eligible) chosen.push(site);
    else skipped.push({ name: site.name, reason: skipReason(site, named !== undefined) });
  }
  return { chosen, skipped };
}

function chosenNames(layers: string | readonly string[] | undefined): Globs | undefined {
  if (layers === undefined) return undefined;
  return typeof layers === 'string' ? matchesGlobs(layers) : matchesNames(layers);
}

function skipReason({ eligible, reason }: Site, named: boolean): string {
  if (!eligible) return reason ?? 'not eligible';
  return named ? 'not among the chosen layers' : (reason ?? 'not selected');
}

function namesOf(sites: readonly Site[]): string {
  const names = sites.map(({ name }) => name);
  return names.slice(0, 8).join(', ') + (names.length > 8 ? ', …' : '');
}

function ownersOf(graph: Graph): ReadonlyMap<string, readonly GraphNode[]> {
  const owners = new Map<string, GraphNode[]>();
  for (const node of graph.nodes) {
    for (const tensor of Object.values(node.parameters)) {
      owners.set(tensor, [...(owners.get(tensor) ?? []), node]);
    }
  }
  return owners;
}

function blockSite(block: AcbBlock): Site {
  const { conv, batchNorm } = block.square;
  return {
    name: conv.name,
    conv,
    kernel: conv.attributes.kernelSize,
    kind: 'acb',
    block,
    batchNorm: batchNorm ? 'absorbed' : 'none',
    absorbs: batchNorm,
    eligible: false,
    reason: 'already an asymmetric convolution block',
    selected: false,
  };
}

function plainSite(conv: NodeOf<'conv2d'>, around: Surroundings): Site {
  const absorbs = absorbedBatchNorm(conv, around);
  const kernel = conv.attributes.kernelSize;
  const obstacle = obstacleOf(conv, around);
  const large = Math.max(...kernel) > LARGEST_DEFAULT_KERNEL;
  const batchNorm = absorbs ? 'absorbed' : leadsToBatchNorm(conv, around) ? 'separate' : 'none';
  return {
    name: conv.name,
    conv,
    kernel,
    kind: 'plain',
    batchNorm,
    absorbs,
    eligible: obstacle === undefined,
    reason:
      obstacle ?? (large ? `larger than ${LARGEST_DEFAULT_KERNEL}: converted only when named` : undefined),
    selected: obstacle === undefined && !large,
  };
}

/** Why a convolution cannot become a block; undefined when it can. */
function obstacleOf(conv: NodeOf<'conv2d'>, around: Surroundings): string | undefined {
  const [height, width] = conv.attributes.kernelSize;
  if (height === 1 && width === 1) return 'a 1 × 1 kernel has no rows and columns to strengthen';
  if (height === 1 || width === 1) return `a ${height} × ${width} kernel is already one-dimensional`;
  return weightObstacle(conv, around) ?? alignmentObstacle(conv, around.graph);
}

function weightObstacle(conv: NodeOf<'conv2d'>, { checkpoint, owners }: Surroundings): string | undefined {
  const names = Object.values(conv.parameters);
  const others = names.flatMap((name) => owners.get(name) ?? []).filter((node) => node.name !== conv.name);
  const foreign = others.find((node) => node.op !== 'conv2d');
  if (foreign) return `its weights are shared with ${foreign.name}, which is no convolution`;
  if (others.length > 0 || (conv.origin?.call ?? 0) > 0) return 'the layer is called at several places';
  const dtype = checkpoint.tensors.get(conv.parameters.kernel)?.dtype;
  if (dtype && !isFloat(dtype)) return `its weights are quantised (${dtype}): dequantise first`;
  return undefined;
}

function alignmentObstacle(conv: NodeOf<'conv2d'>, graph: Graph): string | undefined {
  const shape = graph.shapes.get(conv.inputs[0]);
  return needsInputSize(convWindow(conv), [shape?.[1] ?? null, shape?.[2] ?? null])
    ? 'input size unknown: "same" padding with a stride depends on it'
    : undefined;
}

/** The activation inside a convolution layer: a node of the same layer that reads the convolution. */
export function innerActivation(
  conv: NodeOf<'conv2d'>,
  consumers: ReadonlyMap<string, readonly GraphNode[]>,
): GraphNode | undefined {
  const { origin } = conv;
  if (!origin) return undefined;
  return consumers
    .get(conv.outputs[0])
    ?.find((node) => node.origin?.part === 'activation' && node.origin.layer === origin.layer);
}

/** The batch norm that is the convolution's single direct consumer, and belongs to it alone. */
function absorbedBatchNorm(
  conv: NodeOf<'conv2d'>,
  { graph, consumers, owners }: Surroundings,
): NodeOf<'batchNorm'> | undefined {
  const value = conv.outputs[0];
  const readers = consumers.get(value) ?? [];
  if (readers.length !== 1 || graph.outputs.includes(value)) return undefined;
  const [reader] = readers;
  if (reader.op !== 'batchNorm' || (reader.origin?.call ?? 0) > 0) return undefined;
  const shared = Object.values(reader.parameters).some((name) => (owners.get(name)?.length ?? 0) > 1);
  return shared ? undefined : reader;
}

const PASSING: ReadonlySet<string> = new Set([
  ...['relu', 'sigmoid', 'identity', 'dropout', 'add', 'maxPool', 'averagePool', 'zeroPadding', 'cropping'],
  ...[
    'relu6',
    'leakyRelu',
    'prelu',
    'boundedRelu',
    'elu',
    'selu',
    'gelu',
    'silu',
    'mish',
    'tanh',
    'softplus',
  ],
  ...['softsign', 'exponential', 'hardSigmoid', 'hardSwish', 'multiply', 'subtract', 'average', 'maximum'],
  ...['minimum', 'concatenate', 'upsampling', 'resizing', 'opaque'],
]);

/** True when a batch norm is reached from the convolution before another layer with a kernel. */
function leadsToBatchNorm(conv: NodeOf<'conv2d'>, { consumers }: Surroundings): boolean {
  const seen = new Set<string>();
  const queue = [...conv.outputs];
  for (let value = queue.pop(); value !== undefined; value = queue.pop()) {
    for (const node of consumers.get(value) ?? []) {
      if (node.op === 'batchNorm') return true;
      if (seen.has(node.name) || !PASSING.has(node.op)) continue;
      seen.add(node.name);
      queue.push(...node.outputs);
    }
  }
  return false;
}
