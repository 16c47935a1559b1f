import { DataError } from '../../core/errors';
import type { Graph, GraphNode } from '../../core/graph/graph';
import { lookupOf } from '../../core/graph/lookup';
import type { Loss } from '../backend';
import type { Dataset } from '../data/dataset';
import { logitsFor } from '../plan/head';

/** What a network's end means. */
export interface Head {
  readonly loss: Loss;
  /** The value before the final softmax or sigmoid, or the output where there is none. */
  readonly logits: string;
  /** Numbers per image. */
  readonly units: number;
}

/**
 * Reads the head off the graph: one unit is binary, several with a sigmoid are multi-label, all else are classes.
 * @throws UnsupportedError in a sentence for a head that no loss fits.
 */
export function headOf(graph: Graph): Head {
  const loss = lossOf(graph);
  const logits = logitsFor(graph, loss);
  return { loss, logits, units: graph.shapes.get(logits)?.[1] ?? 0 };
}

function lossOf(graph: Graph): Loss {
  const output = graph.outputs[0];
  const units = graph.shapes.get(output)?.at(-1);
  const last = maker(graph, output);
  if (last?.op === 'softmax' || last?.op === 'logSoftmax') return 'categorical';
  if (units === 1) return 'binary';
  return last?.op === 'sigmoid' ? 'multiLabel' : 'categorical';
}

function maker(graph: Graph, value: string): GraphNode | undefined {
  const node = lookupOf(graph).maker(value);
  return node?.op === 'identity' ? maker(graph, node.inputs[0]) : node;
}

/**
 * Checks that labels and network belong together.
 * @throws DataError in one line.
 */
export function requireClasses({ path, classes, openEnded }: Dataset, { loss, units }: Head): void {
  const wanted = loss === 'binary' ? 2 : units;
  if (classes.length === wanted || (openEnded && classes.length < wanted)) return;
  throw new DataError('the data and the network do not have the same classes', {
    path,
    found: classes.length === 1 ? '1 class' : `${classes.length} classes`,
    expected:
      loss === 'binary'
        ? '2 classes, for a network of one output'
        : `${units} classes, the network's outputs`,
  });
}

/** Targets of a batch, count × units: a 1 for the image's class, or the label itself for one unit. */
export function targetsOf(labels: Int32Array, { loss, units }: Head): Float32Array {
  if (loss === 'binary') return Float32Array.from(labels);
  const targets = new Float32Array(labels.length * units);
  labels.forEach((label, i) => {
    targets[i * units + label] = 1;
  });
  return targets;
}
