import { UnsupportedError } from '../../core/errors';
import { operatorOf } from '../../core/graph/build';
import type { GraphNode } from '../../core/graph/graph';
import type { LoweringContext, Value } from '../../core/graph/lowering';
import { describeShape } from '../../core/graph/ops/image';
import type { ValueShape } from '../../core/graph/shape';
import { streamSeed } from '../../core/random';
import type { TensorRef } from '../../core/tensor/tensor';
import type { Network } from '../backend';
import type { PlanBuilder } from './builder';
import { unsupportedOperators } from './unsupported';

export interface ForwardOptions {
  /** Null at inference: any batch. */
  readonly batch: number | null;
  readonly training: boolean;
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
  const nodes = ancestors(network.graph.nodes, wanted);
  refuseUnknown(nodes);
  const values = new Map<string, Value>();
  for (const node of nodes) {
    const value =
      node.op === 'input'
        ? placeholder(node.name, node.attributes.shape, builder, options)
        : lowerNode(node, network, values, builder, options);
    values.set(node.outputs[0], value);
  }
  return { values, nodes };
}

function ancestors(nodes: readonly GraphNode[], wanted: readonly string[]): GraphNode[] {
  const needed = new Set(wanted);
  const kept = [...nodes].reverse().filter((node) => {
    if (!node.outputs.some((output) => needed.has(output))) return false;
    node.inputs.forEach((input) => needed.add(input));
    return true;
  });
  return kept.reverse();
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
): Value {
  const operator = operatorOf(node);
  const values = node.inputs.map((name) => present(known.get(name), node, name));
  const optional = parameterReader(node, tensors, builder);
  const context: LoweringContext<unknown> = {
    emit: builder.emit,
    emitAll: builder.emitAll,
    constant: builder.constant,
    attributes: node.attributes,
    values,
    output: outputShape(node, values, tensors),
    training: options.training,
    // Positive and of 31 bits, since TensorFlow takes 0 for "none given".
    seed: (streamSeed(options.seed, node.name) % 0x7fffffff) + 1,
    optional,
    parameter: (role) => present(optional(role), node, role),
    update: (role, value) => builder.move(node.parameters[role], value),
  };
  return present(operator.lower?.(context), node, 'a lowering');
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
  const inputs = values.map(({ shape }) => shape);
  return operatorOf(node).inferShape({ attributes: node.attributes, inputs, parameters });
}

function present<T>(value: T | undefined, node: GraphNode, what: string): T {
  if (value === undefined) throw new UnsupportedError(`${what} is missing`, { where: node.name });
  return value;
}
