import { UserError } from '../errors';
import type { Shape, TensorRef } from '../tensor/tensor';
import type { Graph, GraphNode } from './graph';
import { inputsOf, type Operator } from './operator';
import { OPERATORS } from './ops';
import type { ValueShape } from './shape';

/** What is left to build of a graph: its nodes in topological order and its ends. */
export interface GraphParts {
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly string[];
}

/**
 * Checks order, names and parameters, and infers every shape.
 * @throws UserError naming the node that does not fit.
 */
export function makeGraph({ nodes, outputs }: GraphParts, tensors: ReadonlyMap<string, TensorRef>): Graph {
  const shapes = new Map<string, ValueShape | null>();
  const names = new Set<string>();
  for (const node of nodes) {
    if (names.has(node.name)) throw new UserError('two nodes have one name', { where: node.name });
    names.add(node.name);
    const missing = node.inputs.find((value) => !shapes.has(value));
    if (missing !== undefined) {
      throw new UserError('a node reads a value that nothing before it makes', {
        where: node.name,
        found: missing,
      });
    }
    const shape = shapeOf(node, shapes, tensors);
    for (const output of node.outputs) shapes.set(output, shape);
  }
  const unmade = outputs.find((value) => !shapes.has(value));
  if (unmade !== undefined) throw new UserError('an output of the network is never made', { found: unmade });
  const inputs = nodes.filter((node) => node.op === 'input').flatMap((node) => node.outputs);
  return { nodes, inputs, outputs, shapes };
}

/** The operator of a node, its attribute type hidden: every rule takes the node's own attributes. */
export function operatorOf(node: GraphNode): Operator<unknown> {
  return OPERATORS[node.op];
}

/** Shapes of a node's parameters by role. @throws UserError if one that is needed is missing. */
export function parameterShapes(
  node: GraphNode,
  tensors: ReadonlyMap<string, TensorRef>,
): Readonly<Record<string, Shape>> {
  const shapes: Record<string, Shape> = {};
  for (const [role, name] of Object.entries(node.parameters)) {
    const tensor = tensors.get(name);
    if (!tensor) throw new UserError('a tensor is missing', { where: node.name, found: `no ${name}` });
    shapes[role] = tensor.shape;
  }
  for (const { role, optional } of operatorOf(node).parameters) {
    if (!optional && !shapes[role]) throw new UserError(`a ${role} is missing`, { where: node.name });
  }
  return shapes;
}

function shapeOf(
  node: GraphNode,
  shapes: ReadonlyMap<string, ValueShape | null>,
  tensors: ReadonlyMap<string, TensorRef>,
): ValueShape | null {
  const operator = operatorOf(node);
  const inputs = node.inputs.map((value) => shapes.get(value) ?? operator.anyInput ?? null);
  const parameters = parameterShapes(node, tensors);
  if (node.op === 'opaque') return null;
  const known: ValueShape[] = [];
  for (const shape of inputs) {
    if (shape === null) return null;
    known.push(shape);
  }
  try {
    const given = node.op === 'input' ? [node.attributes.shape] : known;
    return operator.inferShape({ attributes: node.attributes, inputs: inputsOf(given), parameters });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.summary, { ...error.detail, where: node.name });
  }
}

/** Multiply–accumulates of one node for one input; null when they are unknown: sizes, or what the operator does. */
export function macsOf(
  node: GraphNode,
  graph: Graph,
  tensors: ReadonlyMap<string, TensorRef>,
): number | null {
  const operator = operatorOf(node);
  // Weights that something unknown is done with are seldom only copied.
  if (node.op === 'opaque' && Object.keys(node.parameters).length > 0) return null;
  if (!operator.macs) return 0;
  const output = graph.shapes.get(node.outputs.at(0) ?? '');
  const inputs = node.inputs.map((value) => graph.shapes.get(value) ?? null);
  if (!output || inputs.includes(null)) return null;
  const known = inputsOf(inputs.filter((shape) => shape !== null));
  return operator.macs(
    { attributes: node.attributes, inputs: known, parameters: parameterShapes(node, tensors) },
    output,
  );
}

/** Which nodes read each value. */
export function consumersOf(graph: Pick<Graph, 'nodes'>): ReadonlyMap<string, readonly GraphNode[]> {
  const consumers = new Map<string, GraphNode[]>();
  for (const node of graph.nodes) {
    for (const value of new Set(node.inputs)) {
      const readers = consumers.get(value);
      if (readers) readers.push(node);
      else consumers.set(value, [node]);
    }
  }
  return consumers;
}
