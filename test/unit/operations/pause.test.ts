import { existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { CancelledError, DataError } from '../../../src/core/errors';
import type { Backend } from '../../../src/engine/backend';
import { breathe } from '../../../src/operations/kit/context';
import { readJob } from '../../../src/operations/job/job';
import { Meter } from '../../../src/operations/kit/meter';
import { PauseSwitch } from '../../../src/operations/kit/pause';
import { pruneFile } from '../../../src/operations/prune';
import type * as DecodedImages from '../../../src/engine/data/images';
import type { Progress, TrainEvent, TrainResult } from '../../../src/contract/results';
import { trainJob } from '../../../src/operations/train/train';
import { ownClock } from '../../support/clock';
import { SMALL, smallFolder } from '../../support/jobs';
import { StateKeeper, type KeepSettings } from '../../../src/operations/train/run/keep';
import { nativeBackend } from '../../support/native';
import { testContext } from '../../support/operation';

/** Bytes of decoded images that are kept; the engine's own where nothing is set. */
const kept = vi.hoisted(() => ({ bytes: undefined as number | undefined }));
vi.mock('../../../src/engine/data/images', async (original) => {
  const module = await original<typeof DecodedImages>();
  class Images extends module.Images {
    constructor(...[samples, size]: ConstructorParameters<typeof module.Images>) {
      super(samples, size, kept.bytes);
    }
  }
  return { ...module, Images };
});

let backend: Backend;
beforeAll(async () => {
  backend = await nativeBackend();
});

/** A job that can be paused and stopped, and what it tells. */
function start(folder: string, onEvent: (event: TrainEvent) => void, resume = false) {
  const events: TrainEvent[] = [];
  const stop = new AbortController();
  const pause = new PauseSwitch();
  const job = readJob(JSON.stringify(SMALL), path.join(folder, 'a.acnet.json'));
  const result: Promise<TrainResult> = trainJob(
    job,
    { directory: path.join(folder, 'run'), resume },
    {
      ...testContext(backend, stop.signal),
      pause,
      onEvent: (event) => {
        events.push(event);
        onEvent(event);
      },
    },
  );
  return { events, stop, pause, result };
}

const texts = (events: readonly TrainEvent[]) =>
  events.flatMap((event) => (event.event === 'message' ? [event.text] : []));
const isStep = (event: TrainEvent, step: number) =>
  event.event === 'step' && event.arm === 'baseline' && event.step === step;

describe('a job that is paused', () => {
  it('rests between steps with its state saved, and goes on as if nothing had been', async () => {
    const folder = await smallFolder();
    const whole = start(folder, () => undefined);
    const wanted = await whole.result;
    renameSync(path.join(folder, 'run'), path.join(folder, 'whole'));
    const job = start(folder, (event) => isStep(event, 4) && job.pause.set(true));
    while (!texts(job.events).some((text) => text.startsWith('paused'))) await sleep(5);
    expect(texts(job.events).at(-1)).toBe('paused; the state is kept (baseline, epoch 1, step 4)');
    const state = path.join(folder, 'run', 'baseline.state');
    const saved = statSync(state).mtimeMs;
    const told = job.events.length;
    await sleep(300);
    expect(job.events).toHaveLength(told);
    expect(statSync(state).mtimeMs).toBe(saved);
    // The process may die while it is paused: what was saved is whole.
    expect(readFileSync(state).includes('"step":4')).toBe(true);

    job.pause.set(false);
    const result = await job.result;
    expect(texts(job.events)).toContain('continues');
    expect(result.fused.passed).toBe(true);
    expect(result.baseline).toEqual(wanted.baseline);
    const steps = (events: readonly TrainEvent[]) =>
      events.flatMap((event) => (event.event === 'step' ? [event.step] : []));
    expect(steps(job.events)).toEqual(steps(whole.events));
  });

  it('does not count what it rested as its own time', () => {
    const settings = { folder: '/nowhere', identity: {}, every: 60, earlier: {} };
    const keeper = new StateKeeper(settings as unknown as KeepSettings);
    keeper.arm('acnet').onResume(5000);
    expect(keeper.seconds).toBeLessThan(-4);
  });

  it('is stopped where it rests when it is cancelled meanwhile, and can be resumed', async () => {
    const folder = await smallFolder();
    const job = start(folder, (event) => isStep(event, 4) && job.pause.set(true));
    while (!texts(job.events).some((text) => text.startsWith('paused'))) await sleep(5);
    const told = job.events.length;
    job.stop.abort();
    await expect(job.result).rejects.toBeInstanceOf(CancelledError);
    expect(job.events.slice(told).filter(({ event }) => event !== 'message')).toEqual([]);
    const later = start(folder, () => undefined, true);
    expect((await later.result).fused.passed).toBe(true);
    expect(texts(later.events)).toContain('baseline: continues after epoch 0, step 4 of 12');
  });

  it('says so in the middle of an evaluation too', async () => {
    const job = start(await smallFolder(), ({ event }) => event === 'start' && job.pause.set(true));
    while (!texts(job.events).includes('paused')) await sleep(5);
    expect(job.events.map(({ event }) => event)).not.toContain('step');
    job.stop.abort();
    await expect(job.result).rejects.toBeInstanceOf(CancelledError);
  });

  it('so does a pruning check, without a word of its own', async () => {
    const folder = await smallFolder();
    const pause = new PauseSwitch();
    const onProgress = ({ phase, done }: Progress): void => {
      if (phase === 'Pruning check' && done === 0) pause.set(true);
    };
    const context = { ...testContext(backend), pause, onProgress };
    const options = { data: path.join(folder, 'images'), seeds: 2, groups: ['corner'] as const };
    const work = pruneFile(path.join(folder, 'small.keras'), options, context);
    let done = false;
    void work.then(() => (done = true));
    while (!pause.paused) await sleep(5);
    await sleep(200);
    expect(done).toBe(false);
    pause.set(false);
    expect((await work).curves.corner?.length).toBeGreaterThan(1);
  });
});

describe('resting', () => {
  it('is not counted as time that the work took', async () => {
    const clock = ownClock();
    const pause = new PauseSwitch();
    const told: Progress[] = [];
    const context = {
      signal: new AbortController().signal,
      pause,
      onProgress: (p: Progress) => void told.push(p),
    };
    const meter = new Meter(context, 'Working', 20);
    pause.set(true);
    const onPause = (): Promise<void> => {
      setImmediate(() => {
        clock.pass(400);
        pause.set(false);
      });
      return Promise.resolve();
    };
    await breathe(context, { onPause, onResume: (milliseconds) => meter.onResume(milliseconds) });
    clock.pass(100);
    meter.add(20);
    expect(told.at(-1)?.perSecond).toBeCloseTo(20 / 0.1);
  });

  it('lasts until the last of several switches is off, and only then', async () => {
    const pause = new PauseSwitch();
    const context = { signal: new AbortController().signal, pause };
    await breathe(context);
    pause.set(true);
    pause.set(true);
    let rests = 0;
    const onPause = (): Promise<void> => {
      rests++;
      setImmediate(() => pause.set(false));
      return Promise.resolve();
    };
    await breathe(context, { onPause });
    expect({ rests, paused: pause.paused }).toEqual({ rests: 1, paused: false });
    await pause.wait();
  });
});

describe('a data folder that vanishes while a job trains', () => {
  afterEach(() => (kept.bytes = undefined));

  it('ends it with the name of the file; the state is kept and goes on when the folder is back', async () => {
    kept.bytes = 0;
    const folder = await smallFolder();
    const images = path.join(folder, 'images');
    const away = path.join(folder, 'away');
    const job = start(folder, (event) => {
      if (isStep(event, 2)) renameSync(images, away);
    });
    const error = await job.result.then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error).toBeInstanceOf(DataError);
    expect(error?.message).toMatch(
      /images\/(dark|light)\/\d+\.png: an image cannot be read \(found ENOENT\)$/,
    );
    const [, step] = /stopped; the state is kept \(baseline, epoch 1, step (\d)\): --resume continues/.exec(
      texts(job.events).at(-1) ?? '',
    ) ?? [undefined, 'none'];
    expect(Number(step)).toBeGreaterThanOrEqual(2);
    expect(existsSync(path.join(folder, 'run', 'run.lock'))).toBe(false);

    const gone = start(folder, () => undefined, true);
    await expect(gone.result).rejects.toThrow(/images: the data folder does not exist/);
    renameSync(away, images);
    const later = start(folder, () => undefined, true);
    expect((await later.result).fused.passed).toBe(true);
    expect(texts(later.events)).toContain(`baseline: continues after epoch 0, step ${step} of 12`);
  });

  it('keeps the last epoch when that was the last that was whole', async () => {
    kept.bytes = 0;
    const folder = await smallFolder();
    const images = path.join(folder, 'images');
    const stopped = start(folder, (event) => event.event === 'epoch' && stopped.stop.abort());
    await expect(stopped.result).rejects.toBeInstanceOf(CancelledError);
    const job = start(
      folder,
      (event) => {
        if (event.event === 'message' && event.text.includes('continues after'))
          renameSync(images, `${images}-away`);
      },
      true,
    );
    await expect(job.result).rejects.toThrow(/an image cannot be read/);
    renameSync(`${images}-away`, images);
    const later = start(folder, () => undefined, true);
    expect((await later.result).fused.passed).toBe(true);
    expect(texts(later.events)).toContain('baseline: continues after epoch 1, step 6 of 12');
  });

  it('does not matter where all images are kept: they were decoded before the first step', async () => {
    const folder = await smallFolder();
    const images = path.join(folder, 'images');
    const job = start(folder, (event) => {
      if (isStep(event, 1)) renameSync(images, `${images}-away`);
    });
    expect((await job.result).fused.passed).toBe(true);
  });
});
