import type { Blueprint, BlueprintParameter } from '../../../blueprint';
import { isFloat } from '../../../tensor/dtype';
import { OnnxTensor } from './constant';
import { placesOf } from './places';
import type { OnnxSource } from './source';

/** What an ONNX model tells of its parameters; looked for when it is asked for. */
export function blueprintOf(source: OnnxSource): Blueprint {
  const { model, notes, tensors } = source;
  const names = new Set(model.graph.initializers.map(({ name }) => name));
  return {
    get places() {
      return placesOf(source);
    },
    numbers: new Map(
      [...notes.numbers].map(
        ([
          node,
          {
            constant: { name, dims },
            attributes,
          },
        ]) => [node, { name, dims, attributes }],
      ),
    ),
    get parameters() {
      return parametersOf(source);
    },
    unclear: notes.separate.unclear.map(({ name }) => name),
    inTraining: notes.inTraining,
    tensor(key) {
      const tensor = tensors.get(key);
      if (!(tensor instanceof OnnxTensor)) return undefined;
      const { name, dims } = tensor.constant;
      return { name, dims, layout: tensor.layout, isParameter: names.has(name) };
    },
  };
}

function parametersOf({ model, data, notes }: OnnxSource): BlueprintParameter[] {
  const readers = new Map<string, Set<string>>();
  for (const node of model.graph.nodes) {
    // What the older exporter names after modules it never joins without an alias.
    const module = node.module ?? (node.name.startsWith('/') ? '/' : String(node.index));
    node.inputs.forEach((input, i) => {
      const [output = ''] = node.outputs;
      if (notes.separate.owned.has(`${node.index}:${i}`) || notes.separate.aliases.has(output)) return;
      readers.set(input, (readers.get(input) ?? new Set()).add(module));
    });
  }
  return model.graph.initializers.flatMap((tensor) => {
    const { name, dims, dtype } = tensor;
    if (!dtype || !isFloat(dtype)) return [];
    const isJoined = (readers.get(name)?.size ?? 0) > 1 && name.includes('.');
    return { name, dims, isJoined, readFloat32: () => data.float32(tensor) };
  });
}
