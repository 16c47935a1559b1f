import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { CancelledError } from '../../../src/core/errors';
import type { Backend } from '../../../src/engine/backend';
import type { Picture } from '../../../src/engine/data/dataset';
import { Images } from '../../../src/engine/data/images';
import { preprocessingFor } from '../../../src/engine/data/preprocessing';
import { readJob } from '../../../src/operations/job/job';
import { PauseSwitch } from '../../../src/operations/kit/pause';
import { doubtOf } from '../../../src/operations/train/doubt';
import { trainJob } from '../../../src/operations/train/train';
import type { TrainEvent } from '../../../src/contract/results';
import { SMALL, smallFolder } from '../../support/jobs';
import { nativeBackend } from '../../support/native';
import { NetworkBuilder } from '../../support/networks';
import { testContext } from '../../support/operation';

/** Evaluation images by their labels; the first is as given. */
function evaluation(
  labels: readonly number[],
  channels: 1 | 3 = 3,
  first: Partial<Picture> = {},
  rescales = false,
) {
  const b = new NetworkBuilder();
  const input = b.input([8, 8, channels]);
  const x = rescales ? b.apply('rescaling', input, { scale: [1 / 255], offset: [0] }) : input;
  const preprocessing = preprocessingFor(b.finish(b.relu(x)), {});
  const picture: Picture = { height: 8, width: 8, channels, pixels: new Uint8Array(), ...first };
  const samples = {
    count: labels.length,
    labels: Int32Array.from(labels),
    nameOf: String,
    picture: () => Promise.resolve(picture),
  };
  return { images: new Images(samples, preprocessing), preprocessing };
}

/** Of 100 images 40 are of class 1. */
const HUNDRED = Array.from({ length: 100 }, (_, i) => (i < 40 ? 1 : i % 4 === 1 ? 0 : i % 4));
const CLASSES = ['a', 'b', 'c', 'd', 'e'];

describe('a doubt before a training', () => {
  it.each([
    // Wilson's interval begins at 39.9 % for 50 of 100 images, and at 40.9 % for 51.
    [40, true],
    [49, true],
    [51, false],
    [95, false],
    [0, true],
    [10, true],
  ])('of top-1 %d %% where 40 %% are of one class: %s', async (top1, isDoubted) => {
    const doubt = await doubtOf(top1, evaluation(HUNDRED), CLASSES);
    expect(doubt !== undefined).toBe(isDoubted);
    if (doubt) expect(doubt).toMatchObject({ top1, share: 40, images: 100, class: '"b"' });
  });

  it('has the interval of the accuracy', async () => {
    const doubt = await doubtOf(40, evaluation(HUNDRED), CLASSES);
    // 40 of 100 by Wilson's formula: (0.4 + z²/200 ± z √(0.24/100 + z²/40000)) / (1 + z²/100), z = 1.96.
    expect(doubt?.low).toBeCloseTo(30.94, 2);
    expect(doubt?.high).toBeCloseTo(49.8, 2);
  });

  it('needs images of two classes', async () => {
    expect(await doubtOf(100, evaluation([1, 1, 1]), CLASSES)).toBeUndefined();
  });

  it('is not kept from being reported by an image that cannot be read', async () => {
    const { images, preprocessing } = evaluation([0, 1]);
    const samples = { ...images.samples, picture: () => Promise.reject(new Error('gone')) };
    const doubt = await doubtOf(0, { images: new Images(samples, preprocessing), preprocessing }, CLASSES);
    expect(doubt?.causes.map(({ cause }) => cause)).toEqual(['scale', 'classOrder', 'untrained']);
  });

  it('names what is the case of size, colour, scale and order', async () => {
    const causes = async (data: ReturnType<typeof evaluation>) => (await doubtOf(0, data, CLASSES))?.causes;
    const order = { cause: 'classOrder', found: '0 "a", 1 "b", 2 "c", 3 "d" and 1 more' };
    expect(await causes(evaluation([0, 1]))).toEqual([
      { cause: 'scale', found: '8 × 8 × 3, pixels 0–255 × 1/255' },
      order,
      { cause: 'untrained' },
    ]);
    expect(await causes(evaluation([0, 1], 3, {}, true))).toEqual([order, { cause: 'untrained' }]);
    const large = { height: 500, width: 8 };
    expect(await causes(evaluation([0, 1], 1, { ...large, channels: 3 }, true))).toEqual([
      { cause: 'size', found: '500 × 8 and becomes 8 × 8' },
      { cause: 'colour', found: 'in colour and becomes grey' },
      order,
      { cause: 'untrained' },
    ]);
  });
});

describe('a job whose network is not trained', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await nativeBackend();
  });

  function start(folder: string, settings: object = {}, pause?: PauseSwitch, resume = false) {
    const events: TrainEvent[] = [];
    const stop = new AbortController();
    const job = readJob(
      JSON.stringify({ ...SMALL, epochs: 1, ...settings }),
      path.join(folder, 'a.acnet.json'),
    );
    const rest = pause && { pause, rest: () => pause.set(true) };
    const result = trainJob(
      job,
      { directory: path.join(folder, 'run'), resume },
      { ...testContext(backend, stop.signal), ...rest, onEvent: (event) => void events.push(event) },
    );
    return { events, stop, result };
  }

  const kinds = (events: readonly TrainEvent[]) => events.map(({ event }) => event);

  it('reports the doubt before the first step, once, and keeps it in the result', async () => {
    const { events, result } = start(await smallFolder());
    const { doubt, baseline } = await result;
    const told = events.filter(({ event }) => event === 'doubt');
    expect(told).toEqual([{ event: 'doubt', arm: 'baseline', ...doubt }]);
    expect(kinds(events).indexOf('doubt')).toBeLessThan(kinds(events).indexOf('step'));
    expect(doubt).toMatchObject({ top1: baseline.before, images: 12 });
  });

  it('reports it too where the baseline is not trained', async () => {
    const { events, result } = start(await smallFolder(), { baseline: false });
    expect((await result).doubt).toBeDefined();
    expect(kinds(events).indexOf('doubt')).toBeLessThan(kinds(events).indexOf('step'));
  });

  it('reports none where it starts from scratch', async () => {
    const { events, result } = start(await smallFolder(), { start: 'scratch' });
    expect((await result).doubt).toBeUndefined();
    expect(kinds(events)).not.toContain('doubt');
  });

  it('rests for an answer where somebody is asked: it goes on, or nothing is trained', async () => {
    const folder = await smallFolder();
    for (const isStopped of [true, false]) {
      const pause = new PauseSwitch();
      const { events, stop, result } = start(folder, {}, pause);
      while (!pause.paused) await sleep(5);
      await sleep(100);
      expect(kinds(events).at(-1)).toBe('doubt');
      if (isStopped) {
        stop.abort();
        await expect(result).rejects.toBeInstanceOf(CancelledError);
        expect(kinds(events)).not.toContain('step');
        expect(existsSync(path.join(folder, 'run', 'baseline.state'))).toBe(false);
      } else {
        pause.set(false);
        expect((await result).doubt).toBeDefined();
      }
    }
  });

  it('does not ask again where it is continued', async () => {
    const folder = await smallFolder();
    const first = start(folder);
    while (!kinds(first.events).includes('epoch')) await sleep(5);
    first.stop.abort();
    await expect(first.result).rejects.toBeInstanceOf(CancelledError);
    const pause = new PauseSwitch();
    const later = start(folder, {}, pause, true);
    expect((await later.result).doubt).toBeDefined();
    expect(kinds(later.events)).not.toContain('doubt');
    expect(pause.paused).toBe(false);
  });
});
