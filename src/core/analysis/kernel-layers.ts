import { item } from '../item';
import { tensorNameOf } from '../graph/node';
import { requireFinite } from '../acnet/finite';
import { fuseBlock, fuseBranch, kernelOf, stackBlock, type Fused } from '../acnet/kernel';
import { withConvolutions } from '../acnet/loose';
import { findSites } from '../acnet/sites';
import type { AcbBlock, Branch, Site } from '../acnet/types';
import type { Checkpoint } from '../checkpoint';
import { CheckpointError } from '../errors';
import type { Pair } from '../graph/padding';
import { isFloat } from '../tensor/dtype';
import { kernelShape, type Shape, type TensorRef } from '../tensor/tensor';

/** Kernels beyond this are not image kernels: a rank-4 weight of something else. */
const LARGEST_KERNEL = 31;

/** Keras 3 numbers a layer's weights in weights-only files; of a convolution the kernel is the first. */
const UNNAMED = /\/vars\/0$/;
const KERNEL_NAME = /(?:(?:^|\/)kernel(?::0)?|\/vars\/0)$/;

/** One layer of k×k kernels, block or plain convolution; nothing of it is read yet. */
export interface KernelLayer {
  readonly name: string;
  readonly kernel: Pair;
  /** Of the kernel: [h, w, in / groups, out]. */
  readonly shape: Shape;
  /** Name of the kernel's tensor; of a block the square one's. */
  readonly tensor: string;
  /** Absent in a file of weights whose convolutions are found by name and shape. */
  readonly site?: Site;
}

/** A layer's weights in float64. */
export interface LayerKernels {
  /** As stored; an ACB's three placed and added without their batch norms. */
  readonly raw: Fused;
  /** After batch-norm and branch fusion; `raw` itself where there is no batch norm. */
  readonly fused: Fused;
}

/** The layers of a checkpoint, and the checkpoint in which their weights are found. */
export interface KernelLayers {
  readonly checkpoint: Checkpoint;
  readonly layers: readonly KernelLayer[];
}

/**
 * Every layer with kernels of 2 × 2 or more, each kernel once, in graph order. Without a graph, rank-4 tensors named
 * `kernel` are taken as [h, w, in, out].
 */
export function kernelLayers(opened: Checkpoint): KernelLayers {
  // A norm that follows a convolution by name is taken for its own: nothing is rewritten here.
  const checkpoint = withConvolutions(opened, true);
  return { checkpoint, layers: checkpoint.graph ? ofNetwork(checkpoint) : ofTensors(checkpoint) };
}

/** Reads a layer. @throws CheckpointError, with the file's path, on weights that are not finite numbers. */
export function readLayer(layer: KernelLayer, checkpoint: Checkpoint): LayerKernels {
  try {
    return kernelsOf(layer, checkpoint);
  } catch (error) {
    // Only here it is known which of two files it was.
    if (!(error instanceof CheckpointError) || error.detail.path !== undefined) throw error;
    throw new CheckpointError(error.summary, { ...error.detail, path: checkpoint.path });
  }
}

function kernelsOf(layer: KernelLayer, { tensors, path }: Checkpoint): LayerKernels {
  const { site } = layer;
  if (!site) {
    const raw = storedKernel(layer, tensors.get(layer.tensor), path);
    return { raw, fused: raw };
  }
  requireFiniteSite(site, { tensors, path });
  const { block, conv, absorbs } = site;
  if (block) return { raw: stackBlock(block, tensors), fused: fuseBlock(block, tensors) };
  const raw = kernelOf(conv, tensors);
  return { raw, fused: absorbs ? fuseBranch({ conv, batchNorm: absorbs }, tensors) : raw };
}

function storedKernel({ shape }: KernelLayer, tensor: TensorRef | undefined, path: string): Fused {
  const values = tensor?.readFloat32() ?? new Float32Array();
  if (tensor) requireFinite(tensor, values, path);
  const [height, width, inputs, filters] = kernelShape(shape);
  return {
    shape: [height, width, inputs, filters],
    kernel: Float64Array.from(values),
    bias: new Float64Array(filters),
  };
}

/** A convolution with its batch norm, or the three of a block. */
export function branchesOf({ block, conv, absorbs }: Site): readonly Branch[] {
  return block ? blockBranches(block) : [absorbs ? { conv, batchNorm: absorbs } : { conv }];
}

function blockBranches({ square, horizontal, vertical }: AcbBlock): readonly Branch[] {
  return [square, horizontal, vertical];
}

/** @throws CheckpointError if a weight of the convolution, block or batch norm is NaN or infinite. */
function requireFiniteSite(site: Site, { tensors, path }: Pick<Checkpoint, 'tensors' | 'path'>): void {
  const names = branchesOf(site).flatMap(({ conv, batchNorm }) => [
    ...Object.values(conv.parameters),
    ...Object.values(batchNorm?.parameters ?? {}),
  ]);
  for (const name of names) {
    const tensor = tensors.get(name);
    if (tensor) requireFinite(tensor, tensor.readFloat32(), path);
  }
}

function ofNetwork(checkpoint: Checkpoint): KernelLayer[] {
  const seen = new Set<string>();
  return findSites(checkpoint)
    .filter(({ kernel }) => Math.min(...kernel) > 1)
    .filter(({ conv }) => {
      const kernel = tensorNameOf(conv, 'kernel');
      const repeated = seen.has(kernel);
      seen.add(kernel);
      return !repeated;
    })
    .map((site) => {
      const { name, kernel, conv } = site;
      const tensor = tensorNameOf(conv, 'kernel');
      const inputs = checkpoint.tensors.get(tensor)?.shape[2] ?? 0;
      return { name, kernel, shape: [...kernel, inputs, conv.attributes.filters], tensor, site };
    });
}

function ofTensors({ tensors }: Checkpoint): KernelLayer[] {
  const kernels = [...tensors.values()].filter(looksLikeKernel);
  // Such files are in alphabetical order: conv2d_10 before conv2d_2.
  if (kernels.some(({ name }) => UNNAMED.test(name))) {
    kernels.sort((a, b) => ownerOf(a.name).localeCompare(ownerOf(b.name), 'en', { numeric: true }));
  }
  return kernels.map(({ name, shape }) => ({
    name: ownerOf(name),
    kernel: [item(shape, 0), item(shape, 1)],
    shape,
    tensor: name,
  }));
}

/** Whether a tensor of a file without a network is a convolution kernel [h, w, in, out]. */
function looksLikeKernel({ name, shape, dtype }: TensorRef): boolean {
  const [height = 0, width = 0] = shape;
  const fits = (size: number): boolean => size > 1 && size <= LARGEST_KERNEL;
  return shape.length === 4 && isFloat(dtype) && KERNEL_NAME.test(name) && fits(height) && fits(width);
}

/** The layer of such a tensor: `block/conv1/conv1/kernel:0` belongs to `block/conv1/conv1`, `layers/a/vars/0` to `layers/a`. */
function ownerOf(tensor: string): string {
  return tensor.replace(KERNEL_NAME, '') || tensor;
}
