import type { Primitive } from '../../core/graph/lowering';
import { DT, type GraphBuilder } from './graph-def';

/** True for a primitive whose values are drawn anew each step, for which it must know the number of the step. */
export function isDrawn(primitive: Primitive): boolean {
  return 'seed' in primitive;
}

/**
 * Random numbers of the first output's shape. Stateless: the draw is a function of seed and step, so that training can go on in another process.
 * @param shape a node that says it
 * @param step a node that holds the number of the step
 */
export function addDraw(
  graph: GraphBuilder,
  law: 'StatelessRandomUniform' | 'StatelessRandomNormal',
  shape: string,
  { seed, step }: { readonly seed: number; readonly step: string },
): string {
  const key = graph.add('Pack', [graph.constant([seed], [], 'int32'), step], {
    T: { type: DT.int32 },
    N: { int: 2 },
  });
  return graph.add(law, [shape, key], {
    T: { type: DT.int32 },
    Tseed: { type: DT.int32 },
    dtype: { type: DT.float },
  });
}
