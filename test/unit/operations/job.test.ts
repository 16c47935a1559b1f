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
      initialisation: 'preserve',
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
      precision: 'float32',
      augmentation: { padCrop: 0, flip: false },
      seed: 0,
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
      initialisation: 'random',
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
      'a field of the job cannot be used (equalWeights; found "both"; allowed shared, separate)',
    );
  });

  it('the schedule "step" alone falls after a half and three quarters', () => {
    const { schedule } = recipeOf(read({ ...SMALLEST, epochs: 8, schedule: 'step' }));
    expect(schedule).toEqual({ kind: 'step', milestones: [4, 6], factor: 0.1 });
  });

  it.each([
    [{ data: SMALLEST.data }, 'a field of the job is missing (checkpoint; allowed text)'],
    [{ ...SMALLEST, data: {} }, 'a field of the job is missing (data.folder; allowed text)'],
    [
      { ...SMALLEST, output: { name: '../x' } },
      'a field of the job cannot be used (output.name; found "../x"; allowed a file name without folders and control characters)',
    ],
    [
      { ...SMALLEST, checkpoint: '' },
      'a field of the job cannot be used (checkpoint; found ""; allowed at least one)',
    ],
    [
      { ...SMALLEST, epochs: 'ten' },
      'a field of the job cannot be used (epochs; found "ten"; allowed a number)',
    ],
    [{ ...SMALLEST, epochs: 0 }, 'a field of the job cannot be used (epochs; found 0; allowed at least 1)'],
    [
      { ...SMALLEST, epochs: 1.5 },
      'a field of the job cannot be used (epochs; found 1.5; allowed a whole number)',
    ],
    [
      { ...SMALLEST, variant: 'bones' },
      'a field of the job cannot be used (variant; found "bones"; allowed skeleton, border)',
    ],
    [
      { ...SMALLEST, gamma: 0, initialisation: 'random' },
      'a field of the job cannot be used (gamma; found 0; allowed more than 0)',
    ],
    [
      { ...SMALLEST, gamma: 0.5 },
      '"gamma" requires "initialisation": "random" (gamma; found initialisation preserve; allowed random)',
    ],
    [
      { ...SMALLEST, inputSize: 224 },
      'a field of the job cannot be used (inputSize; found 224; allowed height and width, as in [224, 224])',
    ],
    [
      { ...SMALLEST, inputSize: [224] },
      'a field of the job cannot be used (inputSize; found [224]; allowed at least 2)',
    ],
    [
      { ...SMALLEST, statistics: 'moving' },
      'a field of the job cannot be used (statistics; found "moving"; allowed batch, frozen)',
    ],
    [
      { ...SMALLEST, precision: 'float16' },
      'a field of the job cannot be used (precision; found "float16"; allowed float32, bfloat16)',
    ],
    [
      { ...SMALLEST, momentum: 1 },
      'a field of the job cannot be used (momentum; found 1; allowed less than 1)',
    ],
    [
      { ...SMALLEST, augmentation: { padcrop: 4 } },
      'the job has an unknown field (augmentation.padcrop; allowed padCrop, flip)',
    ],
    [
      { ...SMALLEST, schedule: 'linear' },
      'a field of the job cannot be used (schedule; found "linear"; allowed cosine, step, constant, or {"kind": "step", "milestones": […]})',
    ],
    [
      { ...SMALLEST, data: { folder: 'x', mean: 'grey' } },
      'a field of the job cannot be used (data.mean; found "grey"; allowed a number or a list of numbers)',
    ],
  ])('refuses %j', (job, message) => {
    expect(() => read(job)).toThrow(`${FILE}: ${message}`);
    expect(() => read(SMALLEST)).not.toThrow();
  });

  it('takes γ with a random start, and an input size', () => {
    const job = read({ ...SMALLEST, initialisation: 'random', gamma: 1 / 3, inputSize: [224, 160] });
    expect(job).toMatchObject({ gamma: 1 / 3, inputSize: [224, 160] });
  });

  it('an unknown field is named with those there are', () => {
    expect(() => read({ ...SMALLEST, epoch: 3 })).toThrow(
      /: the job has an unknown field \(epoch; allowed \$schema, checkpoint, architecture, equalWeights, data, variant, .*epochs/,
    );
  });

  it('refuses text that is not JSON, in one line', () => {
    expect(() => readJob('{"checkpoint": ', FILE)).toThrow(
      /^\/home\/me\/jobs\/a\.acnet\.json: the job file is not JSON \(found [^\n]+\)$/,
    );
    expect(() => readJob('[]', FILE)).toThrow(
      /cannot be used \(the whole file; found \[\]; allowed an object\)/,
    );
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
