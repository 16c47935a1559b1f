import type { Content } from '../../../checkpoint';
import { arraysOf, type WrittenArray } from './arrays';
import type { EmittedLayer, EmittedModel } from './emit';
import { firstCall } from './plan-layers';
import { rolesOf } from '../layers';
import type { StoredWeight, WeightSource } from '../read/weights';

/** An array of a layer at any depth of a model, and whether Keras counts it among those that are trained. */
interface InnerArray {
  readonly array: WrittenArray;
  readonly trained: boolean;
}

/** Weights that are measured, not learnt. */
const MEASURED = new Set(['mean', 'variance', 'count']);

/**
 * The arrays of a layer that is a model, as one list in the order in which Keras assigns them: all that are trained, layer
 * by layer, then the others. A model whose arrays are those of the file keeps the file's order.
 */
export function arraysInside(
  layer: EmittedLayer,
  model: EmittedModel,
  content: Content,
  weights: WeightSource,
): WrittenArray[] {
  const stored = weights.of(layer.source?.name ?? layer.name).values;
  const arrays = arraysWithin(model, { content, stored, prefix: '', trained: !layer.frozen });
  const byName = new Map(arrays.map(({ array }) => [array.name, array]));
  const kept = stored.flatMap(({ name }) => byName.get(name) ?? []);
  if (kept.length === stored.length && kept.length === arrays.length) return kept;
  const part = (wanted: boolean): WrittenArray[] =>
    arrays.filter(({ trained }) => trained === wanted).map(({ array }) => array);
  return [...part(true), ...part(false)];
}

interface Inside {
  readonly content: Content;
  readonly stored: readonly StoredWeight[];
  readonly prefix: string;
  readonly trained: boolean;
}

function arraysWithin({ layers, weights }: EmittedModel, inside: Inside): InnerArray[] {
  const { content, stored, prefix } = inside;
  return layers.flatMap((layer) => {
    const trained = inside.trained && !layer.frozen;
    const path = `${prefix}${layer.name}`;
    if (layer.inside) return arraysWithin(layer.inside, { ...inside, prefix: `${path}/`, trained });
    const roles = measured(layer);
    return arraysOf(layer, content, weights).values.map((array, i) => ({
      array: { ...array, name: array.name.includes('/') ? array.name : `${path}/${array.name}` },
      trained: trained && (firstCall(layer).op === 'opaque' ? standsAmongTrained(array, stored) : !roles[i]),
    }));
  });
}

/** Which of a layer's arrays are measured, in Keras's order. */
function measured(layer: EmittedLayer): readonly boolean[] {
  const own = rolesOf(firstCall(layer)).map((role) => MEASURED.has(role));
  return layer.depthwise ? [false, ...own] : own;
}

/** Where an unknown layer's array stood in the file: before the first that is known to be measured. */
function standsAmongTrained({ name }: WrittenArray, stored: readonly StoredWeight[]): boolean {
  const end = stored.findIndex((weight) => /(^|[/_])moving_(mean|variance)\b/.test(weight.name));
  const at = stored.findIndex((weight) => weight.name === name);
  return end < 0 || at < end;
}
