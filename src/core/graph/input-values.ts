import type { TensorRef } from '../tensor/tensor';
import { consumersOf } from './build';
import type { Graph, GraphNode, NodeOf } from './graph';
import { outputOf, tensorOfRole } from './node';
import type { OpType } from './ops';
import { divisorOf } from './ops/normalization';

/** x · scale + offset; each either one number or one per channel. */
type Line = Pick<NodeOf<'rescaling'>['attributes'], 'scale' | 'offset'>;

/** The layer of a network that shows which values it takes. */
export interface InputEvidence {
  /** Largest value of a pixel: images as they are, or divided by 255. */
  readonly highest: 255 | 1;
  /** What the layer does with the values. */
  readonly by: 'rescaling' | 'normalization' | 'batchNorm';
  readonly layer: string;
  /** False where other values are possible too. */
  readonly isCertain: boolean;
}

/** What a network does with the values of its input before the first layer that mixes them. */
export interface InputValues extends Line {
  /** Absent where no layer shows which values the network takes. */
  readonly evidence?: InputEvidence;
}

/** Layers whose outputs are values of their inputs, or means of these. */
const KEEPS_SCALE: ReadonlySet<OpType> = new Set<OpType>([
  ...([
    'identity',
    'dropout',
    'zeroPadding',
    'cropping',
    'slice',
    'concatenate',
    'permute',
    'reshape',
  ] as const),
  ...(['resizing', 'upsampling', 'maxPool', 'averagePool'] as const),
]);

/** A graph and its weights. */
interface Weighted {
  readonly graph: Graph;
  readonly tensors: ReadonlyMap<string, TensorRef>;
}

/**
 * Follows an input of a network to the first arithmetic on its values, and decides by it which values the
 * network takes. A line x · a + b has its middle at −b / a, and 1 / a is how far from there its result is 1: networks
 * compute with numbers around 1, so both are tens or hundreds for pixels from 0 to 255, and at most 1 for pixels from 0 to 1.
 */
export function inputValuesOf({ graph, tensors }: Weighted, input = graph.inputs[0] ?? ''): InputValues {
  const readers = consumersOf(graph);
  let line: Line = { scale: [1], offset: [0] };
  let first: Pick<InputEvidence, 'by' | 'layer'> | undefined;
  let node = firstReader(input, readers);
  while (node) {
    const next = lineOf(node, tensors);
    if (!next) break;
    line = composed(line, next);
    if (!isPlain(next))
      first ??= { by: node.op === 'rescaling' ? 'rescaling' : 'normalization', layer: node.name };
    node = firstReader(outputOf(node), readers);
  }
  if (first) return { ...line, ...evidenceOf(spreadOf(line), first) };
  if (node?.op !== 'batchNorm') return line;
  return { ...line, ...evidenceOf(statisticsOf(node, tensors), { by: 'batchNorm', layer: node.name }) };
}

/** The node that first computes with a value, and none where several do. */
function firstReader(
  value: string,
  readers: ReadonlyMap<string, readonly GraphNode[]>,
): GraphNode | undefined {
  const same = new Set([value]);
  const found = new Set<GraphNode>();
  // A set that grows while it is gone through gives what was added too.
  for (const each of same) {
    for (const node of readers.get(each) ?? []) {
      if (KEEPS_SCALE.has(node.op)) node.outputs.forEach((output) => same.add(output));
      else found.add(node);
    }
  }
  const [first, ...others] = found;
  return others.length === 0 ? first : undefined;
}

function lineOf(node: GraphNode, tensors: ReadonlyMap<string, TensorRef>): Line | undefined {
  if (node.op === 'rescaling') return node.attributes;
  if (node.op !== 'normalization') return undefined;
  const mean = tensorOfRole(node, 'mean', tensors)?.readFloat32();
  const variance = tensorOfRole(node, 'variance', tensors)?.readFloat32();
  if (!mean || !variance) return undefined;
  const scale = [...variance].map((value) => 1 / divisorOf(value));
  return { scale, offset: [...mean].map((value, i) => -value * at(scale, i)) };
}

const at = (values: readonly number[], i: number): number => values[i % values.length] ?? NaN;

/** Both lines one after the other. */
function composed(line: Line, next: Line): Line {
  const count = Math.max(line.scale.length, line.offset.length, next.scale.length, next.offset.length);
  const channels = Array.from({ length: count }, (_, i) => i);
  return {
    scale: channels.map((i) => at(line.scale, i) * at(next.scale, i)),
    offset: channels.map((i) => at(line.offset, i) * at(next.scale, i) + at(next.offset, i)),
  };
}

function isPlain({ scale, offset }: Line): boolean {
  return scale.every((value) => value === 1) && offset.every((value) => value === 0);
}

/** The largest of the middles and widths of a line, in the input's values. */
function spreadOf({ scale, offset }: Line): number {
  return Math.max(...scale.map((a, i) => Math.max(Math.abs(at(offset, i) / a), Math.abs(1 / a))));
}

/** The same of what a batch norm has seen. */
function statisticsOf(node: NodeOf<'batchNorm'>, tensors: ReadonlyMap<string, TensorRef>): number {
  const mean = tensorOfRole(node, 'mean', tensors)?.readFloat32() ?? [];
  const variance = tensorOfRole(node, 'variance', tensors)?.readFloat32() ?? [];
  return [...mean, ...[...variance].map(Math.sqrt)].reduce(
    (most, value) => Math.max(most, Math.abs(value)),
    0,
  );
}

/** Dark images have a mean of some tens; nothing that takes pixels from 0 to 1 has one of 16. */
const CERTAIN = 16;
/** What takes standardised values may rescale them once more. */
const LIKELY = 4;
/** Means of pixels from 0 to 1 are below 1, and so are their deviations. */
const BELOW_ONE = 1;

function evidenceOf(
  spread: number,
  what: Pick<InputEvidence, 'by' | 'layer'>,
): { readonly evidence?: InputEvidence } {
  if (spread >= LIKELY) return { evidence: { ...what, highest: 255, isCertain: spread >= CERTAIN } };
  return spread < BELOW_ONE ? { evidence: { ...what, highest: 1, isCertain: true } } : {};
}
