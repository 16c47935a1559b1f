import { outputOf, tensorNameOf } from '../graph/node';
import type { Checkpoint } from '../checkpoint';
import { UserError } from '../errors';
import { consumersOf } from '../graph/build';
import type { Graph, GraphNode, NodeOf } from '../graph/graph';
import { lookupOf } from '../graph/lookup';
import { isFloat } from '../tensor/dtype';
import { findBlocks } from './blocks';
import { matchesGlobs, matchesNames, type Globs } from './glob';
import type { AcbBlock, Site } from './types';
import { callsByLayer, isSameLayer, ownersOf } from './shared';
import { convWindow, inputSizeOf, needsInputSize } from './window';

/** Kernels up to this size are converted when nobody chooses: what the paper's repository does. */
const LARGEST_DEFAULT_KERNEL = 7;

/** What is asked again and again while looking at one graph. */
interface Surroundings {
  readonly graph: Graph;
  readonly checkpoint: Checkpoint;
  readonly consumers: ReadonlyMap<string, readonly GraphNode[]>;
  /** Nodes that hold each tensor. */
  readonly owners: ReadonlyMap<string, readonly GraphNode[]>;
  /** Values behind which a batch norm is reached before another layer with a kernel. */
  readonly leading: ReadonlySet<string>;
}

/**
 * Every two-dimensional convolution of the network, in graph order: plain ones with whether they could become
 * an ACB, and blocks (under their square convolution's name). Empty without a graph.
 */
export function findSites(checkpoint: Checkpoint): Site[] {
  const { graph } = checkpoint;
  if (!graph) return [];
  const consumers = consumersOf(graph);
  const around: Surroundings = {
    graph,
    checkpoint,
    consumers,
    owners: ownersOf(graph),
    leading: valuesBeforeNorms(graph, consumers),
  };
  const callsOf = callsByLayer(graph.nodes.filter((node) => node.op === 'conv2d'));
  const blocks = findBlocks(graph, checkpoint.tensors);
  const blockOf = new Map(blocks.map((block) => [block.square.conv.name, block]));
  const branches = new Set(
    blocks.flatMap(({ nodes, square }) => [...nodes].filter((name) => name !== square.conv.name)),
  );
  return graph.nodes
    .filter((node) => node.op === 'conv2d')
    .filter((node) => !branches.has(node.name))
    .flatMap((conv) => {
      const [first = conv, ...more] = callsOf.get(conv) ?? [];
      if (first !== conv) return [];
      const calls: Site['calls'] = [first, ...more];
      const block = blockOf.get(conv.name);
      return block ? blockSite(block, calls) : plainSite(calls, around);
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
    throw new UserError('no convolution has that name', { found: unmatched, expected: namesOf(sites) });
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

function blockSite(block: AcbBlock, calls: Site['calls']): Site {
  const { conv, batchNorm } = block.square;
  return {
    name: conv.name,
    conv,
    calls,
    norms: batchNorm ? [batchNorm] : [],
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

function plainSite(calls: Site['calls'], around: Surroundings): Site {
  const [conv] = calls;
  const norms = absorbedNorms(calls, around);
  const kernel = conv.attributes.kernelSize;
  const obstacle = obstacleOf(calls, around);
  const large = Math.max(...kernel) > LARGEST_DEFAULT_KERNEL;
  const leads = calls.some(({ outputs }) => outputs.some((value) => around.leading.has(value)));
  const isFrozen = conv.frozen === 'layer';
  const later = large
    ? `larger than ${LARGEST_DEFAULT_KERNEL}: converted only when named`
    : isFrozen
      ? 'frozen: converted only when named'
      : undefined;
  return {
    name: conv.name,
    conv,
    calls,
    kernel,
    kind: 'plain',
    batchNorm: norms.length > 0 ? 'absorbed' : leads ? 'separate' : 'none',
    absorbs: norms.at(0),
    norms,
    eligible: obstacle === undefined,
    reason: obstacle ?? later,
    selected: obstacle === undefined && later === undefined,
    ...(isFrozen && obstacle === undefined && !large && { isOnlyFrozen: true }),
  };
}

/** Sites as they are where frozen layers are trained too: a convolution that is only frozen is converted like any other. */
export function thawedSites(sites: readonly Site[]): Site[] {
  return sites.map(({ isOnlyFrozen, ...site }) =>
    isOnlyFrozen ? { ...site, reason: undefined, selected: true } : site,
  );
}

/** Why a convolution cannot become a block; undefined when it can. */
function obstacleOf(calls: Site['calls'], around: Surroundings): string | undefined {
  const [conv] = calls;
  const [height, width] = conv.attributes.kernelSize;
  const other = around.checkpoint.loose?.otherBlocks.get(conv.name);
  if (other !== undefined) return `part of a block of another kind, ${other}: recognised, and no ACB`;
  if (height === 1 && width === 1) return '1×1 kernel';
  if (height === 1 || width === 1) return `a ${height} × ${width} kernel is already one-dimensional`;
  return weightObstacle(calls, around) ?? alignmentObstacle(calls, around);
}

function weightObstacle(calls: Site['calls'], { checkpoint, owners }: Surroundings): string | undefined {
  const [conv] = calls;
  const own = new Set<GraphNode>(calls);
  const users = Object.values(conv.parameters).map((name) => owners.get(name) ?? []);
  const foreign = users.map(firstForeign).find((node) => node !== undefined);
  if (foreign) return `its weights are shared with ${foreign.name}, which is not a convolution`;
  const other = users.map((nodes) => nodes.find((node) => !own.has(node))).find((node) => node !== undefined);
  if (other) return `its weights are shared with ${other.name}, which differs otherwise`;
  const dtype = checkpoint.tensors.get(tensorNameOf(conv, 'kernel'))?.dtype;
  if (dtype && !isFloat(dtype)) return `its weights are quantised (${dtype}): dequantise first`;
  return undefined;
}

const foreigners = new WeakMap<readonly GraphNode[], GraphNode | undefined>();

/** The first that is not a convolution; looked for once among the users of each tensor. */
function firstForeign(users: readonly GraphNode[]): GraphNode | undefined {
  if (!foreigners.has(users))
    foreigners.set(
      users,
      users.find((node) => node.op !== 'conv2d'),
    );
  return foreigners.get(users);
}

/** With an unknown size a strided "same" takes a selector, and that takes groups. */
function alignmentObstacle(calls: Site['calls'], { graph, checkpoint }: Surroundings): string | undefined {
  if (checkpoint.rules.groups) return undefined;
  const isOpen = calls.some((conv) => needsInputSize(convWindow(conv), inputSizeOf(conv, graph.shapes)));
  return isOpen
    ? 'input size unknown: "same" padding with a stride depends on it; pass --input-size'
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
    .get(outputOf(conv))
    ?.find((node) => node.origin?.part === 'activation' && node.origin.layer === origin.layer);
}

/**
 * The batch norm that is each call's single direct consumer, one layer that belongs only to the convolution.
 * Empty if there is none.
 */
function absorbedNorms(calls: Site['calls'], { graph, consumers, owners }: Surroundings): Site['norms'] {
  const norms = calls.flatMap((call) => {
    const value = outputOf(call);
    const [reader, ...others] = consumers.get(value) ?? [];
    const alone = others.length === 0 && !lookupOf(graph).isOutput(value);
    return alone && reader?.op === 'batchNorm' ? [reader] : [];
  });
  const [layer] = norms;
  if (!layer || norms.length < calls.length || norms.some((norm) => !isSameLayer(norm, layer))) return [];
  const users = Object.values(layer.parameters).map((name) => owners.get(name) ?? []);
  return users.every(({ length }) => length === norms.length) ? norms : [];
}

const PASSING: ReadonlySet<string> = new Set([
  ...[
    'relu',
    'sigmoid',
    'identity',
    'dropout',
    'noise',
    'add',
    'maxPool',
    'averagePool',
    'zeroPadding',
    'cropping',
  ],
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
  ...['minimum', 'concatenate', 'slice', 'upsampling', 'resizing', 'opaque'],
]);

/** Values from which a batch norm is reached before another layer with a kernel. */
function valuesBeforeNorms(
  { nodes }: Graph,
  consumers: ReadonlyMap<string, readonly GraphNode[]>,
): ReadonlySet<string> {
  const leading = new Set<string>();
  // From the end: of what reads a value everything is known then.
  for (const { outputs } of [...nodes].reverse()) {
    for (const value of outputs) {
      const leads = (consumers.get(value) ?? []).some(
        ({ op, outputs: made }) =>
          op === 'batchNorm' || (PASSING.has(op) && made.some((next) => leading.has(next))),
      );
      if (leads) leading.add(value);
    }
  }
  return leading;
}
