import { excessOf, pairNetworks, type Excess, type PairedConvolution } from '../../core/acnet/pair';
import { UserError } from '../../core/errors';
import { makeGraph } from '../../core/graph/build';
import type { GraphNode, NodeOf } from '../../core/graph/graph';
import { tensorOf, type TensorRef } from '../../core/tensor/tensor';
import type { Network, Result } from '../../engine/backend';
import type { BlockComparison } from '../../contract/results';

/** The two values that are measured of one pair: the largest squares, per image and channel. */
interface Probe {
  readonly pair: PairedConvolution;
  readonly excess: Excess;
  /** Of the difference. */
  readonly difference: string;
  /** Of the reference's own output. */
  readonly output: string;
}

/** A reference network that also measures, on its own values, what each pair's outputs differ by. */
export interface Probed {
  readonly network: Network;
  /** Further values to fetch. */
  readonly values: readonly string[];
  readonly blocks: BlockDifferences;
}

/**
 * Pairs the blocks and convolutions of two networks and puts a probe beside each of the reference's that its counterpart
 * does not equal exactly: a convolution of the same input by the difference of both kernels, of which the largest value
 * of each channel comes out. So all pairs are compared on the same inputs in one run of the reference, no image of a
 * layer is kept, and what is measured is not the rounding of two sums but what the weights differ by.
 * @returns why, where the networks cannot be laid beside each other
 */
export function probed(a: Network, b: Network): Probed | { readonly reason: string } {
  try {
    const pairing = pairNetworks(a, b);
    return 'reason' in pairing ? pairing : withProbes(a, pairing.pairs);
  } catch (error) {
    // A variance that is negative or not a number: what comes of it is for the whole network to show.
    if (error instanceof UserError) return { reason: error.message };
    throw error;
  }
}

function withProbes(a: Network, pairs: readonly PairedConvolution[]): Probed {
  const tensors = new Map<string, TensorRef>(a.tensors);
  const names = new Set([...a.graph.shapes.keys(), ...a.graph.nodes.map(({ name }) => name)]);
  const added: GraphNode[] = [];
  const probes = pairs.flatMap((pair): Probe[] => {
    const excess = excessOf(pair);
    if (!excess) return [];
    let stem = `probe ${added.length}`;
    while (names.has(stem)) stem = `${stem}_`;
    const node = differenceNode(stem, pair, excess, tensors);
    const [difference, output] = [node.outputs[0], pair.a.output].map((value, i) => {
      const nodes = largestSquare(`${stem}/${i}`, value);
      added.push(...(i === 0 ? [node] : []), ...nodes);
      return nodes[nodes.length - 1].outputs[0];
    });
    return [{ pair, excess, difference, output }];
  });
  const nodes = [...a.graph.nodes, ...added];
  const graph = makeGraph({ nodes, outputs: a.graph.outputs }, tensors);
  return {
    network: { graph, tensors },
    values: probes.flatMap(({ difference, output }) => [difference, output]),
    blocks: new BlockDifferences(pairs.length, probes),
  };
}

function differenceNode(
  name: string,
  { a }: PairedConvolution,
  { shape, kernel, bias }: Excess,
  tensors: Map<string, TensorRef>,
): NodeOf<'conv2d'> {
  const parameters = { kernel: `${name}/kernel`, bias: `${name}/bias` };
  tensors.set(parameters.kernel, tensorOf(parameters.kernel, shape, kernel));
  tensors.set(parameters.bias, tensorOf(parameters.bias, [bias.length], bias));
  const { attributes, inputs } = a.conv;
  return { name, op: 'conv2d', attributes, inputs, outputs: [name], parameters };
}

/** Per image and channel the largest square of an image's values. */
function largestSquare(stem: string, value: string): GraphNode[] {
  const [squares, largest] = [`${stem}/squares`, `${stem}/largest`];
  const parameters = {};
  return [
    { name: squares, op: 'multiply', attributes: {}, inputs: [value, value], outputs: [squares], parameters },
    {
      name: largest,
      op: 'globalMaxPool',
      attributes: { keepDims: false },
      inputs: [squares],
      outputs: [largest],
      parameters,
    },
  ];
}

/** Collects what the probes measure, over batches. */
class BlockDifferences {
  /** Per probe the largest squares of each channel. */
  private readonly seen: readonly { readonly difference: Float32Array; readonly output: Float32Array }[];

  constructor(
    /** All pairs, those that are exactly equal too. */
    private readonly count: number,
    private readonly probes: readonly Probe[],
  ) {
    this.seen = probes.map(({ excess: { bias } }) => ({
      difference: new Float32Array(bias.length),
      output: new Float32Array(bias.length),
    }));
  }

  /** @param results of the values that `probed` asked for, in that order */
  add(results: readonly Result[]): void {
    this.seen.forEach(({ difference, output }, i) => {
      keepLargest(difference, results[2 * i].values);
      keepLargest(output, results[2 * i + 1].values);
    });
  }

  /**
   * Channel by channel: what reads a block may make up for channels of very different size, so that a small one counts as
   * much as the largest.
   * @param tolerance largest difference that passes, of a channel's largest output
   */
  result(tolerance: number): BlockComparison & { readonly passed: boolean } {
    const found = this.probes.map(({ pair, excess }, i) => {
      const { difference, output } = this.seen[i];
      const relative = Array.from(difference, (square, c) =>
        square === 0 ? 0 : Math.sqrt(square) / Math.sqrt(output[c]),
      );
      const maxRel = relative.reduce((most, value) => Math.max(most, value), 0);
      // Weights that 32-bit numbers cannot tell apart are the same, even where an output is small beside its terms.
      const passed = relative.every((value, c) => value <= tolerance || excess.isRounding[c]);
      return { name: pair.a.name, other: pair.b.name, maxRel, passed };
    });
    const worse = (x: (typeof found)[number], y: (typeof found)[number]): number =>
      Number(x.passed) - Number(y.passed) || order(y.maxRel) - order(x.maxRel);
    const [worst] = found.sort(worse);
    const passed = found.every((each) => each.passed);
    if (found.length === 0) return { count: this.count, maxRel: 0, passed };
    const { name, other, maxRel } = worst;
    return { count: this.count, maxRel, passed, worst: name, ...(other !== name && { worstOther: other }) };
  }
}

/** NaN before everything. */
function order(value: number): number {
  return Number.isNaN(value) ? Infinity : value;
}

/** @param squares one per image and channel */
function keepLargest(largest: Float32Array, squares: Float32Array): void {
  squares.forEach((square, i) => {
    const channel = i % largest.length;
    largest[channel] = Math.max(largest[channel], square);
  });
}
