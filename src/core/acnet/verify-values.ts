import { inputOf } from '../graph/node';
import type { Graph } from '../graph/graph';

/**
 * The value before a final softmax or sigmoid, or the output itself: a saturated head hides differences.
 * @param output one of the graph's outputs.
 */
export function headValue(graph: Graph, output: string): string {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const)));
  let value = output;
  for (let maker = makers.get(value); maker?.op === 'identity'; maker = makers.get(value)) {
    value = inputOf(maker);
  }
  const head = makers.get(value);
  return head?.op === 'softmax' || head?.op === 'sigmoid' ? inputOf(head) : output;
}
