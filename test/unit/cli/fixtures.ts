import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { NetworkBuilder, type NewNetwork } from '../../../src/cli/demo/network';
import { packIdx } from '../../../src/cli/demo/sample';
import { kerasCheckpoint } from '../../../src/core/formats/keras/write/create';
import { writeCheckpoint } from '../../../src/core/formats/registry';
import { createRandom } from '../../../src/core/random';
import { tensorOf } from '../../../src/core/tensor/tensor';
import { writeAtomically } from '../../../src/files/atomic';

/** A folder that is removed after the file's tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'acnet-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** 8 × 8 grey images, three classes: two 3×3 convolutions with batch norms, one with stride 2. */
export function smallNetwork(): NewNetwork {
  const net = new NetworkBuilder(7);
  const image = net.input('image', [null, 8, 8, 1]);
  const deep = net.block('conv2', net.block('conv1', image, 1, 4), 4, 6, [2, 2]);
  return net.finish(
    net.softmax('probabilities', net.dense('logits', net.globalAveragePool('gap', deep), 6, 3)),
  );
}

/** Writes the small network as a Keras archive. @param spoil replaces the first value of this tensor by NaN. */
export async function writeModel(file: string, spoil?: string): Promise<string> {
  const { parts, tensors } = smallNetwork();
  const all = new Map(tensors);
  const victim = spoil === undefined ? undefined : all.get(spoil);
  if (victim) {
    const values = victim.readFloat32().slice();
    values[1] = NaN;
    all.set(victim.name, tensorOf(victim.name, victim.shape, values));
  }
  const checkpoint = kerasCheckpoint(parts, all, { path: file, name: 'small' });
  await writeAtomically(file, (sink) => writeCheckpoint(checkpoint, sink));
  return file;
}

/** Writes IDX files: `train` and `t10k` images whose class is the third that is bright. */
export async function writeImages(folder: string, train = 48, test = 24): Promise<string> {
  mkdirSync(folder, { recursive: true });
  for (const [part, count] of [
    ['train', train],
    ['t10k', test],
  ] as const) {
    const random = createRandom(count);
    const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
    const picture = (index: number) => {
      const pixels = Uint8Array.from({ length: 64 }, (_, at) =>
        Math.floor(at / 22) === labels[index] ? 160 + random.below(90) : random.below(60),
      );
      return Promise.resolve({ height: 8, width: 8, channels: 1 as const, pixels });
    };
    const samples = { count, labels, nameOf: String, picture };
    const packed = await packIdx(
      samples,
      Array.from({ length: count }, (_, i) => i),
    );
    writeFileSync(path.join(folder, `${part}-images-idx3-ubyte.gz`), packed.images);
    writeFileSync(path.join(folder, `${part}-labels-idx1-ubyte.gz`), packed.labels);
  }
  return folder;
}

/** Content of a file, to see that it was not touched. */
export function snapshot(file: string): string {
  return readFileSync(file).toString('base64');
}
