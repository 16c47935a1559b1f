import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TrainEvent, TrainResult } from '../../../src/contract/results';
import type { Backend } from '../../../src/engine/backend';
import { openCheckpointFile } from '../../../src/files/open';
import { readJob } from '../../../src/operations/job/job';
import { trainJob } from '../../../src/operations/train/train';
import { SMALL, smallFolder } from '../../support/jobs';
import { nativeBackend } from '../../support/native';
import { testContext } from '../../support/operation';

let backend: Backend;
beforeAll(async () => {
  backend = await nativeBackend();
});

interface Run {
  readonly events: readonly TrainEvent[];
  readonly result: TrainResult;
}

/** @param stopAt where the run is stopped, to be resumed at once */
async function run(fields: object, stopAt?: (event: TrainEvent) => boolean): Promise<Run> {
  const folder = await smallFolder();
  const job = readJob(JSON.stringify({ ...SMALL, ...fields }), path.join(folder, 'a.acnet.json'));
  const directory = path.join(folder, 'run');
  const events: TrainEvent[] = [];
  const start = (resume: boolean): Promise<TrainResult> => {
    const stop = new AbortController();
    const onEvent = (event: TrainEvent): void => {
      events.push(event);
      if (!resume && stopAt?.(event)) stop.abort();
    };
    return trainJob(job, { directory, resume }, { ...testContext(backend, stop.signal), onEvent });
  };
  if (!stopAt) return { result: await start(false), events };
  await expect(start(false)).rejects.toThrow();
  return { result: await start(true), events };
}

async function weightsOf(file: string): Promise<Map<string, Float32Array>> {
  const checkpoint = await openCheckpointFile(file);
  try {
    return new Map([...checkpoint.tensors].map(([name, tensor]) => [name, tensor.readFloat32()]));
  } finally {
    checkpoint.close();
  }
}

const RECIPE = {
  ...{ deterministic: true, optimiser: 'adamw', schedule: 'oneCycle', clipNorm: 1, learningRate: 0.02 },
  ...{ ema: 0.5, accumulate: 2, classWeights: 'balanced', augmentation: { cutout: 4, mixup: 0.4 } },
};

describe('a job with a recipe of its own', () => {
  it('says it in the log and the result, and gives the same weights when it is stopped and resumed', async () => {
    const whole = await run(RECIPE);
    const recipe = [
      '2 epochs, batch 8, AdamW with β 0.9 and 0.999, ε 1e-8, weight decay 0.01',
      expect.stringMatching(/^learning rate 0\.02, one cycle/),
      'weights updated after every 2 batches; batch norms see each batch by itself',
      'gradients clipped at a global norm of 1',
      'weights averaged with a decay of 0.5, and batch-norm statistics measured again under the averages',
      expect.stringMatching(/^class weights \d\S+, \d\S+$/),
      'training images: cutout of 4 × 4 pixels, mixup with α 0.4',
    ];
    expect(whole.result.recipe).toEqual(recipe);
    expect(whole.events).toContainEqual({
      event: 'message',
      text: `recipe: ${whole.result.recipe?.join('; ')}`,
    });
    const resumed = await run(
      RECIPE,
      (event) => event.event === 'step' && event.arm === 'acnet' && event.step === 8,
    );
    for (const name of ['baseline', 'acnet', 'fused'] as const) {
      const [a, b] = [whole, resumed].map(({ result }) => weightsOf(result.outputs[name]));
      expect(await a, name).toEqual(await b);
    }
  });

  it('weighs classes by how rare they are among its training images, or as it says', async () => {
    const { result } = await run({ epochs: 1, classWeights: 'balanced' });
    const words = result.recipe?.find((line) => line.startsWith('class weights ')) ?? '';
    const [first = NaN, second = NaN] = words.replace('class weights ', '').split(', ').map(Number);
    // Σ counts · weights is the same for both: 1 / w₁ + 1 / w₂ = 2.
    expect(1 / first + 1 / second).toBeCloseTo(2, 1);
    await expect(run({ classWeights: [1, 2, 3] })).rejects.toThrow(
      '"classWeights" must have one weight for each class of the network (expected 2; found 3)',
    );
  });
});
