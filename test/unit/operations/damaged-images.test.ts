import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/engine/backend';
import { readJob } from '../../../src/operations/job/job';
import { trainJob } from '../../../src/operations/train/train';
import type { Progress, TrainEvent, TrainResult } from '../../../src/contract/results';
import { writeFiles } from '../../support/folders';
import { SMALL, smallFolder } from '../../support/jobs';
import { nativeBackend } from '../../support/native';
import { testContext } from '../../support/operation';
import { greyPng, makePng } from '../../support/pictures';

let backend: Backend;
beforeAll(async () => {
  backend = await nativeBackend();
});

/** What is left of a PNG of 16 × 16 of which two thirds are lost: header and size, and the beginning of its pixels. */
function cutPng(): Buffer {
  const rows = Array.from({ length: 16 }, (_, y) =>
    Array.from({ length: 16 }, (__, x) => (x * y * 97) % 251),
  );
  const whole = makePng({ width: 16, height: 16, rows });
  return whole.subarray(0, Math.floor(whole.length / 3));
}

interface Run {
  readonly events: TrainEvent[];
  readonly phases: Map<string, number>;
  readonly result: TrainResult;
}

interface How {
  readonly resume?: boolean;
  /** Stops the run after an epoch. */
  readonly stop?: boolean;
  readonly data?: object;
  readonly epochs?: number;
}

async function run(folder: string, { resume, stop, data, epochs = SMALL.epochs }: How = {}): Promise<Run> {
  const events: TrainEvent[] = [];
  const phases = new Map<string, number>();
  const stopping = new AbortController();
  const context = {
    ...testContext(backend, stopping.signal),
    onProgress: ({ phase, total }: Progress) => void phases.set(phase, total),
    onEvent: (event: TrainEvent) => {
      events.push(event);
      if (stop && event.event === 'epoch') stopping.abort();
    },
  };
  const job = { ...SMALL, epochs, baseline: false, data: { ...SMALL.data, ...data } };
  const read = readJob(JSON.stringify(job), path.join(folder, 'a.acnet.json'));
  const result = await trainJob(read, { directory: path.join(folder, 'run'), resume }, context);
  return { events, phases, result };
}

const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'it ran',
    ({ message }: Error) => message,
  );

/** A folder of 60 images of which these are cut. */
async function folderWith(...damaged: string[]): Promise<string> {
  const folder = await smallFolder();
  for (const name of damaged) writeFileSync(path.join(folder, 'images', name), cutPng());
  return folder;
}

const texts = (events: readonly TrainEvent[]): string[] =>
  events.flatMap((event) => (event.event === 'message' ? [event.text] : []));

describe('images of a job that cannot be decoded', () => {
  it('are left out before the first step, and named in log and result', async () => {
    const folder = await folderWith('dark/0.png', 'light/4.png');
    const { result, events, phases } = await run(folder, { epochs: 1, data: { maxDamaged: 2 } });
    expect(result.leftOut).toEqual(
      ['dark/0.png', 'light/4.png'].map((image) => ({
        image,
        reason: expect.stringMatching(/damaged/) as string,
      })),
    );
    const start = events.findIndex(({ event }) => event === 'start');
    const before = texts(events.slice(0, start));
    expect(before.join('\n')).toMatch(
      /^warning: 2 images that cannot be decoded are left out: dark\/0\.png: the image is damaged .*light\/4\.png: /m,
    );
    const [, training, evaluation] =
      /^data: (\d+) training and (\d+) evaluation images/m.exec(before.join('\n')) ?? [];
    expect(Number(training) + Number(evaluation)).toBe(58);
    expect(phases.get('Checking images')).toBe(60);
    expect(readdirSync(path.join(folder, 'run'))).not.toContain('images.json');
  });

  it('are not mentioned where there are none', async () => {
    const { result, events } = await run(await folderWith(), { epochs: 1 });
    expect(result).not.toHaveProperty('leftOut');
    expect(texts(events).join()).not.toMatch(/left out/);
  });

  it('end the job before anything is written where they are more than it allows', async () => {
    const folder = await folderWith('dark/0.png', 'light/4.png');
    expect(await failure(run(folder, { data: { maxDamaged: 1 } }))).toMatch(
      /images: too many images cannot be decoded; repair or remove them, or allow more with "maxDamaged" .*\(expected at most 1 of 60 images; found dark\/0\.png: the image is damaged .*light\/4\.png: .*the check ended there\)$/,
    );
    expect(readdirSync(path.join(folder, 'run'))).toEqual([]);
  });

  it('are looked for among those that the job uses only', async () => {
    const names = Array.from({ length: 8 }, (_, i): [string, Buffer][] => [
      [`images/train/dark/${i}.png`, i === 0 ? greyPng(9, 8) : cutPng()],
      [`images/train/light/${i}.png`, greyPng(200 + i, 8)],
      [`images/val/dark/${i}.png`, greyPng(i, 8)],
      [`images/val/light/${i}.png`, greyPng(250 - i, 8)],
    ]);
    const folder = await smallFolder();
    rmSync(path.join(folder, 'images'), { recursive: true });
    writeFiles(folder, Object.fromEntries(names.flat()));
    const all = await failure(run(folder, { data: { maxDamaged: 0 } }));
    expect(all).toMatch(/train\/dark\/1\.png/);
    expect(await failure(run(folder, { data: { limit: 8 } }))).toMatch(
      /fewer training images than one batch \(expected at least 8/,
    );
  });
});

describe('a run that left images out', () => {
  const LEFT_OUT = ['dark/0.png', 'light/4.png'];
  const begun = async (data?: object): Promise<string> => {
    const folder = await folderWith(...LEFT_OUT);
    expect(await failure(run(folder, { stop: true, data }))).toMatch(/stopped/);
    expect(readdirSync(path.join(folder, 'run'))).toContain('images.json');
    return folder;
  };
  const at = (folder: string, image: string): string => path.join(folder, 'images', image);
  /** The same job, not stopped. */
  const whole = async (data?: object): Promise<Run> => run(await folderWith(...LEFT_OUT), { data });

  it.each([undefined, { limit: 40 }])(
    'goes on where one was removed and one repaired, on the same images (%o)',
    async (data) => {
      const folder = await begun(data);
      rmSync(at(folder, 'dark/0.png'));
      writeFileSync(at(folder, 'light/4.png'), greyPng(180, 8));
      const { result, events } = await run(folder, { resume: true, data });
      expect(texts(events).join('\n')).toMatch(/continues after epoch 1/);
      const { result: wanted, phases, ...uninterrupted } = await whole(data);
      expect(result.leftOut?.map(({ image }) => image)).toContain('dark/0.png');
      expect(result.leftOut).toEqual(wanted.leftOut);
      expect(result.acnet).toEqual(wanted.acnet);
      expect(result.fused.top1).toBe(wanted.fused.top1);
      // New batch norms are measured on the images that the job trains on, and on no other.
      const [, training] = /data: (\d+) training/.exec(texts(uninterrupted.events).join('\n')) ?? [];
      expect(phases.get('Calibrating')).toBe(Number(training));
    },
  );

  it('does not go on where others are gone, new or damaged, and names them', async () => {
    const folder = await begun();
    const image = at(folder, 'light/10.png');
    const kept = readFileSync(image);
    const resumed = (): Promise<string> => failure(run(folder, { resume: true }));

    renameSync(image, at(folder, 'light/other.png'));
    expect(await resumed()).toMatch(
      /images: the run began with other images and is not continued; give it the same images again, or --overwrite starts anew \(found missing: light\/10\.png; new: light\/other\.png\)$/,
    );
    renameSync(at(folder, 'light/other.png'), image);
    writeFileSync(image, cutPng());
    expect(await resumed()).toMatch(
      /images of the run cannot be decoded any more; repair them, or --overwrite starts anew \(found light\/10\.png: the image is damaged/,
    );
    writeFileSync(image, kept);
    rmSync(at(folder, 'dark/0.png'));
    writeFileSync(path.join(folder, 'run', 'images.json'), '{');
    expect(await resumed()).toMatch(/images\.json: the list of the run’s images is damaged; --overwrite/);
  });
});
