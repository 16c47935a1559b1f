import type { Checkpoint } from '../checkpoint';
import { UserError } from '../errors';
import { makeGraph } from '../graph/build';
import type { GraphNode } from '../graph/graph';
import { describeShape } from '../graph/ops/image';
import type { Pair } from '../graph/padding';

/**
 * A checkpoint whose values have the sizes they have for images of one size, where its network leaves them open. The
 * network itself stays as it is: what is made from this one is as open as before.
 * @throws UserError if the network says another size.
 */
export function withInputSize(checkpoint: Checkpoint, [height, width]: Pair): Checkpoint {
  const { graph, tensors, path } = checkpoint;
  if (!graph) return checkpoint;
  const nodes = graph.nodes.map((node): GraphNode => {
    if (node.op !== 'input' || node.attributes.shape.length !== 4) return node;
    const { shape } = node.attributes;
    const [batch = null, h = null, w = null, channels = null] = shape;
    if ((h ?? height) !== height || (w ?? width) !== width) {
      throw new UserError('the network has another input size', {
        path,
        where: node.name,
        found: `${height} × ${width}`,
        expected: describeShape(shape),
      });
    }
    return { ...node, attributes: { shape: [batch, height, width, channels] } };
  });
  const { shapes } = makeGraph({ nodes, outputs: graph.outputs }, tensors);
  return { ...checkpoint, graph: { ...graph, shapes } };
}
