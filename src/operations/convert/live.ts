import { findBlocks } from '../../core/acnet/blocks';
import { withInputSize } from '../../core/acnet/input-size';
import { liveBranches, withScaledNorms, type Live, type LiveOptions } from '../../core/acnet/live-branches';
import type { AcbBlock } from '../../core/acnet/types';
import type { Checkpoint } from '../../core/checkpoint';
import type { Pair } from '../../core/graph/padding';
import { graphOf } from '../kit/network';

/** Which blocks get live branches, and of what kind. */
export interface LiveStart extends LiveOptions {
  /** Names of their square convolutions. */
  readonly layers: readonly string[];
  /** Size of images for which they are aligned, where the network leaves it open. */
  readonly inputSize?: Pair | undefined;
}

/** As `liveBranches`, for blocks by name. */
export function withLiveBranches(checkpoint: Checkpoint, start: LiveStart): Live {
  return liveBranches(checkpoint, blocksOf(checkpoint, start), start);
}

/** The layers that a network will have with live branches, before it has them. */
export function readyForLive(checkpoint: Checkpoint, start: LiveStart): Checkpoint {
  return withScaledNorms(checkpoint, blocksOf(checkpoint, start));
}

function blocksOf(checkpoint: Checkpoint, { layers, inputSize }: LiveStart): AcbBlock[] {
  const sized = inputSize ? withInputSize(checkpoint, inputSize) : checkpoint;
  const wanted = new Set(layers);
  const blocks = findBlocks(graphOf(sized, 'converted'), sized.tensors);
  return blocks.filter(({ square }) => wanted.has(square.conv.name));
}
