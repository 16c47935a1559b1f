import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { jobSchema, readJob, recipeOf } from '../../../src/operations/job/job';

const FILE = '/home/me/jobs/a.acnet.json';
const SMALLEST = { checkpoint: 'model.keras', data: { folder: '../images' } };
const read = (job: object) => readJob(JSON.stringify(job), FILE);

describe('job file', () => {
  it('fills in defaults and makes paths absolute', () => {
    const job = read(SMALLEST);
    expect(job).toEqual({
      file: FILE,
      checkpoint: '/home/me/jobs/model.keras',
      data: { folder: '/home/me/images', validation: 0.1 },
      variant: 'skeleton',
      start: 'checkpoint',
      branches: 'zero',
      epochs: 10,
      batch: 128,
      learningRate: 0.01,
      schedule: 'cosine',
      warmup: 0,
      momentum: 0.9,
      nesterov: false,
      weightDecay: 1e-4,
      labelSmoothing: 0,
      statistics: 'batch',
      frozen: 'keep',
      precision: 'float32',
      augmentation: { padCrop: 0, flip: false },
      seed: 0,
      seeds: 1,
      deterministic: false,
      saveEvery: 60,
      baseline: true,
      output: { overwrite: false },
    });
  });

  it('takes every field', () => {
    const job = read({
      $schema: 'x',
      ...SMALLEST,
      data: { folder: '/data', size: 32, scale: 1, mean: [1, 2, 3], std: 4, validation: 0.2, limit: 100 },
      variant: 'border',
      start: 'scratch',
      branches: 'paper',
      layers: 'conv*',
      epochs: 3,
      batch: 16,
      learningRate: 0.1,
      schedule: { kind: 'step', milestones: [1, 2], factor: 0.5 },
      warmup: 0.5,
      momentum: 0,
      nesterov: true,
      weightDecay: 0,
      labelSmoothing: 0.1,
      statistics: 'frozen',
      precision: 'bfloat16',
      augmentation: { padCrop: 4, flip: true },
      seed: 5,
      baseline: false,
      output: { folder: 'out', name: 'net', overwrite: true },
    });
    expect(job.data).toMatchObject({ folder: '/data', mean: [1, 2, 3], std: 4 });
    expect(job.output).toEqual({ folder: '/home/me/jobs/out', name: 'net', overwrite: true });
    expect(recipeOf(job)).toMatchObject({
      schedule: { kind: 'step', milestones: [1, 2], factor: 0.5 },
      optimiser: { kind: 'sgd', momentum: 0, nesterov: true, weightDecay: 0 },
      statistics: 'frozen',
      precision: 'bfloat16',
    });
  });

  it('names the model of the network relative to the job, or none', () => {
    expect(read({ ...SMALLEST, architecture: '../net.onnx' }).architecture).toBe('/home/me/net.onnx');
    expect(read({ ...SMALLEST, architecture: 'none' }).architecture).toBe('none');
    expect(read(SMALLEST).architecture).toBeUndefined();
  });

  it('says what equal weights that a file has once are, or nothing', () => {
    expect(read({ ...SMALLEST, equalWeights: 'separate' }).equalWeights).toBe('separate');
    expect(read({ ...SMALLEST, equalWeights: 'shared' }).equalWeights).toBe('shared');
    expect(read(SMALLEST).equalWeights).toBeUndefined();
    expect(() => read({ ...SMALLEST, equalWeights: 'both' })).toThrow(
      '"equalWeights" must be shared or separate (found "both")',
    );
  });

  it('the schedule "step" alone falls after a half and three quarters', () => {
    const { schedule } = recipeOf(read({ ...SMALLEST, epochs: 8, schedule: 'step' }));
    expect(schedule).toEqual({ kind: 'step', milestones: [4, 6], factor: 0.1 });
  });

  it.each([
    [{ data: SMALLEST.data }, '"checkpoint" is missing'],
    [{ ...SMALLEST, data: {} }, '"data.folder" is missing'],
    [
      { ...SMALLEST, output: { name: '../x' } },
      '"output.name" must be a file name without folders and control characters (found "../x")',
    ],
    [{ ...SMALLEST, checkpoint: '' }, '"checkpoint" must not be empty (found "")'],
    [{ ...SMALLEST, epochs: 'ten' }, '"epochs" must be a number (found "ten")'],
    [{ ...SMALLEST, epochs: 0 }, '"epochs" must be at least 1 (found 0)'],
    [{ ...SMALLEST, epochs: 1.5 }, '"epochs" must be a whole number (found 1.5)'],
    [{ ...SMALLEST, variant: 'bones' }, '"variant" must be skeleton or border (found "bones")'],
    [{ ...SMALLEST, gamma: 0, start: 'scratch' }, '"gamma" must be more than 0 (found 0)'],
    [{ ...SMALLEST, gamma: 0.5 }, '"gamma" requires "branches": "paper" (found "zero")'],
    [
      { ...SMALLEST, gamma: 0.5, start: 'scratch', branches: 'zero' },
      '"gamma" requires "branches": "paper" (found "zero")',
    ],
    [{ ...SMALLEST, start: 'random' }, '"start" must be checkpoint or scratch (found "random")'],
    [{ ...SMALLEST, branches: 'one' }, '"branches" must be zero, split, compensated or paper (found "one")'],
    [{ ...SMALLEST, branches: 'split', share: 0 }, '"share" must be more than 0 (found 0)'],
    [{ ...SMALLEST, branches: 'split', share: 1.5 }, '"share" must be at most 1 (found 1.5)'],
    [{ ...SMALLEST, share: 0.5 }, '"share" requires "branches": "split" or "compensated" (found "zero")'],
    [{ ...SMALLEST, branches: 'split', gamma: 1 }, '"gamma" requires "branches": "paper" (found "split")'],
    [{ ...SMALLEST, branches: 'paper' }, '"branches": "paper" requires "start": "scratch"'],
    [
      { ...SMALLEST, initialisation: 'random' },
      '"initialisation": "random" drew new kernels in ACNet only, so the comparison with the baseline was not fair; write "start": "scratch"',
    ],
    [
      { ...SMALLEST, initialisation: 'preserve', start: 'scratch' },
      '"initialisation": "preserve" means "start": "checkpoint" with "branches": "zero"; remove it, or what differs (found "start": "scratch", "branches": "zero")',
    ],
    [{ ...SMALLEST, inputSize: 224 }, '"inputSize" must be height and width, as in [224, 224] (found 224)'],
    [{ ...SMALLEST, inputSize: [224] }, '"inputSize" must have a length of at least 2 (found [224])'],
    [{ ...SMALLEST, statistics: 'moving' }, '"statistics" must be batch or frozen (found "moving")'],
    [{ ...SMALLEST, precision: 'float16' }, '"precision" must be float32 or bfloat16 (found "float16")'],
    [{ ...SMALLEST, momentum: 1 }, '"momentum" must be less than 1 (found 1)'],
    [
      { ...SMALLEST, augmentation: { padcrop: 4 } },
      'a job has no field "augmentation.padcrop" (expected padCrop, flip, cutout, mixup)',
    ],
    [
      { ...SMALLEST, schedule: 'linear' },
      '"schedule" must be cosine, step, constant, oneCycle, {"kind": "step", "milestones": […]} or {"kind": "oneCycle", …} (found "linear")',
    ],
    [
      { ...SMALLEST, data: { folder: 'x', mean: 'grey' } },
      '"data.mean" must be a number or a list of numbers (found "grey")',
    ],
  ])('refuses %j', (job, message) => {
    expect(() => read(job)).toThrow(`${FILE}: ${message}`);
    expect(() => read(SMALLEST)).not.toThrow();
  });

  it('takes γ with branches as in the paper, and an input size', () => {
    const job = read({ ...SMALLEST, start: 'scratch', gamma: 1 / 3, inputSize: [224, 160] });
    expect(job).toMatchObject({ gamma: 1 / 3, inputSize: [224, 160] });
  });

  it('takes the share of live branches, half without a word', () => {
    expect(read({ ...SMALLEST, branches: 'split', share: 0.2 }).share).toBe(0.2);
    expect(read({ ...SMALLEST, branches: 'compensated' }).share).toBe(0.5);
    expect(read({ ...SMALLEST, start: 'scratch', branches: 'split' }).share).toBe(0.5);
    expect(read(SMALLEST)).not.toHaveProperty('share');
  });

  it.each([
    [{}, 'checkpoint', 'zero'],
    [{ initialisation: 'preserve' }, 'checkpoint', 'zero'],
    [{ start: 'scratch' }, 'scratch', 'paper'],
    [{ start: 'scratch', branches: 'zero' }, 'scratch', 'zero'],
  ])('names the start of %j by its present names only', (fields, start, branches) => {
    const job = read({ ...SMALLEST, ...fields });
    expect(job).toMatchObject({ start, branches });
    expect(job).not.toHaveProperty('initialisation');
  });

  it('an unknown field is named with those there are', () => {
    expect(() => read({ ...SMALLEST, epoch: 3 })).toThrow(
      /: a job has no field "epoch" \(expected \$schema, checkpoint, architecture, equalWeights, bnEpsilon, data, variant, .*epochs/,
    );
  });

  it('refuses text that is not JSON, in one line', () => {
    expect(() => readJob('{"checkpoint": ', FILE)).toThrow(
      /^\/home\/me\/jobs\/a\.acnet\.json: the job file is not JSON \(found [^\n]+\)$/,
    );
    expect(() => readJob('[]', FILE)).toThrow(/: the job must be an object \(found \[\]\)/);
  });
});

describe('the schema for editors', () => {
  const file = path.resolve('media/acnet-job.schema.json');

  it('is the one that is shipped (UPDATE_SCHEMA=1 writes it)', () => {
    const schema = `${JSON.stringify(jobSchema(), null, 2)}\n`;
    if (process.env.UPDATE_SCHEMA) writeFileSync(file, schema);
    expect(existsSync(file) ? readFileSync(file, 'utf8') : '').toBe(schema);
  });

  it('asks for checkpoint and data alone, and describes every field', () => {
    const schema = jobSchema() as {
      required: string[];
      properties: Record<string, { description?: string }>;
    };
    expect(schema.required).toEqual(['checkpoint', 'data']);
    const silent = Object.entries(schema.properties).filter(([, { description }]) => !description);
    expect(silent.map(([name]) => name)).toEqual(['$schema']);
  });
});
