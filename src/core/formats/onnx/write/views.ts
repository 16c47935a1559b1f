import type { Graph } from '../../../graph/graph';
import { inputOf, outputOf } from '../../../graph/node';
import { item } from '../../../item';

/** A value as a transposition of another one: its axis i is axis `order[i]` of `base`; undefined for the value itself. */
export interface View {
  readonly base: string;
  readonly order: readonly number[] | undefined;
}

/** What each value of a graph is once transpositions, which a writer places anew, are looked through. */
export function viewsOf({ nodes }: Pick<Graph, 'nodes'>): (value: string) => View {
  const views = new Map<string, View>();
  const viewOf = (value: string): View => views.get(value) ?? { base: value, order: undefined };
  for (const node of nodes) {
    if (node.op !== 'permute') continue;
    const { base, order } = viewOf(inputOf(node));
    const own = [0, ...node.attributes.order];
    views.set(outputOf(node), { base, order: order ? own.map((axis) => item(order, axis)) : own });
  }
  return viewOf;
}
