import type { GraphNode } from '../../graph/graph';
import { item } from '../../item';
import { firstCall, keysOf, type PlannedLayer } from './write/plan-layers';

/**
 * Layers without calls that could not be read again: those that no output needs, and that read, over any number of such
 * calls, what a layer makes that no output needs. That layer is not part of the model and is not written (`keras-order.ts`).
 * Other calls that no output needs stay as they are.
 */
export function withoutLostCalls(
  layers: readonly PlannedLayer[],
  outputs: readonly string[],
): readonly PlannedLayer[] {
  const makers = new Map<string, PlannedCall>();
  const all = layers.flatMap((layer) => layer.calls.map((_node, call) => ({ layer, call })));
  const byKey = new Map(all.map((each) => [idOf(each.layer.name, each.call), each]));
  for (const [value, { layer, call }] of keysOf(layers)) {
    const maker = byKey.get(idOf(layer, call));
    if (maker) makers.set(value, maker);
  }
  const needed = reached(outputs, makers);
  const written = new Set([...needed].map(({ layer }) => layer));
  const isWritten = (layer: PlannedLayer): boolean => written.has(layer) || firstCall(layer).op === 'input';
  const kept = new Set(all.filter(({ layer }) => isWritten(layer)));
  for (let before = -1; kept.size !== before;) {
    before = kept.size;
    for (const each of kept) {
      if (needed.has(each)) continue;
      const sources = nodeOf(each).inputs.map((value) => makers.get(value));
      if (sources.some((source) => source && !kept.has(source))) kept.delete(each);
    }
  }
  return layers.map((layer) => (isWritten(layer) ? withCalls(layer, kept, byKey) : layer));
}

interface PlannedCall {
  readonly layer: PlannedLayer;
  readonly call: number;
}

const idOf = (layer: string, call: number): string => `${call}/${layer}`;
const nodeOf = ({ layer, call }: PlannedCall): GraphNode => item(layer.calls, call);

function reached(outputs: readonly string[], makers: ReadonlyMap<string, PlannedCall>): Set<PlannedCall> {
  const found = new Set<PlannedCall>();
  const waiting = [...outputs];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    const maker = makers.get(value);
    if (!maker || found.has(maker)) continue;
    found.add(maker);
    waiting.push(...nodeOf(maker).inputs);
  }
  return found;
}

function withCalls(
  layer: PlannedLayer,
  kept: ReadonlySet<PlannedCall>,
  byKey: ReadonlyMap<string, PlannedCall>,
): PlannedLayer {
  const isKept = layer.calls.map((_node, call) => {
    const each = byKey.get(idOf(layer.name, call));
    return each !== undefined && kept.has(each);
  });
  if (isKept.every(Boolean)) return layer;
  return {
    ...layer,
    calls: layer.calls.filter((_node, call) => isKept[call]),
    activations: layer.activations.filter((_node, call) => isKept[call]),
  };
}
