import type { GraphNode, NodeOf } from '../../graph/graph';
import type { Conv2dAttributes } from '../../graph/ops/conv2d';
import type { BatchNormAttributes } from '../../graph/ops/batch-norm';
import { NO_PADDING, type Sides } from '../../graph/padding';
import { outputOf } from '../../graph/node';
import { kernelShape, type TensorRef } from '../../tensor/tensor';
import { DictTensor, KERNEL_ORDERS } from './tensor';
import { landingOf } from './landings';
import { epsilonOf, TORCH_EPSILON } from './norm-epsilon';
import { LengthenedKernel } from './lengthened';
import {
  blockUnit,
  convUnit,
  filtersOf,
  join,
  kernelSize,
  type BlockUnit,
  type BranchUnit,
  type ConvUnit,
  type NormUnit,
  type StateDict,
} from './units';

/** PyTorch's own: ε 1e-5, a tenth of each batch goes into the moving statistics, the variance is the unbiased one. */
export const TORCH_NORM: BatchNormAttributes = { epsilon: TORCH_EPSILON, momentum: 0.9, unbiased: true };

/** How a convolution slides; what a state dict does not hold. */
export type Sliding = Pick<Conv2dAttributes, 'strides' | 'dilations' | 'groups'> & {
  /** Zeros on each side. */
  readonly padding: Sides;
};

/** Makes nodes of modules: convolutions, blocks and batch norms by the names of their tensors. */
export class NodeBuilder {
  readonly nodes: GraphNode[] = [];
  readonly tensors = new Map<string, TensorRef>();
  /** Paths of batch norms whose ε is assumed. */
  readonly assumedNorms: string[] = [];

  constructor(readonly dict: StateDict) {}

  add<T extends GraphNode>(node: T): string {
    this.nodes.push(node);
    return outputOf(node);
  }

  /**
   * A convolution with the batch norm after it, if any: plain, a block, or fused from one.
   * @param norm the batch norm after it; a block mostly has it inside
   * @param inside how the batch norm was called that a block has inside, if nothing in the file says so
   * @returns the value after it all; undefined if the path holds no convolution
   */
  conv(
    name: string,
    norm: NormUnit | undefined,
    input: string,
    sliding: Sliding,
    inside?: string,
  ): string | undefined {
    const block = blockUnit(this.dict, name);
    if (block) {
      const sum = this.block(block, inside, input, sliding);
      return norm ? this.norm(norm.name, norm, sum) : sum;
    }
    const fused = convUnit(this.dict, join(name, 'fused_conv'));
    const unit = fused ?? convUnit(this.dict, name);
    if (!unit) return undefined;
    const value = this.convNode({ name, unit, input, window: sliding });
    return norm ? this.norm(norm.name, norm, value) : value;
  }

  /** A batch norm under a node name, which may not be its own path. */
  norm(name: string, unit: NormUnit, input: string): string {
    const plain = (tensor: NormUnit['mean'] | undefined): string | undefined =>
      tensor && this.tensor(tensor.name, new DictTensor(tensor));
    const roles = { gamma: unit.gamma, beta: unit.beta, mean: unit.mean, variance: unit.variance };
    const parameters = Object.entries(roles).flatMap(([role, tensor]) => {
      const key = plain(tensor);
      return key === undefined ? [] : [[role, key] as const];
    });
    const momentum = this.dict.modules.get(unit.name)?.momentum;
    const { value: epsilon, source } = epsilonOf(this.dict, unit.name);
    if (source === 'assumed') this.assumedNorms.push(unit.name);
    const attributes: BatchNormAttributes = {
      ...TORCH_NORM,
      epsilon,
      ...(momentum === undefined ? {} : { momentum: 1 - momentum }),
    };
    return this.add({
      name,
      op: 'batchNorm',
      attributes,
      inputs: [input],
      outputs: [name],
      parameters: Object.fromEntries(parameters),
    });
  }

  /** Names as a conversion gives them, so that a fusion finds its way back. */
  private block(unit: BlockUnit, norm: string | undefined, input: string, sliding: Sliding): string {
    const { name, square } = unit;
    const [height, width] = kernelSize(square.conv.weight.shape, this.dict.layout);
    const { row, column } = landingOf(this.dict, unit);
    const [dh, dw] = sliding.dilations;
    const cuts = {
      horizontal: { ...NO_PADDING, top: row * dh, bottom: (height - 1 - row) * dh },
      vertical: { ...NO_PADDING, left: column * dw, right: (width - 1 - column) * dw },
    };
    const own = this.dict.notes.get(name)?.norm ?? norm;
    const main = this.branch(square, name, own ?? `${name}_acb_bn`, input, sliding);
    const sides = (['horizontal', 'vertical'] as const).map((direction) => {
      const stem = `${name}_acb_${direction === 'horizontal' ? 'hor' : 'ver'}`;
      const net = minus(sliding.padding, cuts[direction]);
      const [value, padding] = isPlain(net)
        ? [input, net]
        : [this.cut(stem, input, sliding.padding, cuts[direction]), NO_PADDING];
      const size: readonly [number, number] = direction === 'horizontal' ? [1, width] : [height, 1];
      return this.branch(unit[direction], stem, `${stem}_bn`, value, { ...sliding, padding }, size);
    });
    const sum = `${name}_acb_add`;
    const inputs = [main, ...sides];
    return this.add({ name: sum, op: 'add', attributes: {}, inputs, outputs: [sum], parameters: {} });
  }

  private branch(
    { conv, norm }: BranchUnit,
    name: string,
    normName: string,
    input: string,
    window: Sliding,
    size?: readonly [number, number],
  ): string {
    const value = this.convNode({ name, unit: conv, input, window, size });
    return norm ? this.norm(normName, norm, value) : value;
  }

  /** Padding and cropping before a branch whose window lies within the square one's padding. */
  private cut(stem: string, input: string, padding: Sides, cut: Sides): string {
    const [pad, crop] = [`${stem}_pad`, `${stem}_crop`];
    const none = { parameters: {} };
    this.add({
      name: pad,
      op: 'zeroPadding',
      attributes: { sides: padding },
      inputs: [input],
      outputs: [pad],
      ...none,
    });
    return this.add({
      name: crop,
      op: 'cropping',
      attributes: { sides: cut },
      inputs: [pad],
      outputs: [crop],
      ...none,
    });
  }

  private convNode({ name, unit, input, window, size }: ConvPlan): string {
    const { layout } = this.dict;
    const stored = new DictTensor(unit.weight, KERNEL_ORDERS[layout]);
    const [height, width] = kernelShape(stored.shape);
    const kernelSize = size ?? ([height, width] as const);
    const isShorter = height < kernelSize[0] || width < kernelSize[1];
    const kernel = isShorter ? new LengthenedKernel(stored, kernelSize) : stored;
    const parameters: Record<string, string> = { kernel: this.tensor(unit.weight.name, kernel) };
    if (unit.bias) parameters.bias = this.tensor(unit.bias.name, new DictTensor(unit.bias));
    const filters = filtersOf(unit);
    const depthwise = window.groups > 1 && window.groups === filters ? ({ depthwise: true } as const) : {};
    const node: NodeOf<'conv2d'> = {
      name,
      op: 'conv2d',
      attributes: { ...window, kernelSize, filters, ...depthwise },
      inputs: [input],
      outputs: [name],
      parameters,
    };
    return this.add(node);
  }

  tensor(key: string, tensor: TensorRef): string {
    this.tensors.set(key, tensor);
    return key;
  }
}

interface ConvPlan {
  readonly name: string;
  readonly unit: ConvUnit;
  readonly input: string;
  readonly window: Sliding;
  readonly size?: readonly [number, number];
}

function minus(a: Sides, b: Sides): Sides {
  return { top: a.top - b.top, bottom: a.bottom - b.bottom, left: a.left - b.left, right: a.right - b.right };
}

function isPlain(sides: Sides): boolean {
  return Object.values(sides).every((side: number) => side >= 0);
}
