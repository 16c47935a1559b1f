import type { GraphProto, ValueInfo } from '../proto/model';

/** Operators that read images, channels first. */
const IMAGE_OPERATORS = new Set([
  ...[
    'Conv',
    'ConvTranspose',
    'ConvInteger',
    'QLinearConv',
    'BatchNormalization',
    'InstanceNormalization',
    'LRN',
  ],
  ...[
    'MaxPool',
    'AveragePool',
    'GlobalAveragePool',
    'GlobalMaxPool',
    'PRelu',
    'DepthToSpace',
    'SpaceToDepth',
  ],
]);

/** Operators that change neither axes nor their order. */
const PASSING = new Set([
  ...[
    'Identity',
    'Cast',
    'Add',
    'Sub',
    'Mul',
    'Div',
    'Pad',
    'Clip',
    'Relu',
    'QuantizeLinear',
    'DequantizeLinear',
  ],
]);

/** How many nodes behind an input are looked at, and among how many. */
const MAX_NODES = 64;
const MAX_SEARCHED = 2000;

/**
 * Is an input of four axes an image N × C × H × W? By the first operator after it that shows it: one that reads images so,
 * or a transposition to that from N × H × W × C. Else by which axis looks like colours.
 */
export function readsImages({ name, dims = [] }: ValueInfo, { nodes }: GraphProto): boolean {
  const values = new Set([name]);
  let seen = 0;
  for (const { op, inputs, outputs, attributes } of nodes.slice(0, MAX_SEARCHED)) {
    if (seen > MAX_NODES) break;
    if (!inputs.some((input) => values.has(input))) continue;
    seen += 1;
    if (IMAGE_OPERATORS.has(op)) return true;
    if (op === 'Transpose') {
      const perm = attributes.get('perm')?.ints.join();
      if (perm === '0,3,1,2') return false;
      if (perm === '0,2,3,1') return true;
    }
    const [output = ''] = outputs;
    if (PASSING.has(op) && output !== '') values.add(output);
  }
  const isColour = (axis: number): boolean => [1, 3, 4].includes(dims.at(axis) ?? 0);
  return isColour(1) || !isColour(3);
}
