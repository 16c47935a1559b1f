import type { LiveBranches } from '../../shared/choices';
import type { Checkpoint } from '../checkpoint';
import { withNormParameters } from './calibration';
import type { NodeOf } from '../graph/graph';
import { tensorNameOf } from '../graph/node';
import { item } from '../item';
import { tensorOf, type TensorRef } from '../tensor/tensor';
import { kernelOf } from './kernel';
import { affineOf, constant, parameterOf, setAffine, unitVariance, type Affine } from './norm';
import { PARTS, subtractPart, type Drawn, type Kernel, type Whole } from './shares';
import type { AcbBlock, Branch } from './types';

/** How much of a block its one-dimensional branches carry, and what their kernels are. */
export interface LiveOptions {
  readonly branches: LiveBranches;
  /**
   * Above 0 and at most 1. `split`: of the kernel's own row and column; `compensated`: the standard deviation of a branch's
   * output, of that of the block.
   */
  readonly share: number;
}

/** A checkpoint whose branches carry a part of their blocks' output. */
export interface Live {
  readonly checkpoint: Checkpoint;
  /** Batch norms of these blocks, one node a layer: their statistics are placeholders until they are measured. */
  readonly fresh: readonly string[];
}

type Norm = NodeOf<'batchNorm'>;
type Tensors = Map<string, TensorRef>;
type Parameters = Readonly<Record<string, string>>;

/** A branch that has a batch norm. */
interface Normed extends Branch {
  readonly batchNorm: Norm;
}

/**
 * Gives the branches of blocks a part of what the blocks compute, at inference without a change of it: with a_b = γ_b/σ_b,
 * K_s = K₀ − (a_h/a₀)·place(K_h) − (a_v/a₀)·place(K_v). A branch's weights have the root mean square of those of the
 * convolution, filter by filter, since under batch norm the size of a kernel decides how fast it learns. All three batch norms
 * divide by 1 until they are measured, which keeps what they compute.
 * @param checkpoint with branches at γ = 0; for `compensated` their statistics are measured
 * @param blocks those to change; several calls of a layer count once
 * @throws CheckpointError on a variance that is negative
 */
export function liveBranches(
  checkpoint: Checkpoint,
  blocks: readonly AcbBlock[],
  options: LiveOptions,
): Live {
  const tensors: Tensors = new Map(checkpoint.tensors);
  const parameters = new Map<string, Parameters>();
  const fresh: string[] = [];
  const done = new Set<string>();
  for (const block of blocks) {
    const kernel = tensorNameOf(block.square.conv, 'kernel');
    const branches = normedBranches(block);
    if (done.has(kernel) || !branches) continue;
    done.add(kernel);
    const affines = shareOut(block, branches, options, tensors);
    branches.forEach(({ batchNorm }, i) => {
      const { epsilon } = batchNorm.attributes;
      const statistics = { mean: 0, variance: unitVariance(epsilon) };
      parameters.set(
        tensorNameOf(batchNorm, 'mean'),
        setAffine(batchNorm, item(affines, i), statistics, tensors),
      );
      fresh.push(batchNorm.name);
    });
  }
  return { checkpoint: withNormParameters(checkpoint, tensors, parameters), fresh };
}

/**
 * The same network, where the batch norms of blocks have a γ and a β: what live branches will change. A training that
 * continues begins with the layers that it had.
 */
export function withScaledNorms(checkpoint: Checkpoint, blocks: readonly AcbBlock[]): Checkpoint {
  const tensors: Tensors = new Map(checkpoint.tensors);
  const parameters = new Map<string, Parameters>();
  for (const block of blocks) {
    for (const { batchNorm } of normedBranches(block) ?? []) {
      const mean = tensorNameOf(batchNorm, 'mean');
      if (parameters.has(mean)) continue;
      const channels = tensors.get(mean)?.shape[0] ?? 0;
      const { gamma = `${batchNorm.name}/gamma`, beta = `${batchNorm.name}/beta` } = batchNorm.parameters;
      if (!tensors.has(gamma)) tensors.set(gamma, constant(gamma, channels, 1));
      if (!tensors.has(beta)) tensors.set(beta, constant(beta, channels, 0));
      parameters.set(mean, { ...batchNorm.parameters, gamma, beta });
    }
  }
  return withNormParameters(checkpoint, tensors, parameters);
}

/** Square, horizontal and vertical. Undefined where a batch norm is missing, or no variance makes it divide by 1. */
function normedBranches({ square, horizontal, vertical }: AcbBlock): Normed[] | undefined {
  const branches = [square, horizontal, vertical].flatMap(({ conv, batchNorm }) =>
    batchNorm && batchNorm.attributes.epsilon <= 1 ? [{ conv, batchNorm }] : [],
  );
  return branches.length === 3 ? branches : undefined;
}

/** Changes the kernels of one block. @returns what its batch norms then do, in the order of the branches */
function shareOut(
  { row, column }: AcbBlock,
  branches: readonly Normed[],
  { branches: kind, share }: LiveOptions,
  tensors: Tensors,
): Affine[] {
  const square = item(branches, 0);
  const affine = affineOf(square.batchNorm, tensors);
  const whole = wholeOf(square, affine, tensors);
  const [height, width] = square.conv.attributes.kernelSize;
  const landings = [
    Array.from({ length: width }, (_, x) => row * width + x),
    Array.from({ length: height }, (_, y) => y * width + column),
  ];
  const kernel = Float64Array.from(whole.values);
  const affines = landings.map((positions, i): Affine => {
    const branch = item(branches, i + 1);
    const drawn = { ...drawnOf(branch, tensors), positions, crossing: row * width + column };
    const part = PARTS[kind](whole, drawn, share);
    subtractPart(kernel, part, positions);
    setKernel(branch, part.kernel, tensors);
    const scale = affine.scale.map((a, f) => a * item(part.ratios, f));
    return { scale, shift: new Float64Array(scale.length) };
  });
  setKernel(square, Float32Array.from(kernel), tensors);
  return [affine, ...affines];
}

function wholeOf(square: Normed, { scale }: Affine, tensors: Tensors): Whole {
  const { variance, epsilon } = spreadOf(square, tensors);
  const deviations = Float64Array.from(variance, (v) => Math.sqrt(v + epsilon));
  return { ...ownKernel(square, tensors), deviations, scale };
}

function drawnOf(branch: Normed, tensors: Tensors): Pick<Drawn, 'kernel' | 'variance' | 'epsilon'> {
  return { kernel: ownKernel(branch, tensors), ...spreadOf(branch, tensors) };
}

function spreadOf({ batchNorm }: Normed, tensors: Tensors): { variance: Float32Array; epsilon: number } {
  const variance = parameterOf(batchNorm, 'variance', tensors) ?? new Float32Array();
  return { variance, epsilon: batchNorm.attributes.epsilon };
}

function ownKernel({ conv }: Normed, tensors: Tensors): Kernel {
  const { kernel, shape } = kernelOf(conv, tensors);
  return { values: kernel, perGroup: shape[2], filters: shape[3] };
}

function setKernel({ conv }: Normed, values: Float32Array, tensors: Tensors): void {
  const name = tensorNameOf(conv, 'kernel');
  tensors.set(name, tensorOf(name, tensors.get(name)?.shape ?? [values.length], values));
}
