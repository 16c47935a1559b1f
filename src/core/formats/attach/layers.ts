import type { GraphNode } from '../../graph/graph';
import type { Shape, TensorRef } from '../../tensor/tensor';
import { convolutionPaths } from '../state-dict/convolutions';
import { DENSE_ORDER, DictTensor, KERNEL_ORDERS } from '../state-dict/tensor';
import {
  blockUnit,
  convUnit,
  join,
  modulePaths,
  normUnit,
  type ConvUnit,
  type StateDict,
} from '../state-dict/units';

/** Layers that a state dict shows by themselves, so that they can be matched by more than their names. */
export type LayerKind = 'convolution' | 'batch norm' | 'linear layer';

/** The kind of a node's layer; undefined for one that a state dict does not show by itself. */
export function kindOf({ op }: GraphNode): LayerKind | undefined {
  if (op === 'conv2d') return 'convolution';
  if (op === 'batchNorm') return 'batch norm';
  return op === 'dense' ? 'linear layer' : undefined;
}

/** The parameter by whose shape and values a layer is known. */
export const MAIN: Readonly<Record<LayerKind, string>> = {
  convolution: 'kernel',
  'batch norm': 'mean',
  'linear layer': 'kernel',
};

/** The convolution of a path, whichever form it has. */
export function unitAt(dict: StateDict, path: string): ConvUnit | undefined {
  return (
    blockUnit(dict, path)?.square.conv ?? convUnit(dict, join(path, 'fused_conv')) ?? convUnit(dict, path)
  );
}

/** True if a batch norm was taken into the convolution of a path: by a block, or folded in. */
export function hasNormInside(dict: StateDict, path: string): boolean {
  return blockUnit(dict, path) !== undefined || convUnit(dict, join(path, 'fused_conv')) !== undefined;
}

/** A layer's main parameter, laid out as in the graph; undefined if the path has no such layer. */
export function mainTensor(dict: StateDict, kind: LayerKind, path: string): TensorRef | undefined {
  if (kind === 'convolution') {
    const unit = unitAt(dict, path);
    return unit && new DictTensor(unit.weight, KERNEL_ORDERS[dict.layout]);
  }
  if (kind === 'batch norm') {
    const unit = normUnit(dict, path);
    return unit && new DictTensor(unit.mean);
  }
  const weight = dict.tensors.get(join(path, 'weight'));
  return weight?.shape.length === 2 ? new DictTensor(weight, DENSE_ORDER) : undefined;
}

/** Paths of a file's layers of a kind, in its order; what is inside a block has none of its own. */
export function layerPaths(dict: StateDict, kind: LayerKind): string[] {
  if (kind === 'convolution') return convolutionPaths(dict);
  const isPart = (path: string): boolean =>
    /(^|\.)(square|hor|ver)_bn$/.test(path) && blockUnit(dict, path.replace(/\.?[^.]*$/, '')) !== undefined;
  return modulePaths(dict).filter((path) => !isPart(path) && mainTensor(dict, kind, path) !== undefined);
}

/** Sizes for people. */
export function sizes(shape: Shape): string {
  return shape.join(' × ');
}
