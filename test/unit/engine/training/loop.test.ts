import { describe, expect, it } from 'vitest';
import { CancelledError, DataError } from '../../../../src/core/errors';
import type { Samples } from '../../../../src/engine/data/dataset';
import { Images } from '../../../../src/engine/data/images';
import { preprocessingFor } from '../../../../src/engine/data/preprocessing';
import { headOf } from '../../../../src/engine/training/head';
import {
  DivergedError,
  trainNetwork,
  type TrainingHooks,
  type TrainingPosition,
} from '../../../../src/engine/training/loop';
import type { Recipe } from '../../../../src/engine/training/recipe';
import { ownClock } from '../../../support/clock';
import { FakeBackend } from '../../../support/fake-backend';
import { NetworkBuilder } from '../../../support/networks';

const RECIPE: Recipe = {
  epochs: 2,
  batch: 4,
  learningRate: 0.5,
  schedule: { kind: 'constant' },
  warmup: 0,
  optimiser: { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 },
  labelSmoothing: 0.1,
  augmentation: { padCrop: 1, flip: true },
  seed: 7,
};

const samples: Samples = {
  count: 10,
  labels: Int32Array.from({ length: 10 }, (_, i) => i % 2),
  nameOf: String,
  picture: (i) => Promise.resolve({ height: 2, width: 2, channels: 1, pixels: Uint8Array.of(i, 1, 2, 3) }),
};

function task(recipe: Partial<Recipe> = {}) {
  const b = new NetworkBuilder();
  const flat = b.apply('flatten', b.input([2, 2, 1]), {}, 4);
  const network = b.finish(b.apply('softmax', b.dense(flat, 2), {}));
  const preprocessing = preprocessingFor(network, {});
  const data = { images: new Images(samples, preprocessing), preprocessing };
  return { network, head: headOf(network.graph), data, recipe: { ...RECIPE, ...recipe } };
}

function fail(): never {
  throw new Error('out of order');
}

function recorder(): TrainingHooks & { readonly told: unknown[] } {
  const told: unknown[] = [];
  return {
    told,
    pause: () => Promise.resolve(),
    onStep: ({ epoch, step, loss, learningRate }) => told.push({ epoch, step, loss, learningRate }),
    onEpoch: ({ epoch, loss }) => Promise.resolve(void told.push({ epoch, loss })),
  };
}

describe('training loop', () => {
  it('takes whole batches, tells each step and epoch, and returns the last weights', async () => {
    const backend = new FakeBackend(({ step }) => step);
    const hooks = recorder();
    const weights = await trainNetwork(backend, task(), hooks);
    expect(hooks.told).toEqual([
      { epoch: 1, step: 1, loss: 1, learningRate: 0.5 },
      { epoch: 1, step: 2, loss: 2, learningRate: 0.5 },
      { epoch: 1, loss: 1.5 },
      { epoch: 2, step: 3, loss: 3, learningRate: 0.5 },
      { epoch: 2, step: 4, loss: 4, learningRate: 0.5 },
      { epoch: 2, loss: 3.5 },
    ]);
    const [kernel] = task().network.tensors.values();
    const moved = kernel.readFloat32()[0] - (weights.get(kernel.name)?.[0] ?? NaN);
    expect(moved).toBeCloseTo(0.01 * (1 + 2 + 3 + 4), 5);
    expect(backend.disposed).toBe(1);
    expect(backend.options).toEqual([
      { batch: 4, optimiser: RECIPE.optimiser, labelSmoothing: 0.1, seed: 7, loss: 'categorical' },
    ]);
  });

  it('hands over one-hot targets beside their images', async () => {
    const backend = new FakeBackend(() => 1);
    await trainNetwork(backend, task({ augmentation: { padCrop: 0, flip: false } }), recorder());
    for (const { input, targets } of backend.steps) {
      const labels = [0, 1, 2, 3].map((i) => Math.round(input[i * 4] * 255) % 2);
      expect([...targets]).toEqual(labels.flatMap((label) => (label === 0 ? [1, 0] : [0, 1])));
    }
  });

  it('gives the same steps for the same seed, and others for another', async () => {
    const [a, b, c] = [7, 7, 8].map(async (seed) => {
      const backend = new FakeBackend(() => 1);
      await trainNetwork(backend, task({ seed }), recorder());
      return backend.steps;
    });
    expect(await b).toEqual(await a);
    expect(await c).not.toEqual(await a);
  });

  it('stops at a loss that is no number, with one clear line', async () => {
    const backend = new FakeBackend(({ step }) => (step === 3 ? NaN : 1));
    const hooks = recorder();
    await expect(trainNetwork(backend, task(), hooks)).rejects.toThrow(
      /^the training diverged: the loss is no longer a finite number; try a lower rate \(epoch 2, step 3, learning rate 0\.5; found NaN\)$/,
    );
    expect(backend.steps).toHaveLength(3);
    expect(backend.disposed).toBe(1);
  });

  it('refuses weights that broke in the last step', async () => {
    const backend = new FakeBackend(() => 1e308);
    await expect(trainNetwork(backend, task(), recorder())).rejects.toThrow(
      /a weight is no longer a finite number/,
    );
  });

  it('stops between steps when asked to', async () => {
    const backend = new FakeBackend(() => 1);
    let left = 2;
    const pause = () => (left-- > 0 ? Promise.resolve() : Promise.reject(new CancelledError()));
    await expect(trainNetwork(backend, task(), { ...recorder(), pause })).rejects.toThrow(CancelledError);
    expect(backend.steps).toHaveLength(2);
    expect(backend.disposed).toBe(1);
  });

  it('goes on from every position as if it had not been left: the same steps, epochs and means', async () => {
    const whole = recorder();
    const backend = new FakeBackend(({ step, input }) => step + input[0]);
    const positions: [string, TrainingPosition][] = [];
    const onMoment: TrainingHooks['onMoment'] = (moment, capture) =>
      Promise.resolve(void positions.push([moment, capture()]));
    const weights = await trainNetwork(backend, task(), { ...whole, onMoment });
    expect(positions.map(([moment, { epochs, step }]) => `${moment} ${epochs} ${step}`)).toEqual([
      ...['begin 0 0', 'step 0 1', 'step 0 2', 'epoch 1 2'],
      ...['step 1 3', 'step 1 4', 'epoch 2 4'],
    ]);
    for (const [, from] of positions) {
      const again = new FakeBackend(({ step, input }) => step + input[0]);
      const hooks = recorder();
      expect(await trainNetwork(again, task(), hooks, from)).toEqual(weights);
      expect(again.steps).toEqual(backend.steps.slice(from.step));
      const late = hooks.told.length;
      expect(hooks.told).toEqual(whole.told.slice(whole.told.length - late));
      expect(late).toBe(4 - from.step + 2 - from.epochs);
    }
  });

  it('hands over its position when it is stopped, in the middle of an evaluation too', async () => {
    const stops: string[] = [];
    const onMoment: TrainingHooks['onMoment'] = (moment, capture) => {
      const { epochs, step } = capture();
      if (moment === 'stop') stops.push(`${epochs} ${step}`);
      return Promise.resolve();
    };
    let left = 3;
    const pause = () => (left-- > 0 ? Promise.resolve() : Promise.reject(new CancelledError()));
    const onEpoch = () => Promise.reject(new CancelledError());
    const backend = () => new FakeBackend(() => 1);
    const stop = (hooks: Partial<TrainingHooks>) =>
      expect(trainNetwork(backend(), task(), { ...recorder(), onMoment, ...hooks })).rejects.toThrow(
        CancelledError,
      );
    await stop({ pause });
    await stop({ onEpoch });
    expect(stops).toEqual(['1 3', '0 2']);
  });

  it('does not count the time in `pause` for the rate, and offers a position to go on from', async () => {
    const clock = ownClock();
    const rates: number[] = [];
    const steps: number[] = [];
    const pause: TrainingHooks['pause'] = (capture) => {
      steps.push(capture().step);
      clock.pass(500);
      return Promise.resolve();
    };
    const onStep: TrainingHooks['onStep'] = ({ imagesPerSecond }) => void rates.push(imagesPerSecond);
    const backend = new FakeBackend(() => {
      clock.pass(100);
      return 1;
    });
    await trainNetwork(backend, task({ epochs: 1 }), { ...recorder(), pause, onStep });
    expect(steps).toEqual([0, 1]);
    // Four images in a tenth of a second, then eight in two.
    expect(rates.map(Math.round)).toEqual([40, 40]);
  });

  it('keeps where it stands when an image cannot be had any more', async () => {
    const broken: Samples = {
      ...samples,
      picture: (i) => (i === 3 ? Promise.reject(new DataError('gone')) : samples.picture(i)),
    };
    const { data, ...rest } = task({ batch: 1, epochs: 1 });
    const images = new Images(broken, data.preprocessing);
    const stops: TrainingPosition[] = [];
    const onMoment: TrainingHooks['onMoment'] = (moment, capture) =>
      Promise.resolve(void (moment === 'stop' && stops.push(capture())));
    const backend = new FakeBackend(() => 1);
    await expect(
      trainNetwork(backend, { ...rest, data: { ...data, images } }, { ...recorder(), onMoment }),
    ).rejects.toThrow('gone');
    expect(stops.map(({ step }) => step)).toEqual([backend.steps.length]);
    // Something else that fails does not make what there is trustworthy.
    const failing = new FakeBackend(({ step }) => (step === 2 ? fail() : 1));
    await expect(trainNetwork(failing, task(), { ...recorder(), onMoment })).rejects.toThrow('out of order');
    expect(stops).toHaveLength(1);
  });

  it('hands over the last good weights when it diverges', async () => {
    const diverge = async (at: number): Promise<DivergedError> => {
      const backend = new FakeBackend(({ step }) => (step === at ? NaN : 1));
      const error = await trainNetwork(backend, task(), recorder()).catch((reason: unknown) => reason);
      if (!(error instanceof DivergedError)) throw new Error('it did not diverge');
      return error;
    };
    expect((await diverge(2)).good).toBeUndefined();
    const { good } = await diverge(4);
    expect(good).toMatchObject({ epochs: 1, step: 2, atEpochEnd: true });
    const first = await trainNetwork(new FakeBackend(() => 1), task({ epochs: 1 }), recorder());
    expect(good?.weights).toEqual(first);
  });

  it('refuses fewer images than a batch, and takes just as many', async () => {
    const backend = new FakeBackend(() => 1);
    await expect(trainNetwork(backend, task({ batch: 11 }), recorder())).rejects.toThrow(
      /fewer training images than one batch \(expected at least 11, or a smaller batch; found 10 images/,
    );
    await trainNetwork(backend, task({ batch: 10, epochs: 1 }), recorder());
    expect(backend.steps).toHaveLength(1);
  });
});
