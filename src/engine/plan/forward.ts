import { UnsupportedError, UserError } from '../../core/errors';
import { operatorOf } from '../../core/graph/build';
import { inputsOf } from '../../core/graph/operator';
import type { Graph, GraphNode } from '../../core/graph/graph';
import type { LoweringContext, Value } from '../../core/graph/lowering';
import { describeShape } from '../../core/graph/ops/image';
import type { ValueShape } from '../../core/graph/shape';
import { isTrained } from '../../core/graph/training';
import { streamSeed } from '../../core/random';
import type { TensorRef } from '../../core/tensor/tensor';
import type { Network } from '../backend';
import type { PlanBuilder } from './builder';
import { findFolds, type Fold } from './fold';
import { foldWeights } from './folded-kernel';
import { unsupportedOperators } from './unsupported';

/** For what a graph is lowered. */
export interface ForwardOptions {
  /** Null at inference: any batch. */
  readonly batch: number | null;
  readonly training: boolean;
  /** Batch norms use the batch's statistics and move their own. */
  readonly batchStatistics: boolean;
  /** Blocks and batch norms behind convolutions become one convolution each; not with batch statistics. */
  readonly fold: boolean;
  readonly seed: number;
}

/** A lowered network. */
export interface Forward {
  /** The plan's value for each of the graph's values that was needed. */
  readonly values: ReadonlyMap<string, Value>;
  /** The nodes that were lowered. */
  readonly nodes: readonly GraphNode[];
}

/**
 * Lowers the nodes that `wanted` depends on.
 * @throws UnsupportedError for an operator the engine does not know, or an image of unknown size.
 */
export function lowerForward(
  network: Network,
  wanted: readonly string[],
  builder: PlanBuilder,
  options: ForwardOptions,
): Forward {
  const units = ancestors(
    unitsOf(network.graph, options.fold ? findFolds(network.graph, wanted) : []),
    wanted,
  );
  const nodes = units.flatMap(({ node, fold }) => [...(fold?.members ?? []), node]);
  refuseUnknown(nodes);
  const values = new Map<string, Value>();
  for (const { node, fold } of units) {
    const value =
      node.op === 'input'
        ? atNode(node, () => placeholder(node.name, node.attributes.shape, builder, options))
        : fold
          ? lowerFold(fold, network, values, builder, options)
          : lowerNode(node, network, values, builder, options);
    values.set(node.outputs[0], value);
  }
  return { values, nodes: [...new Set(nodes)] };
}

/** A node that is lowered by itself, or the last one of a fold, which is lowered for all of it. */
interface Unit {
  readonly node: GraphNode;
  readonly fold?: Fold;
}

function unitsOf({ nodes }: Graph, folds: readonly Fold[]): Unit[] {
  const byLast = new Map(folds.map((fold) => [fold.last, fold]));
  const inside = new Set(folds.flatMap(({ members }) => members));
  return nodes.flatMap((node) => {
    const fold = byLast.get(node);
    return fold ? { node, fold } : inside.has(node) ? [] : { node };
  });
}

function ancestors(units: readonly Unit[], wanted: readonly string[]): Unit[] {
  const needed = new Set(wanted);
  const kept = [...units].reverse().filter(({ node, fold }) => {
    if (!node.outputs.some((output) => needed.has(output))) return false;
    (fold?.conv ?? node).inputs.forEach((input) => needed.add(input));
    return true;
  });
  return kept.reverse();
}

/** The fold's one convolution, with weights that are computed anew each time. */
function lowerFold(
  fold: Fold,
  network: Network,
  known: ReadonlyMap<string, Value>,
  builder: PlanBuilder,
  options: ForwardOptions,
): Value {
  const read = (node: GraphNode, role: string): Value | undefined =>
    parameterReader(node, network.tensors, builder)(role);
  const weights: Partial<Record<string, Value>> = { ...foldWeights(fold, read, builder) };
  return lowerNode(fold.conv, network, known, builder, options, (role) => weights[role]);
}

/** @throws UnsupportedError naming the operators the engine cannot run. */
export function refuseUnknown(nodes: readonly GraphNode[]): void {
  const unknown = unsupportedOperators(nodes);
  if (unknown.length === 0) return;
  throw new UnsupportedError(`the network cannot be run: it uses ${unknown.join(', ')}`);
}

function placeholder(
  name: string,
  shape: ValueShape,
  builder: PlanBuilder,
  { batch }: ForwardOptions,
): Value {
  if (shape.slice(1).includes(null)) {
    throw new UnsupportedError('the network cannot be run: its input size is unknown', {
      where: name,
      found: describeShape(shape),
    });
  }
  return builder.emit({ op: 'input', name }, [], [batch, ...shape.slice(1)]);
}

function lowerNode(
  node: GraphNode,
  { tensors }: Network,
  known: ReadonlyMap<string, Value>,
  builder: PlanBuilder,
  options: ForwardOptions,
  optional = parameterReader(node, tensors, builder),
): Value {
  const operator = operatorOf(node);
  const values = inputsOf(node.inputs.map((name) => present(known.get(name), node, name)));
  const context: LoweringContext<unknown> = {
    emit: builder.emit,
    emitAll: builder.emitAll,
    constant: builder.constant,
    attributes: node.attributes,
    values,
    output: outputShape(node, values, tensors),
    training: options.training && !node.inference,
    batchStatistics: options.batchStatistics && !node.inference && isTrained(node),
    // Positive and of 31 bits, since TensorFlow takes 0 for "none given".
    seed: (streamSeed(options.seed, node.name) % 0x7fffffff) + 1,
    optional,
    parameter: (role) => present(optional(role), node, role),
    update: (role, value) => builder.move(node.parameters[role], value),
  };
  return present(
    atNode(node, () => operator.lower?.(context)),
    node,
    'a lowering',
  );
}

/** Errors of settings name the layer that has them. */
function atNode<T>({ name }: GraphNode, lower: () => T): T {
  try {
    return lower();
  } catch (error) {
    if (!(error instanceof UserError) || error.detail.where !== undefined) throw error;
    throw new UnsupportedError(error.summary, { ...error.detail, where: name });
  }
}

function parameterReader(
  node: GraphNode,
  tensors: ReadonlyMap<string, TensorRef>,
  builder: PlanBuilder,
): (role: string) => Value | undefined {
  const statistics = new Set(
    operatorOf(node)
      .parameters.filter((p) => !p.trainable)
      .map((p) => p.role),
  );
  return (role) => {
    const tensor = tensors.get(node.parameters[role] ?? '');
    if (!tensor) return undefined;
    return statistics.has(role) ? builder.statistic(tensor) : builder.read(tensor);
  };
}

function outputShape(
  node: GraphNode,
  values: readonly Value[],
  tensors: ReadonlyMap<string, TensorRef>,
): ValueShape {
  const parameters = Object.fromEntries(
    Object.entries(node.parameters).map(([role, name]) => [role, tensors.get(name)?.shape ?? []]),
  );
  const inputs = inputsOf(values.map(({ shape }) => shape));
  return operatorOf(node).inferShape({ attributes: node.attributes, inputs, parameters });
}

function present<T>(value: T | undefined, node: GraphNode, what: string): T {
  if (value === undefined) throw new UnsupportedError(`${what} is missing`, { where: node.name });
  return value;
}
