import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { CancelledError } from '../../../src/core/errors';
import { seedMean } from '../../../src/core/analysis/seeds';
import type { Backend } from '../../../src/engine/backend';
import { jobHistory } from '../../../src/operations/job/history';
import { readJob } from '../../../src/operations/job/job';
import type { TrainEvent, TrainResult } from '../../../src/contract/results';
import { runJob } from '../../../src/operations/train/run-job';
import { trainJob } from '../../../src/operations/train/train';
import { SMALL, smallFolder } from '../../support/jobs';
import { nativeBackend } from '../../support/native';
import { testContext } from '../../support/operation';

let backend: Backend;
beforeAll(async () => {
  backend = await nativeBackend();
});

const JOB = { ...SMALL, epochs: 1, seeds: 3, deterministic: true, layers: ['conv1'] };

interface How {
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly stopAt?: (event: TrainEvent) => boolean;
}

async function run(folder: string, job: object, { stopAt, ...how }: How = {}) {
  const events: TrainEvent[] = [];
  const stop = new AbortController();
  const context = {
    ...testContext(backend, stop.signal),
    onEvent(event: TrainEvent): void {
      events.push(event);
      if (stopAt?.(event)) stop.abort();
    },
  };
  const read = readJob(JSON.stringify(job), path.join(folder, 'a.acnet.json'));
  const result = await runJob(read, { directory: path.join(folder, 'run'), ...how }, context);
  return { events, result };
}

const seedsTold = (events: readonly TrainEvent[]): number[] =>
  events.flatMap((event) => (event.event === 'seed' ? [event.seed] : []));
/** The numbers that do not depend on time. */
const numbersOf = ({ seeds, baseline, acnet, inputs }: TrainResult) => ({ seeds, baseline, acnet, inputs });

describe('a job with several seeds', () => {
  it('is as many runs on the same images, each as the job of its own seed is, and a mean over them', async () => {
    const folder = await smallFolder();
    const { events, result } = await run(folder, JOB);
    expect(seedsTold(events)).toEqual([3, 4, 5]);
    const { runs = [], ...mean } = result.seeds ?? {};
    expect(runs.map(({ seed, folder: name }) => [seed, name])).toEqual([
      [3, 'seed-3'],
      [4, 'seed-4'],
      [5, 'seed-5'],
    ]);
    expect(mean).toEqual(seedMean(runs.map(({ baseline, acnet }) => acnet - baseline)));
    expect([result.baseline.top1, result.acnet.top1]).toEqual([runs[0]?.baseline, runs[0]?.acnet]);
    // The second one by itself, with the images that the first seed draws.
    const alone = { ...JOB, seeds: 1, seed: 4, data: { ...JOB.data, splitSeed: 3 } };
    const job = readJob(JSON.stringify(alone), path.join(folder, 'b.acnet.json'));
    const own = await trainJob(
      job,
      { directory: path.join(folder, 'alone') },
      {
        ...testContext(backend),
        onEvent: () => undefined,
      },
    );
    const second = jobHistory(path.join(folder, 'run', 'seed-4')).result as TrainResult;
    expect([own.baseline, own.acnet, own.inputs]).toEqual([second.baseline, second.acnet, second.inputs]);
    for (const name of ['small.baseline.keras', 'small.acnet.keras', 'small.fused.keras']) {
      for (const seed of [3, 4, 5])
        expect(existsSync(path.join(folder, 'run', `seed-${seed}`, name))).toBe(true);
    }
    const history = jobHistory(path.join(folder, 'run'));
    expect(history.lines.filter((line) => (line as TrainEvent).event === 'epoch')).toHaveLength(2);
    expect((history.result as TrainResult).seeds).toEqual(result.seeds);
  });

  it('that was stopped goes on with the seed at which it was, and comes to the same', async () => {
    const folder = await smallFolder();
    const whole = await run(folder, { ...JOB, output: { name: 'whole' } });
    rmSync(path.join(folder, 'run'), { recursive: true });
    let seed = 0;
    const stopAt = (event: TrainEvent): boolean => {
      if (event.event === 'seed') ({ seed } = event);
      return seed === 4 && event.event === 'step' && event.arm === 'acnet' && event.step === 3;
    };
    await expect(run(folder, JOB, { stopAt })).rejects.toThrow(CancelledError);
    expect(readdirSync(path.join(folder, 'run')).sort()).toEqual([
      'job.json',
      'log.jsonl',
      'seed-3',
      'seed-4',
    ]);
    const trained = readFileSync(path.join(folder, 'run/seed-3/small.acnet.keras'));

    await expect(run(folder, JOB)).rejects.toThrow('unfinished run: --resume continues it');
    await expect(run(folder, { ...JOB, seeds: 4 }, { resume: true })).rejects.toThrow(
      /the job has changed since its first run.*seeds/,
    );
    await expect(run(folder, { ...JOB, learningRate: 0.1 }, { resume: true })).rejects.toThrow(
      /learningRate/,
    );

    const { events, result } = await run(folder, { ...JOB, saveEvery: 5 }, { resume: true });
    expect(seedsTold(events)).toEqual([4, 5]);
    expect(numbersOf(result)).toEqual(numbersOf(whole.result));
    expect(readFileSync(path.join(folder, 'run/seed-3/small.acnet.keras'))).toEqual(trained);
    await expect(run(folder, JOB, { resume: true })).rejects.toThrow('the run is finished');
    await expect(run(folder, JOB)).rejects.toThrow('exists');
  });

  it('is not a mean over different images', async () => {
    const folder = await smallFolder();
    const stopAt = (event: TrainEvent): boolean => event.event === 'seed' && event.seed === 4;
    await expect(run(folder, JOB, { stopAt })).rejects.toThrow(CancelledError);
    rmSync(path.join(folder, 'images/dark/0.png'));
    await expect(run(folder, JOB, { resume: true })).rejects.toThrow(/different checkpoints or images/);
  });

  it('keeps its checkpoints apart in one folder', async () => {
    const folder = await smallFolder();
    await run(folder, { ...JOB, seeds: 2, output: { folder: 'out' } });
    const names = [3, 4].flatMap((seed) =>
      ['acnet', 'baseline', 'fused'].map((arm) => `small.seed${seed}.${arm}.keras`),
    );
    expect(readdirSync(path.join(folder, 'out')).sort()).toEqual(names);
  });

  it.each([
    [{ baseline: false }, /"seeds" requires "baseline": true/],
    [{ seed: 0xffffffff }, /"seed" and "seeds" are too large/],
    [{ seeds: 0 }, /"seeds" must be at least 1/],
  ])('with %o is refused', (change, message) => {
    expect(() => readJob(JSON.stringify({ ...JOB, ...change }), 'a.acnet.json')).toThrow(message);
  });
});
