import path from 'node:path';
import { tensorOf } from '../../src/core/tensor/tensor';
import type { Network } from '../../src/engine/backend';
import { NetworkBuilder } from './networks';
import { writeKeras } from './operation';
import { temporaryFolder, writeFiles } from './folders';
import { greyPng } from './pictures';

/** Two convolutions with their batch norms, statistics as a new network has them. */
export function freshNetwork(side: number, classes: number, dropout = 0): Network {
  const b = new NetworkBuilder(5);
  let x = b.relu(b.batchNorm(b.conv(b.input([side, side, 1]), 8, [3, 3], { strides: [2, 2] })));
  x = b.relu(b.batchNorm(b.conv(x, 16, [3, 3], { strides: [2, 2] })));
  if (dropout > 0) x = b.apply('dropout', x, { rate: dropout });
  const units = Math.ceil(side / 4) ** 2 * 16;
  const { graph, tensors } = b.finish(
    b.apply('softmax', b.dense(b.apply('flatten', x, {}, units), classes), {}),
  );
  const start: Record<string, number> = { gamma: 1, beta: 0, moving_mean: 0, moving_variance: 1 };
  const reset = [...tensors].map(([name, { shape }]) => {
    const value = start[name.split('/')[1]];
    return value === undefined
      ? ([name, tensors.get(name)] as const)
      : ([name, tensorOf(name, shape, new Float32Array(shape[0]).fill(value))] as const);
  });
  return { graph, tensors: new Map(reset.flatMap(([name, t]) => (t ? [[name, t] as const] : []))) };
}

/** A folder with a network of two classes, dark and light images, and room for a job. */
export async function smallFolder(dropout = 0, folder = temporaryFolder()): Promise<string> {
  await writeKeras(path.join(folder, 'small.keras'), freshNetwork(8, 2, dropout));
  const images = Array.from({ length: 60 }, (_, i) => {
    const value = (i * 41) % 256;
    return [`images/${value < 128 ? 'dark' : 'light'}/${i}.png`, greyPng(value, 8)] as const;
  });
  return writeFiles(folder, Object.fromEntries(images));
}

/** A job for the small folder: 48 training images, so 6 steps an epoch. */
export const SMALL = {
  checkpoint: 'small.keras',
  data: { folder: 'images', validation: 0.2 },
  ...{ epochs: 2, batch: 8, learningRate: 0.05, seed: 3 },
};
