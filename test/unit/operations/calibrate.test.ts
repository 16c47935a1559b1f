import { beforeAll, describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { findSites } from '../../../src/core/acnet/sites';
import type { Branches } from '../../../src/shared/choices';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { kerasCheckpoint } from '../../../src/core/formats/keras/write/create';
import { createRandom } from '../../../src/core/random';
import type { Backend, Network } from '../../../src/engine/backend';
import { openDataset } from '../../../src/engine/data';
import { calibrateCheckpoint } from '../../../src/operations/convert/calibrate';
import { nativeBackend } from '../../support/native';
import { NetworkBuilder } from '../../support/networks';
import { testContext } from '../../support/operation';
import { temporaryFolder, writeFiles } from '../../support/folders';
import { makeIdx } from '../../support/pictures';
import { runReference, tensor } from '../../support/reference';
import { momentsOf } from '../../support/reference-ops';

const IMAGES = 300;
const random = createRandom(1);
const PIXELS = Uint8Array.from({ length: IMAGES * 36 }, () => random.below(256));

let backend: Backend;
beforeAll(async () => {
  backend = await nativeBackend();
});

function network(): Network {
  const b = new NetworkBuilder(3);
  let x = b.relu(b.batchNorm(b.conv(b.input([6, 6, 1]), 3, [3, 3])));
  x = b.relu(b.batchNorm(b.conv(x, 4, [3, 3], { strides: [2, 2] })));
  x = b.relu(b.conv(x, 4, [2, 2], { bias: true }));
  const pooled = b.apply('globalAveragePool', x, { keepDims: false });
  return b.finish(b.apply('softmax', b.dense(pooled, 3), {}));
}

function converted(branches: Branches): { checkpoint: Checkpoint; fresh: readonly string[] } {
  const { graph, tensors } = network();
  const source = kerasCheckpoint(graph, tensors, { path: 'a.keras', name: 'a' });
  return convertToAcnet(source, { sites: findSites(source), variant: 'skeleton', branches, seed: 1 });
}

function dataset() {
  return openDataset(
    writeFiles(temporaryFolder(), {
      'train-images-idx3-ubyte': makeIdx([IMAGES, 6, 6], PIXELS),
      'train-labels-idx1-ubyte': makeIdx([IMAGES], new Uint8Array(IMAGES)),
    }),
  );
}

const values = (checkpoint: Checkpoint) => {
  const { graph, tensors } = checkpoint;
  if (!graph) throw new Error('no graph');
  const input = tensor(
    [IMAGES, 6, 6, 1],
    Float64Array.from(PIXELS, (byte) => byte / 255),
  );
  return runReference({ graph, tensors }, [input]);
};

describe('calibration over data', () => {
  it.each(['zero', 'paper'] as const)(
    '%s: new statistics are those of what each batch norm reads',
    async (branches) => {
      const { checkpoint, fresh } = converted(branches);
      expect(fresh.length).toBeGreaterThan(6);
      const calibrated = await calibrateCheckpoint(checkpoint, fresh, dataset(), testContext(backend));
      const seen = values(calibrated);
      for (const node of calibrated.graph?.nodes ?? []) {
        if (node.op !== 'batchNorm' || !fresh.includes(node.name)) continue;
        const read = seen.get(node.inputs[0]);
        if (!read) throw new Error(`no ${node.inputs[0]}`);
        const { mean, variance } = momentsOf(read);
        const [storedMean, storedVariance] = (['mean', 'variance'] as const).map((role) =>
          calibrated.tensors.get(node.parameters[role])?.readFloat32(),
        );
        const spread = Math.sqrt(Math.max(...variance));
        mean.forEach((value, i) =>
          expect(Math.abs((storedMean?.[i] ?? NaN) - value)).toBeLessThan(1e-5 * spread),
        );
        variance.forEach((value, i) =>
          expect(Math.abs((storedVariance?.[i] ?? NaN) - value)).toBeLessThan(1e-4 * spread ** 2),
        );
      }
    },
  );

  it('preserve: the output does not change', async () => {
    const { checkpoint, fresh } = converted('zero');
    const calibrated = await calibrateCheckpoint(checkpoint, fresh, dataset(), testContext(backend));
    const [before, after] = [checkpoint, calibrated].map(
      (c) => values(c).get(c.graph?.outputs[0] ?? '')?.data,
    );
    before?.forEach((value, i) => expect(Math.abs((after?.[i] ?? NaN) - value)).toBeLessThan(1e-6));
    expect(before).toHaveLength(IMAGES * 3);
  });

  it('looks at as many images as told, in one pass where no placeholder matters to another', async () => {
    const { checkpoint, fresh } = converted('zero');
    const context = testContext(backend);
    await calibrateCheckpoint(checkpoint, fresh, dataset(), context, { images: 50 });
    expect(context.progress.at(-1)).toMatchObject({ phase: 'Calibrating', done: 50, total: 50 });
    const another = testContext(backend);
    const made = converted('paper');
    await calibrateCheckpoint(made.checkpoint, made.fresh, dataset(), another, { images: 50 });
    expect(another.progress.at(-1)?.total).toBeGreaterThan(50);
  });

  it('without new batch norms the checkpoint stays as it is', async () => {
    const { checkpoint } = converted('zero');
    expect(await calibrateCheckpoint(checkpoint, [], dataset(), testContext(backend))).toBe(checkpoint);
  });
});
