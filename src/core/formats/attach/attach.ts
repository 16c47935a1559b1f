import type { Blueprint } from '../../blueprint';
import type { Checkpoint, Metadata } from '../../checkpoint';
import { CheckpointError, UserError } from '../../errors';
import { consumersOf, makeGraph } from '../../graph/build';
import { isFloat } from '../../tensor/dtype';
import { sizeOf } from '../../tensor/tensor';
import type { AttachedNetwork } from '../state-dict/opened';
import { isMarker } from '../state-dict/landings';
import type { StoredTensor } from '../state-dict/stored';
import type { StateDict } from '../state-dict/units';
import { toFloat32 } from '../../tensor/decode';
import { foldedNorms, type FoldedNorm } from './folded';
import { matchLayers, type Match, type Matching, type Rule } from './match';
import { Names } from './names';
import { rebuild, type Rebuilt } from './rebuild';

/** Most that is listed of something. */
const LISTED = 4;

/** Weights by name, as the file that holds them has them. */
interface DictFile {
  readonly dict: StateDict;
  readonly path: string;
}

/**
 * The network of a model for weights by name: the model's layers, the file's weights.
 * @param how for people: why it is this model
 * @throws CheckpointError naming file and model if the weights are not those of the model's network, or it is unclear which
 *   weights are whose; UserError for a model that has no blueprint
 */
export function networkFrom(model: Checkpoint, { dict, path }: DictFile, how: string): AttachedNetwork {
  const { graph, blueprint } = model;
  if (!blueprint || !graph) {
    throw new UserError('a network is taken from an ONNX model', { path: model.path, found: model.format });
  }
  refuseTraining(model.path, blueprint);
  const { places } = blueprint;
  const work: Matching = {
    dict,
    names: new Names(dict, places),
    graph,
    makers: new Map(graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const))),
    consumers: consumersOf(graph),
    places,
    blueprint,
    tensors: model.tensors,
    path,
    model: fileName(model.path),
  };
  const matches = matchLayers(work);
  const folded = foldedNorms(work, matches);
  const rebuilt = rebuild(work, { matches, folded });
  const idle = idleTensors(work, rebuilt, folded);
  const fixed = new Set([...rebuilt.fixed, ...fixedNumbers(idle, work)]);
  refuseJoined(idle, fixed, work);
  return {
    network: {
      architecture: { label: `network of ${work.model}`, reason: how, prefix: work.names.prefix },
      graph: graphOf(rebuilt, work),
      tensors: rebuilt.tensors,
      notes: rebuilt.notes,
    },
    shared: rebuilt.shared,
    assumedNorms: rebuilt.assumedNorms,
    facts: factsOf(work, matches, folded, how),
    warnings: [...model.warnings.map((text) => `${work.model}: ${text}`), ...idleWarnings(idle, fixed, work)],
    close: () => model.close(),
  };
}

/** Its batch norms would be no layers of the network: weights would be converted that then fit nothing. */
function refuseTraining(path: string, { inTraining }: Blueprint): void {
  if (inTraining === undefined) return;
  throw new CheckpointError('the network was exported in training mode', {
    path,
    found: inTraining,
    expected: 'an export after model.eval()',
  });
}

function graphOf({ nodes, outputs, tensors }: Rebuilt, { path, model }: Matching) {
  try {
    return makeGraph({ nodes, outputs }, tensors);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new CheckpointError(`the weights do not make the network of ${model}: ${error.summary}`, {
      ...error.detail,
      path,
    });
  }
}

function factsOf(
  { model }: Matching,
  matches: ReadonlyMap<string, Match>,
  folded: ReadonlyMap<string, FoldedNorm>,
  how: string,
): Metadata['facts'] {
  const words: Readonly<Record<Rule, string>> = {
    name: 'by name',
    shape: 'by a shape that only they have',
    values: 'by their values',
    order: 'by order',
  };
  const counts = new Map<Rule, number>();
  for (const { rule } of matches.values()) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  const told = (Object.keys(words) as Rule[]).flatMap((rule) =>
    counts.has(rule) ? `${counts.get(rule) ?? 0} ${words[rule]}` : [],
  );
  const norms = [...folded].map(([path, { norm }]) => `${norm.name} behind ${path}`);
  const byName = [...folded.values()].some(({ rule }) => rule === 'name');
  const source = byName ? 'by their names' : 'which the folded weights agree with';
  return [
    { label: 'Network', value: `taken from ${model}, ${how}` },
    { label: 'Layers matched', value: told.join(', ') || 'none' },
    ...(norms.length > 0
      ? [{ label: 'Batch norms put back', value: `${listed(norms)}, ${source}; ${model} has them folded` }]
      : []),
  ];
}

/** Tensors of the file that no layer of the network has. */
function idleTensors(
  { dict }: Matching,
  { tensors, fixed }: Rebuilt,
  folded: ReadonlyMap<string, FoldedNorm>,
): StoredTensor[] {
  const used = new Set([...tensors.keys(), ...fixed]);
  for (const { norm } of folded.values()) used.add(norm.mean.name);
  return [...dict.tensors.values()].filter(
    ({ name, dtype, shape }) =>
      !used.has(name) && isFloat(dtype) && sizeOf(shape) > 0 && !isMarker(name, dict),
  );
}

/**
 * A parameter that is not a layer's weights became a number of the network.
 * @returns the keys of such
 * @throws CheckpointError if the file has another number
 */
function fixedNumbers(
  idle: readonly StoredTensor[],
  { names, path, model, blueprint }: Matching,
): ReadonlySet<string> {
  const fixed = new Set<string>();
  const byName = new Map(idle.map((tensor) => [tensor.name, tensor]));
  for (const parameter of blueprint.parameters) {
    const tensor = byName.get(names.key(parameter.name) ?? '');
    if (!tensor) continue;
    const [own, theirs] = [toFloat32(tensor.readBytes(), tensor.dtype), parameter.readFloat32()];
    if (own.length === theirs.length && own.every((value, i) => value === theirs[i])) {
      fixed.add(tensor.name);
      continue;
    }
    throw new CheckpointError(`a number of the network of ${model} has another value in this file`, {
      path,
      where: tensor.name,
      expected: 'an export of this very checkpoint',
    });
  }
  return fixed;
}

/**
 * Where the model has equal parameters once and does not show whose they are, one of the file's would be used for all.
 * @throws CheckpointError if the file has another value for one of them
 */
function refuseJoined(
  idle: readonly StoredTensor[],
  fixed: ReadonlySet<string>,
  { names, dict, path, model, blueprint }: Matching,
): void {
  const joined = blueprint.parameters.filter(({ isJoined }) => isJoined);
  const last = (key: string): string => key.slice(key.lastIndexOf('.') + 1);
  for (const tensor of idle.filter((each) => !fixed.has(each.name))) {
    const candidates = joined.filter(
      (each) => last(each.name) === last(tensor.name) && each.dims.join() === tensor.shape.join(),
    );
    for (const candidate of candidates) {
      const used = dict.tensors.get(names.key(candidate.name) ?? '');
      if (!used || used.name === tensor.name || isAlike(used, tensor)) continue;
      throw new CheckpointError(
        `${model} has one value for what this file has several of: its exporter wrote equal parameters once`,
        {
          path,
          where: `${used.name}, ${tensor.name}`,
          found: blueprint.unclear.join(', ') || undefined,
          expected: 'an export of this very checkpoint, or one with dynamo=False, which keeps their names',
        },
      );
    }
  }
}

function isAlike(a: StoredTensor, b: StoredTensor): boolean {
  const [first, second] = [toFloat32(a.readBytes(), a.dtype), toFloat32(b.readBytes(), b.dtype)];
  return first.every((value, i) => value === second[i]);
}

function idleWarnings(
  idle: readonly StoredTensor[],
  fixed: ReadonlySet<string>,
  { model }: Matching,
): string[] {
  const others = idle.map(({ name }) => name).filter((name) => !fixed.has(name));
  const say = (names: readonly string[], what: string): string[] =>
    names.length === 0 ? [] : [`${names.length} tensors ${what}: ${listed(names)}`];
  return [
    ...say([...fixed], `are fixed numbers in ${model}, which training does not change`),
    ...say(others, `have no place in ${model} and stay as they are`),
  ];
}

function listed(names: readonly string[]): string {
  return names.slice(0, LISTED).join(', ') + (names.length > LISTED ? ', …' : '');
}

function fileName(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}
