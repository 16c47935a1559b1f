import { makeGraph } from '../../graph/build';
import type { Graph } from '../../graph/graph';
import { NO_PADDING, type Pair } from '../../graph/padding';
import type { TensorRef } from '../../tensor/tensor';
import { NodeBuilder, type Sliding } from './nodes';
import { normsByName } from './neighbours';
import {
  blockPaths,
  blockUnit,
  convUnit,
  filtersOf,
  join,
  kernelSize,
  modulePaths,
  perGroup,
  type ConvUnit,
  type StateDict,
} from './units';

/** Each convolution by itself: what is known of a network when only its weights are known. */
export interface LooseGraph {
  readonly graph: Graph;
  readonly tensors: ReadonlyMap<string, TensorRef>;
  /** Those that are parts of blocks of another kind, and the kind. */
  readonly otherBlocks: ReadonlyMap<string, string>;
}

/** Modules whose convolutions belong to a block of another kind, and what that is. */
const OTHER_BLOCKS: ReadonlyArray<readonly [pattern: RegExp, kind: string]> = [
  [/(^|\.)dbb_(kxk|1xk|kx1|1x1_avg|id)(\.|$)/, 'DyRep'],
  [/(^|\.)dbb_(origin|1x1|avg|1x1_kxk)(\.|$)/, 'diverse branch block (DBB)'],
  [/(^|\.)rbr_(dense|1x1|identity)(\.|$)/, 'RepVGG'],
  [/(^|\.)rbr_(conv|scale|skip)(\.|$)/, 'MobileOne'],
];

/** Kinds of re-parametrisable blocks in a file that are not this product's, with how many modules each has. */
export function otherBlocks(dict: Pick<StateDict, 'tensors'>): string[] {
  const kinds = new Map<string, Set<string>>();
  for (const path of modulePaths(dict)) {
    const [pattern, kind] = otherBlockOf(path) ?? [];
    if (!pattern || kind === undefined) continue;
    const owners = kinds.get(kind) ?? new Set<string>();
    owners.add(path.slice(0, path.search(pattern)));
    kinds.set(kind, owners);
  }
  return [...kinds].map(([kind, owners]) => `${kind} (${owners.size})`);
}

function otherBlockOf(path: string): (typeof OTHER_BLOCKS)[number] | undefined {
  return OTHER_BLOCKS.find(([pattern]) => pattern.test(path));
}

/** Paths of a file's convolutions, blocks under their own path, in the order of the file. */
export function convolutionPaths(dict: StateDict): string[] {
  const paths = modulePaths(dict);
  const blocks = new Set(blockPaths(dict));
  const isPart = (path: string): boolean =>
    blocks.has(ownerOf(path)) && /(^|\.)(square|hor|ver|fused)_(conv|bn)$/.test(path);
  return [
    ...new Set(
      paths.flatMap((path) => {
        if (isPart(path)) return [ownerOf(path)];
        if (!convUnit(dict, path)) return [];
        return [/(^|\.)fused_conv$/.test(path) ? ownerOf(path) : path];
      }),
    ),
  ];
}

function ownerOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.')));
}

/**
 * A graph of unconnected convolutions, enough to convert and fuse them. Strides are those of pickled modules, else 1;
 * the padding is a placeholder that is wide enough for every branch: neither is in the file, and no weight depends on
 * them.
 * @param assumeNorms whether the batch norm that follows a convolution by name is taken to be just that
 */
export function looseConvolutions(dict: StateDict, assumeNorms: boolean): LooseGraph {
  const builder = new NodeBuilder(dict);
  const paths = convolutionPaths(dict);
  const plain = paths.flatMap((path) => (blockUnit(dict, path) ? [] : (unitOf(dict, path) ?? [])));
  const norms = assumeNorms ? normsByName(dict, plain) : new Map<string, never>();
  const outputs: string[] = [];
  const otherBlocks = new Map<string, string>();
  let before: number | undefined;
  for (const path of paths) {
    const unit = blockUnit(dict, path)?.square.conv ?? unitOf(dict, path);
    if (!unit) continue;
    const [, other] = otherBlockOf(path) ?? [];
    if (other !== undefined) otherBlocks.set(path, other);
    const groups = groupsOf(dict, unit, before);
    const input = `${path}:input`;
    const channels = perGroup(unit, dict.layout) * groups;
    const shape = [null, null, null, channels];
    builder.add({
      name: input,
      op: 'input',
      attributes: { shape },
      inputs: [],
      outputs: [input],
      parameters: {},
    });
    const end = builder.conv(path, norms.get(unit.name), input, slidingOf(dict, unit, groups));
    if (end !== undefined) outputs.push(end);
    before = filtersOf(unit);
  }
  return {
    graph: makeGraph({ nodes: builder.nodes, outputs }, builder.tensors),
    tensors: builder.tensors,
    otherBlocks,
  };
}

function unitOf(dict: StateDict, path: string): ConvUnit | undefined {
  return convUnit(dict, join(path, 'fused_conv')) ?? convUnit(dict, path);
}

/** One input channel per filter, as many as the layer before makes: depthwise. */
function groupsOf(dict: StateDict, unit: ConvUnit, before: number | undefined): number {
  const known = dict.modules.get(unit.name)?.groups;
  if (known !== undefined && known > 0 && filtersOf(unit) % known === 0) return known;
  return perGroup(unit, dict.layout) === 1 && filtersOf(unit) === before ? before : 1;
}

function slidingOf(dict: StateDict, unit: ConvUnit, groups: number): Sliding {
  const settings = dict.modules.get(unit.name);
  const strides = pairOf(settings?.stride) ?? [1, 1];
  const dilations = pairOf(settings?.dilation) ?? [1, 1];
  const [height, width] = kernelSize(unit.weight.shape, dict.layout);
  const vertical = (height - 1) * dilations[0];
  const horizontal = (width - 1) * dilations[1];
  const padding = { ...NO_PADDING, top: vertical, bottom: vertical, left: horizontal, right: horizontal };
  return { strides, dilations, groups, padding };
}

function pairOf(values: readonly number[] | undefined): Pair | undefined {
  const [height = 0, width = 0, ...more] = values ?? [];
  const isPair = more.length === 0 && [height, width].every((value) => value > 0 && value < 1000);
  return isPair ? [height, width] : undefined;
}
