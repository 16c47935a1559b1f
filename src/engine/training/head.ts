import { DataError, UnsupportedError } from '../../core/errors';
import type { Graph, GraphNode } from '../../core/graph/graph';
import { lookupOf } from '../../core/graph/lookup';
import type { Loss } from '../backend';
import type { Dataset } from '../data/dataset';
import { logitsFor } from '../plan/head';

/** What a network's end says of an image: enough to evaluate it. */
export interface Answers {
  /** The value before the final softmax or sigmoid, or the output where there is none or no loss fits. */
  readonly logits: string;
  /** Numbers per image. */
  readonly units: number;
  readonly loss?: Loss;
  /** Why there is no loss, in one line. */
  readonly noLoss?: string;
}

/** The end of a network that can be trained. */
export interface Head extends Answers {
  readonly loss: Loss;
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

/**
 * What can be evaluated: a head, or any output of one number a class, which needs no loss to be compared with labels.
 * @throws UnsupportedError as `headOf` does for any other output.
 */
export function answersOf(graph: Graph): Answers {
  try {
    return headOf(graph);
  } catch (error) {
    const units = classesOf(graph);
    if (!(error instanceof UnsupportedError) || units === undefined) throw error;
    const { found, expected } = error.detail;
    const wanted = expected === undefined ? '' : ` (expected ${expected}; found ${found ?? 'another'})`;
    return { logits: graph.outputs[0], units, noLoss: `${error.summary}${wanted}` };
  }
}

/** How many classes the only output has one number for each of; undefined if it is not like that. */
function classesOf({ inputs, outputs, shapes }: Graph): number | undefined {
  const [, ...sizes] = shapes.get(outputs[0]) ?? [];
  const several = sizes.filter((size) => size !== 1);
  const [units] = several;
  return inputs.length === 1 && outputs.length === 1 && several.length === 1 && units !== null
    ? units
    : undefined;
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
export function requireClasses({ path, classes, openEnded }: Dataset, { loss, units }: Answers): void {
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
