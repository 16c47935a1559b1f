import type { Content, NewModel } from '../../../checkpoint';
import type { Graph } from '../../../graph/graph';
import { outputOf } from '../../../graph/node';
import type { Dim } from '../../../graph/shape';
import { ProtoWriter } from '../../../encodings/protobuf/writer';
import { GRAPH, MODEL } from '../proto/model';
import { IMAGE, plainOrder } from '../read/order';
import { Emission } from './emission';
import { emitNode } from './ops';
import { bytesPiece, fieldPiece, joined, type Piece } from './pieces';
import { newEntry } from './tensor-section';
import { valueInfo } from './value-info';
import { inOrder, type ModelParts } from './model-parts';

/**
 * Of a new model. Read by every runtime of the last years: operator set 18 is ONNX 1.13's (December 2022), which has
 * Mish and resizing along chosen axes; IR version 8 belongs to it.
 */
const OPSET = 18;
const IR_VERSION = 8;

/**
 * A graph in ONNX's own operators. Its images stay N × H × W × C on the outside unless asked otherwise, as tf2onnx has
 * it: whoever fed the network before feeds it as before; inside are transpositions.
 */
export function newModel(
  { tensors }: Content,
  graph: Graph,
  { name, layout = 'nhwc' }: NewModel,
): ModelParts {
  const taken = [...graph.inputs, ...graph.outputs];
  const emission = new Emission(graph, tensors, OPSET, 'float32', { taken });
  const inputs: Piece[] = [];
  const outer = (value: string): readonly number[] => {
    const rank = emission.rank(value);
    return rank === 4 && layout === 'nchw' ? IMAGE : plainOrder(rank);
  };
  const info = (field: number, value: string): Piece => {
    const dims = new Array<Dim>(emission.rank(value)).fill(null);
    outer(value).forEach((axis, i) => {
      dims[axis] = graph.shapes.get(value)?.[i] ?? null;
    });
    return valueInfo(field, value, 1, dims);
  };
  const views = new Set(
    graph.nodes.flatMap(({ op, outputs }) => (op === 'permute' || op === 'input' ? outputs : [])),
  );
  for (const value of graph.outputs) {
    if (!views.has(value)) emission.want(value, { name: value, order: outer(value) });
  }
  for (const node of graph.nodes) {
    if (node.op === 'input') {
      const value = outputOf(node);
      emission.made.set(value, -1);
      emission.define(value, { name: value, order: outer(value) });
      inputs.push(info(GRAPH.input, value));
    } else emitNode(emission, node);
  }
  for (const value of graph.outputs) {
    // What is only turned, or an input, is not an operator's own result.
    if (views.has(value)) emission.add('Identity', [emission.provide(value, outer(value))], [value]);
  }
  const outputs = graph.outputs.map((value) => info(GRAPH.output, value));
  const nodes = inOrder(emission.items).map(({ piece }) => fieldPiece(GRAPH.node, piece));
  return {
    tensors: [...emission.tensors.values()].map(newEntry),
    assemble(fields) {
      const title = bytesPiece(new ProtoWriter().string(GRAPH.name, name).finish());
      const body = joined([...nodes, title, ...fields, ...inputs, ...outputs]);
      const head = new ProtoWriter().int(MODEL.irVersion, IR_VERSION).string(2, 'acnet-vscode').finish();
      return joined([bytesPiece(head), fieldPiece(MODEL.graph, body), opsetPiece(OPSET)]);
    },
  };
}

/** A field of an operator set. */
function opsetPiece(version: number): Piece {
  return fieldPiece(MODEL.opset, bytesPiece(new ProtoWriter().string(1, '').int(2, version).finish()));
}
