import { describe, expect, it } from 'vitest';
import { drawWeights } from '../../../src/core/acnet/scratch';
import { kerasCheckpoint } from '../../../src/core/formats/keras/write/create';
import { NetworkBuilder } from '../../support/networks';
import { OPERATOR_BUILDS } from '../../support/operator-builds';

describe('new weights', () => {
  it.each(Object.entries(OPERATOR_BUILDS))('have a law in every parameter of: %s', (_name, build) => {
    const b = new NetworkBuilder(1);
    const { graph, tensors } = b.finish(build(b, b.input([8, 7, 4])));
    const source = kerasCheckpoint(graph, tensors, { path: 'a.keras', name: 'a' });
    const { checkpoint } = drawWeights(source, 1);
    for (const [name, tensor] of source.tensors)
      expect(checkpoint.tensors.get(name)?.shape, name).toEqual(tensor.shape);
  });

  it('of a role that has none are refused, not 0', () => {
    const b = new NetworkBuilder(1);
    const { graph, tensors } = b.finish(b.conv(b.input([8, 8, 4]), 2, [3, 3]));
    const nodes = graph.nodes.map((node) => ({
      ...node,
      parameters: { temperature: Object.values(node.parameters)[0] },
    }));
    const source = kerasCheckpoint(graph, tensors, { path: 'a.keras', name: 'a' });
    const unknown = { ...source, graph: { ...graph, nodes } as typeof graph };
    expect(() => drawWeights(unknown, 1)).toThrow('no law for the new temperature');
  });
});
