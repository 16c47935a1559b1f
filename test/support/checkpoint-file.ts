import { writeCheckpoint } from '../../src/core/formats/registry';
import { kerasCheckpoint } from '../../src/core/formats/keras/write/create';
import { sizeOf } from '../../src/core/tensor/tensor';
import type { Network } from '../../src/engine/backend';
import { writeAtomically } from '../../src/files/atomic';
import { NetworkBuilder } from './networks';

/** What a test knows of a checkpoint it wrote. */
export interface WrittenCheckpoint {
  readonly path: string;
  readonly parameters: number;
}

/**
 * Writes a small network as `.keras`: four convolutions, of which the 1×1 cannot become an ACB. Two of 3×3 with a
 * batch norm (one of stride 2), one of 5×5 without.
 * @param width channels of the inner layers
 */
export async function writeSmallNetwork(path: string, width = 16, seed = 1): Promise<WrittenCheckpoint> {
  const b = new NetworkBuilder(seed);
  let x = b.relu(b.batchNorm(b.conv(b.input([28, 28, 1]), width, [3, 3])));
  x = b.relu(b.batchNorm(b.conv(x, width, [3, 3], { strides: [2, 2] })));
  x = b.relu(b.batchNorm(b.conv(x, width, [1, 1])));
  x = b.relu(b.conv(x, width, [5, 5], { bias: true }));
  const pooled = b.apply('globalAveragePool', x, { keepDims: false });
  return writeNetwork(path, b.finish(b.apply('softmax', b.dense(pooled, 10), {})));
}

async function writeNetwork(path: string, { graph, tensors }: Network): Promise<WrittenCheckpoint> {
  const checkpoint = kerasCheckpoint(graph, tensors, { path, name: 'small' });
  await writeAtomically(path, (sink) => writeCheckpoint(checkpoint, sink), { overwrite: true });
  const parameters = [...tensors.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return { path, parameters };
}
