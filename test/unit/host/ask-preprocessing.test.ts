import { describe, expect, it } from 'vitest';
import { askPreprocessing, type Asking } from '../../../src/host/preprocessing/ask';
import { ANSWERS } from '../../../src/host/memory/answers';
import { Memory } from '../../../src/host/memory/memory';
import { rememberSaid } from '../../../src/host/preprocessing/choose';
import {
  describeSaid,
  IMAGENET,
  inputFacts,
  joinSaid,
  type Said,
} from '../../../src/host/preprocessing/words';
import { jobText } from '../../../src/host/training/job-file';
import { readJob } from '../../../src/operations/job/job';

/** Answers in order: the label of a pick's item, or what is typed; undefined closes. Keeps what was offered. */
function answering(...answers: ReadonlyArray<string | undefined>) {
  const left = [...answers];
  const offered: string[][] = [];
  const refused: string[] = [];
  const asking: Asking = {
    pick: ({ items }) => {
      offered.push(items.map(({ label }) => label));
      const answer = left.shift();
      return Promise.resolve(
        answer === undefined ? undefined : items.filter(({ label }) => label === answer),
      );
    },
    type: ({ validateInput }) => {
      let answer = left.shift();
      for (; answer !== undefined; answer = left.shift()) {
        const wrong = validateInput(answer);
        if (wrong === undefined) break;
        refused.push(`${answer}: ${wrong}`);
      }
      return Promise.resolve(answer);
    },
  };
  return { asking, offered, refused };
}

const OWN = 'Own mean and std…';
const colour = { isOpen: false, channels: 3 };

describe('preprocessing, when it is asked for', () => {
  it.each<[string, Said]>([
    ['By default', {}],
    ['From 0 to 1', { scale: 1 / 255 }],
    ['From 0 to 255', { scale: 1 }],
    ['ImageNet', IMAGENET],
  ])('is %s', async (label, said) => {
    expect(await askPreprocessing(answering(label).asking, colour, {})).toEqual(said);
  });

  it('takes own numbers, one or one per channel', async () => {
    const three = answering(OWN, '0.1, 0.2', 'a', '.1,0.2  0.3', '0', '0.5');
    expect(await askPreprocessing(three.asking, colour, {})).toEqual({
      ...{ scale: 1 / 255, mean: [0.1, 0.2, 0.3], std: [0.5] },
    });
    expect(three.refused).toEqual([
      '0.1, 0.2: One number, or 3 with commas between',
      'a: One number, or 3 with commas between',
      '0: One number, or 3 with commas between, above 0',
    ]);
    // A box that is closed leads back.
    const closed = answering(OWN, '0.5', undefined, 'From 0 to 255');
    expect(await askPreprocessing(closed.asking, colour, {})).toEqual({ scale: 1 });
    expect(closed.offered).toHaveLength(2);
  });

  it('asks for the size where the network leaves it open, and keeps what was said of it', async () => {
    const open = answering('0', '20000', '96', 'From 0 to 1');
    expect(await askPreprocessing(open.asking, { isOpen: true, channels: 1 }, {})).toEqual({
      size: 96,
      scale: 1 / 255,
    });
    expect(open.refused).toHaveLength(2);
    expect(open.offered[0]).not.toContain('ImageNet');
    expect(
      await askPreprocessing(answering(undefined).asking, { isOpen: true, channels: 1 }, {}),
    ).toBeUndefined();
    expect(inputFacts([null, null, null, 3])).toEqual({ isOpen: true, channels: 3 });
    expect(inputFacts([null, 28, 28, 1])).toEqual({ isOpen: false, channels: 1 });
    expect(inputFacts([null, 10])).toBeUndefined();
    expect(inputFacts([null, 28, 28, null])).toBeUndefined();
    expect(inputFacts(null)).toBeUndefined();
  });
});

describe('preprocessing that was chosen', () => {
  it('is remembered by file, and forgotten when nothing is said', () => {
    const stored = new Map<string, unknown>();
    const store = {
      get: (key: string) => stored.get(key),
      update: (key: string, value: unknown) => Promise.resolve(void stored.set(key, value)),
    };
    const memory = new Memory<Said>(store, ANSWERS.preprocessing);
    rememberSaid(memory, '/a', { size: 96, ...IMAGENET });
    rememberSaid(memory, '/b', { scale: 1 });
    rememberSaid(memory, '/b', {});
    const later = new Memory<Said>(store, ANSWERS.preprocessing);
    expect(later.of('/a')).toEqual({ size: 96, ...IMAGENET });
    expect(later.of('/b')).toBeUndefined();
    for (let i = 0; i < 210; i++) later.remember(`/${i}`, { scale: 1 });
    expect(new Memory<Said>(store, ANSWERS.preprocessing).of('/a')).toBeUndefined();
    stored.set('acnet.preprocessing', [['file:///a', { scale: -1 }]]);
    expect(new Memory<Said>(store, ANSWERS.preprocessing).of('/a')).toBeUndefined();
  });

  it('comes before a job file, whose mean and std do not mix with another scale', () => {
    const job = { size: 32, mean: [0.5], std: [0.25] };
    expect(joinSaid(undefined, job)).toEqual(job);
    expect(joinSaid({ size: 64 }, job)).toEqual({ ...job, size: 64 });
    expect(joinSaid({ scale: 1 }, job)).toEqual({ size: 32, scale: 1 });
    expect(joinSaid({ scale: 1 }, { ...job, resize: 'crop' })).toEqual({
      size: 32,
      resize: 'crop',
      scale: 1,
    });
    expect(joinSaid(undefined, undefined)).toEqual({});
  });

  it('is said in words, and goes into a new job file', () => {
    expect(describeSaid({ size: 96, scale: 1 / 255, mean: [0.5], std: [0.25] })).toBe(
      'size 96, × 1/255, mean 0.5, std 0.25',
    );
    expect(describeSaid({})).toBe('');
    expect(describeSaid({ size: 96, resize: 'crop' })).toBe('size 96, resize crop');
    const text = jobText('/m/a.acnet.json', '/m/a.keras', {
      data: '/m/images',
      preprocessing: { size: 96, ...IMAGENET },
    });
    expect(readJob(text, '/m/a.acnet.json').data).toMatchObject({
      folder: '/m/images',
      size: 96,
      ...IMAGENET,
    });
  });
});
