import { item } from '../../../item';
import { firstCall, type PlannedLayer } from './plan-layers';
import type { TensorKey } from '../read/model-config';

/** One call of a layer in the search. */
interface Visit {
  readonly layer: number;
  readonly call: number;
  readonly parents: readonly string[];
}

/**
 * The order in which Keras puts the layers of a functional model when it builds it: by depth from the
 * outputs, then by the order in which a depth-first search from the outputs meets them. Paths of weights are
 * counted in this order (`snake-case.ts`), so a writer has to foresee it. Layers that no output needs
 * are not part of a model and are left out; inputs always are.
 * Source: `map_graph` and `_build_map` in keras/src/ops/function.py.
 */
export function kerasOrder(
  layers: readonly PlannedLayer[],
  keys: ReadonlyMap<string, TensorKey>,
  outputs: readonly string[],
): PlannedLayer[] {
  const visits = visitsOf(layers, keys);
  const { finished, met } = search(
    visits,
    outputs.map((value) => callId(keys.get(value))),
  );
  const depth = depths(visits, finished);
  layers.forEach((layer, i) => {
    if (depth.has(i) || firstCall(layer).op !== 'input') return;
    depth.set(i, 0);
    met.set(i, -1);
  });
  const order = [...depth.keys()].sort(
    (a, b) => (depth.get(b) ?? 0) - (depth.get(a) ?? 0) || (met.get(a) ?? 0) - (met.get(b) ?? 0),
  );
  return order.map((i) => item(layers, i));
}

function callId(key: TensorKey | undefined): string {
  return key ? `${key.call}/${key.layer}` : '';
}

function visitsOf(layers: readonly PlannedLayer[], keys: ReadonlyMap<string, TensorKey>): Map<string, Visit> {
  const visits = new Map<string, Visit>();
  layers.forEach(({ name, calls }, layer) => {
    calls.forEach(({ inputs }, call) => {
      const parents = inputs.map((value) => callId(keys.get(value)));
      visits.set(callId({ layer: name, call, tensor: 0 }), { layer, call, parents });
    });
  });
  return visits;
}

/** Depth-first from the outputs: calls in the order they finish, layers in the order they are met. */
function search(visits: ReadonlyMap<string, Visit>, outputs: readonly string[]) {
  const finished = new Set<string>();
  const started = new Set<string>();
  const met = new Map<number, number>();
  const stack: { id: string; next: number }[] = [];
  const enter = (id: string): void => {
    const visit = visits.get(id);
    if (!visit || started.has(id)) return;
    started.add(id);
    if (!met.has(visit.layer)) met.set(visit.layer, met.size);
    stack.push({ id, next: 0 });
  };
  for (const output of outputs) {
    enter(output);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const parent = visits.get(top.id)?.parents[top.next];
      if (parent !== undefined) {
        top.next += 1;
        enter(parent);
      } else {
        finished.add(top.id);
        stack.pop();
      }
    }
  }
  return { finished: [...finished], met };
}

/** Longest way to an output by layer, given calls in topological order. */
function depths(visits: ReadonlyMap<string, Visit>, finished: readonly string[]): Map<number, number> {
  const byCall = new Map<string, number>();
  const byLayer = new Map<number, number>();
  for (const id of [...finished].reverse()) {
    const visit = visits.get(id);
    if (!visit) continue;
    const depth = Math.max(byCall.get(id) ?? 0, byLayer.get(visit.layer) ?? 0);
    byLayer.set(visit.layer, depth);
    byCall.set(id, depth);
    for (const parent of visit.parents) byCall.set(parent, Math.max(depth + 1, byCall.get(parent) ?? 0));
  }
  return byLayer;
}
