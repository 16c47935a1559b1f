import { UserError } from '../../core/errors';
import { operatorOf } from '../../core/graph/build';
import type { Network } from '../backend';
import { planInference } from '../plan/inference';

/**
 * Operators of the network whose inference takes primitives that an executor does not have, each named once with the
 * first layer that uses it. Those the engine does not know at all are not among them.
 * @param executable names of the primitives the executor has
 */
export function operatorsBeyond(network: Network, executable: ReadonlySet<string>): string[] {
  const { graph } = network;
  if (countMissing(network, graph.outputs, executable) === 0) return [];
  const first = new Map<string, string>();
  for (const node of graph.nodes) {
    if (first.has(node.op) || node.op === 'input' || !operatorOf(node).lower) continue;
    const [own, before] = [node.outputs, node.inputs].map((values) =>
      countMissing(network, values, executable),
    );
    if (own > before) first.set(node.op, `${node.op} (layer ${node.name})`);
  }
  return [...first.values()];
}

/** How many steps the values take that the executor does not have; not a number where they cannot be planned. */
function countMissing(network: Network, values: readonly string[], executable: ReadonlySet<string>): number {
  try {
    const { steps } = planInference(network, values);
    return steps.filter(({ primitive }) => !executable.has(primitive.op)).length;
  } catch (error) {
    // After an unknown operator or an open size, which are reported elsewhere.
    if (error instanceof UserError) return NaN;
    throw error;
  }
}
