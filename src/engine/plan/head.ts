import { UnsupportedError } from '../../core/errors';
import type { Graph, GraphNode } from '../../core/graph/graph';
import { lookupOf } from '../../core/graph/lookup';
import { describeShape } from '../../core/graph/ops/image';
import type { OpType } from '../../core/graph/ops';
import type { Loss } from '../backend';

/** The activation that each loss takes together with itself, which is what keeps it exact for confident outputs. */
const ACTIVATION: Readonly<Record<Loss, 'softmax' | 'sigmoid'>> = {
  categorical: 'softmax',
  binary: 'sigmoid',
  multiLabel: 'sigmoid',
};

/** Operators whose output may be any number, so that it can be taken for logits. */
const LINEAR: ReadonlySet<OpType> = new Set<OpType>([
  'dense',
  'conv2d',
  'batchNorm',
  'add',
  'flatten',
  'globalAveragePool',
  'averagePool',
]);

/**
 * The value that is the network's logits for a loss: what goes into the final activation, or the output itself where
 * the network ends without one.
 * @throws UnsupportedError in a sentence when head and loss do not go together.
 */
export function logitsFor(graph: Graph, loss: Loss): string {
  if (graph.inputs.length !== 1 || graph.outputs.length !== 1) {
    throw new UnsupportedError('only a network of one input and one output can be trained or evaluated', {
      found: `${graph.inputs.length} inputs, ${graph.outputs.length} outputs`,
    });
  }
  const last = producer(graph, graph.outputs[0]);
  refuseUnknownLayer(graph, last);
  const logits = logitsOf(last, loss);
  refuseUnits(graph, logits, last, loss);
  return logits;
}

/** The node that makes a value; those that only pass it on are skipped. */
function producer(graph: Graph, value: string): GraphNode {
  const node = lookupOf(graph).maker(value);
  if (!node) throw new UnsupportedError('an output of the network is never made', { found: value });
  return node.op === 'identity' ? producer(graph, node.inputs[0]) : node;
}

/** A layer that is not supported is also why a shape after it is not known: the first is named. */
function refuseUnknownLayer({ nodes, outputs, shapes }: Graph, last: GraphNode): void {
  if (last.op !== 'opaque' && shapes.get(outputs[0])) return;
  const first = nodes.find((node) => node.op === 'opaque');
  if (!first) return;
  throw new UnsupportedError('a layer of the network cannot be run', {
    where: first.name,
    found: first.attributes.type,
  });
}

function logitsOf(last: GraphNode, loss: Loss): string {
  if (last.op === ACTIVATION[loss] || (loss === 'categorical' && last.op === 'logSoftmax'))
    return last.inputs[0];
  if (LINEAR.has(last.op)) return last.outputs[0];
  throw new UnsupportedError(`the network ends in ${last.op}, which the ${loss} loss cannot train`, {
    where: last.name,
    found: last.op,
    expected: `${ACTIVATION[loss]}, or no activation (logits)`,
  });
}

function refuseUnits(graph: Graph, logits: string, last: GraphNode, loss: Loss): void {
  const shape = graph.shapes.get(logits);
  const units = shape?.[1] ?? 0;
  const fits = loss === 'binary' ? units === 1 : loss === 'multiLabel' ? units >= 1 : units >= 2;
  if (shape?.length === 2 && fits) return;
  const expected = { binary: 'N × 1', multiLabel: 'N × labels', categorical: 'N × classes, two or more' };
  throw new UnsupportedError(`the network's output does not fit the ${loss} loss`, {
    where: last.name,
    found: describeShape(shape),
    expected: expected[loss],
  });
}
