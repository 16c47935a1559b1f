import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/engine/backend';
import { convertFile } from '../../../src/operations/convert/convert';
import { evaluateFile } from '../../../src/operations/evaluate';
import { readJob } from '../../../src/operations/job/job';
import { pruneFile } from '../../../src/operations/prune';
import type { TrainEvent } from '../../../src/contract/results';
import { trainJob } from '../../../src/operations/train/train';
import { verifyFiles } from '../../../src/operations/verify/verify';
import { binaryBatch, planes } from '../../support/cifar';
import { freshNetwork, SMALL } from '../../support/jobs';
import { nativeBackend } from '../../support/native';
import { testContext, writeKeras } from '../../support/operation';
import { arraysOf, longs, makeDeflatedNpz, makeNpy } from '../../support/arrays';
import { temporaryFolder, writeFiles } from '../../support/folders';
import { greyPng } from '../../support/pictures';

let backend: Backend;
beforeAll(async () => {
  backend = await nativeBackend();
});

/** Sixty grey values and whether each is light, in training and test parts of 48 and 12. */
const IMAGES = Array.from({ length: 60 }, (_, i) => {
  const value = (i * 41) % 256;
  return { value, label: value < 128 ? 0 : 1, part: i < 48 ? 'train' : 'test' };
});

/** A data set of these images in one form. */
interface Source {
  readonly name: string;
  /** Writes it into a folder. @returns what a job calls it */
  write(folder: string): string;
  /** Changes what it holds, so that it is not the same any more. */
  change(file: string): void;
}

const table: Source = {
  name: 'a table',
  write(folder) {
    const pictures = IMAGES.map(({ value }, i) => [`img/${i}.png`, greyPng(value, 8)] as const);
    const lines = IMAGES.map(({ label, part }, i) => `img/${i}.png,${label},${part}\n`);
    writeFiles(folder, {
      ...Object.fromEntries(pictures),
      'list.csv': `path,label,split\n${lines.join('')}`,
    });
    return 'list.csv';
  },
  change(file) {
    writeFileSync(file, readFileSync(file, 'utf8').replace('img/1.png,0', 'img/1.png,1'));
  },
};

const archive: Source = {
  name: 'a NumPy archive',
  write(folder) {
    const part = (name: string) => {
      const images = IMAGES.filter((image) => image.part === name);
      const pixels = images.flatMap(({ value }) => new Array<number>(64).fill(value));
      return {
        [`x_${name}`]: makeNpy([images.length, 8, 8], pixels),
        [`y_${name}`]: makeNpy([images.length], longs(images.map(({ label }) => label)), '<i8'),
      };
    };
    writeFiles(folder, { 'images.npz': makeDeflatedNpz({ ...part('train'), ...part('test') }) });
    return 'images.npz';
  },
  change(file) {
    const { x_train: x, ...others } = arraysOf(readFileSync(file));
    // The last pixel of the last image: names and labels stay.
    writeFileSync(
      file,
      makeDeflatedNpz({ x_train: x.map((byte, i) => (i === x.length - 1 ? 255 - byte : byte)), ...others }),
    );
  },
};

const cifar: Source = {
  name: 'CIFAR batches',
  write(folder) {
    const batch = (part: string) =>
      binaryBatch(
        IMAGES.filter((image) => image.part === part).map(({ label, value }) => [
          [label],
          planes(value, value, value),
        ]),
      );
    writeFiles(path.join(folder, 'cifar'), {
      ...{ 'data_batch_1.bin': batch('train'), 'test_batch.bin': batch('test') },
      'batches.meta.txt': 'dark\nlight\n',
    });
    return 'cifar';
  },
  change(folder) {
    const file = path.join(folder, 'data_batch_1.bin');
    const bytes = readFileSync(file);
    bytes[bytes.length - 1] ^= 0xff;
    writeFileSync(file, bytes);
  },
};

async function begun(source: Source): Promise<{ folder: string; model: string; data: string }> {
  const folder = path.join(temporaryFolder(), 'first');
  const data = source.write(folder);
  const model = await writeKeras(path.join(folder, 'small.keras'), freshNetwork(8, 2));
  return { folder, model, data };
}

async function train(
  folder: string,
  data: string,
  { resume = false, stop = false }: { readonly resume?: boolean; readonly stop?: boolean } = {},
) {
  const stopping = new AbortController();
  const events: TrainEvent[] = [];
  const onEvent = (event: TrainEvent): void => {
    events.push(event);
    if (stop && event.event === 'epoch') stopping.abort();
  };
  const job = { ...SMALL, data: { folder: data }, baseline: false };
  const read = readJob(JSON.stringify(job), path.join(folder, 'a.acnet.json'));
  const context = { ...testContext(backend, stopping.signal), onEvent };
  return { result: await trainJob(read, { directory: path.join(folder, 'run'), resume }, context), events };
}

describe.each([table, archive, cifar])('images in $name', (source) => {
  it('are evaluated, pruned, verified and calibrated on', async () => {
    const { folder, model, data } = await begun(source);
    const options = { data: path.join(folder, data) };
    const score = await evaluateFile(model, options, testContext(backend));
    expect(score.images).toBe(12);
    const pruned = await pruneFile(model, { ...options, ratios: [0], seeds: 1 }, testContext(backend));
    expect(pruned).toMatchObject({ images: 12, measure: 'accuracy', unpruned: score.top1 });
    const converted = path.join(folder, 'acnet.keras');
    const how = { variant: 'skeleton', branches: 'zero', ...options } as const;
    const context = testContext(backend);
    await convertFile(model, converted, how, context);
    expect(context.progress.find(({ phase }) => phase === 'Calibrating')?.total).toBe(48);
    const verified = await verifyFiles(model, converted, { ...options, samples: 100 }, testContext(backend));
    expect(verified).toMatchObject({ passed: true, samples: 12 });
  });

  it('are trained on; a run goes on where they were moved, and not where they were changed', async () => {
    const { folder, data } = await begun(source);
    await expect(train(folder, data, { stop: true })).rejects.toThrow(/stopped/);
    const moved = path.join(path.dirname(folder), 'second');
    renameSync(folder, moved);
    source.change(path.join(moved, data));
    await expect(train(moved, data, { resume: true })).rejects.toThrow(/the run began with other images/);
    source.write(moved);
    const { result, events } = await train(moved, data, { resume: true });
    expect(result.fused.passed).toBe(true);
    const said = events.flatMap((event) => (event.event === 'message' ? [event.text] : []));
    expect(said).toContain('data: 48 training and 12 evaluation images of 2 classes');
  });
});
