import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildHdf5 } from '../../../src/core/encodings/hdf5/writer';
import { greyPng } from '../../support/pictures';
import { safetensorsOf } from '../../support/torch-files';
import { smallNetwork, snapshot, temporaryFolder, writeImages, writeModel } from './fixtures';
import { acnet, acnetWith } from './run';

const folder = temporaryFolder();
const at = (...names: string[]) => path.join(folder, ...names);

let model: string;
let data: string;
beforeAll(async () => {
  model = await writeModel(at('model.keras'));
  data = await writeImages(at('images'));
});

/** Runs and asserts what every failure owes: exit code 1, one line that names the file, no result. */
async function refused(argv: readonly string[], ...named: string[]): Promise<void> {
  const { code, out, errors } = await acnet(...argv);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatch(/^acnet: /);
  expect(errors[0]).not.toMatch(/unexpected failure|at Object|\.ts:/);
  for (const text of named) expect(errors[0]).toContain(text);
  expect(out).toBe('');
  expect(code).toBe(1);
}

async function accepted(argv: readonly string[]): Promise<void> {
  const { code, errors } = await acnet(...argv);
  expect(errors).toEqual([]);
  expect(code).toBe(0);
}

function put(name: string, content: string | Uint8Array): string {
  writeFileSync(at(name), content);
  return at(name);
}

/** A job file with few, quick steps. */
function putJob(name: string, checkpoint: string, images: string, more: object = {}): string {
  const job = { checkpoint, data: { folder: images }, epochs: 1, batch: 16, learningRate: 0.01, ...more };
  return put(name, JSON.stringify(job));
}

describe('a checkpoint that is none', () => {
  const LFS =
    'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n';
  const PAGE = '<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body></body></html>\n';

  it.each(['.keras', '.h5'])('Git LFS pointer as %s', async (extension) => {
    const file = put(`pointer${extension}`, LFS);
    await refused(['inspect', file], file, 'Git LFS pointer', '12345 bytes');
  });

  it.each(['.keras', '.h5'])('HTML page as %s', async (extension) => {
    const file = put(`page${extension}`, PAGE);
    await refused(['inspect', file], file, 'web page', 'Sign in');
  });

  it.each([0.1, 0.5, 0.95])('archive cut off at %d of its size', async (share) => {
    const whole = readFileSync(model);
    const file = put(`cut-${share}.keras`, whole.subarray(0, Math.floor(whole.length * share)));
    await refused(['inspect', file], file);
    await refused(['convert', file, '-o', at('cut-out.keras')], file);
    expect(existsSync(at('cut-out.keras'))).toBe(false);
  });

  it('HDF5 cut off', async () => {
    const whole = await weightsOnly();
    const file = put('cut.h5', whole.subarray(0, Math.floor(whole.length / 2)));
    await refused(['inspect', file], file);
  });

  it('empty file, folder, missing file', async () => {
    await refused(['inspect', put('empty.keras', '')], at('empty.keras'), 'empty');
    await refused(['inspect', folder], folder, 'folder');
    await refused(['inspect', at('nowhere.keras')], at('nowhere.keras'), 'no such file');
  });

  it('text of no known format', async () => {
    await refused(['kernels', put('notes.keras', 'hello')], at('notes.keras'), 'not a checkpoint');
  });

  it('accepts the whole file', async () => {
    await accepted(['inspect', model]);
    await accepted(['kernels', model]);
  });
});

async function weightsOnly(): Promise<Uint8Array> {
  const kernel = smallNetwork().tensors.get('conv2/kernel');
  return buildHdf5('weights', (writer) => {
    writer.texts('', 'layer_names', ['conv2']);
    writer.text('', 'backend', 'tensorflow');
    writer.texts('conv2', 'weight_names', ['conv2/kernel:0']);
    writer.dataset('conv2/conv2/kernel:0', kernel?.shape ?? [], kernel?.readFloat32() ?? new Float32Array());
  });
}

describe('weights without a network', () => {
  it('can be inspected', async () => {
    const file = put('weights.h5', await weightsOnly());
    const { code, json } = await acnet('inspect', file, '--json').then((run) => ({
      ...run,
      json: run.json(),
    }));
    expect(code).toBe(0);
    expect(json).toMatchObject({ hasGraph: false, sites: [], macs: null, parameters: 9 * 4 * 6 });
  });

  it('cannot be trained, converted, fused, evaluated, verified, pruned or checked', async () => {
    const file = put('weights2.h5', await weightsOnly());
    const job = putJob('weights.acnet.json', file, data);
    const named = [file, 'weights but no network', 'found it was saved with save_weights'];
    await refused(['train', job], ...named);
    await refused(['convert', file, '-o', at('w.h5')], ...named);
    await refused(['fuse', file, '-o', at('w.h5')], ...named);
    await refused(['evaluate', file, '--data', data], ...named);
    await refused(['verify', file, file], ...named);
    await refused(['prune', file, '--data', data], ...named);
    await refused(['robustness', file, '--data', data], ...named);
    await refused(['robustness', model, '--against', file, '--data', data], ...named);
    await refused(['export', file, at('w.onnx')], ...named);
    expect(existsSync(at('w.h5'))).toBe(false);
  });

  it('by name are told of --architecture, whatever is asked', async () => {
    const header = { 'c.weight': { dtype: 'F32', shape: [2, 1, 3, 3], data_offsets: [0, 72] } };
    const file = put('named.safetensors', safetensorsOf(header, new Uint8Array(72)));
    await refused(['export', file, at('w.onnx')], file, 'cannot be exported', '--architecture');
    await refused(['evaluate', file, '--data', data], file, 'cannot be evaluated', '--architecture');
    await accepted(['inspect', file]);
  });
});

describe('data', () => {
  it('missing folder', async () => {
    for (const argv of [
      ['evaluate', model],
      ['prune', model],
      ['robustness', model],
      ['verify', model, model],
      ['convert', model, '-o', at('no-data.keras')],
    ]) {
      await refused([...argv, '--data', at('nothing')], at('nothing'), 'does not exist');
    }
    expect(existsSync(at('no-data.keras'))).toBe(false);
    await refused(['train', putJob('nodata.acnet.json', model, at('nothing'))], at('nothing'));
  });

  it('empty class folder', async () => {
    for (const name of ['a', 'b', 'c']) mkdirSync(at('classes', name), { recursive: true });
    await refused(['evaluate', model, '--data', at('classes')], at('classes'));
  });

  it('without class folders does where no labels are needed', async () => {
    const flat = at('flat');
    mkdirSync(flat);
    for (const i of [1, 2, 3, 4]) writeFileSync(path.join(flat, `${i}.png`), greyPng(i * 50, 8));
    await accepted(['verify', model, model, '--data', flat]);
    await accepted(['convert', model, '-o', at('flat.keras'), '--data', flat]);
    await accepted(['robustness', model, '--data', flat]);
    await refused(['evaluate', model, '--data', flat], flat, 'class folder');
  });

  it('a size that the network has not, with images or without', async () => {
    for (const images of [[], ['--data', data]]) {
      await refused(['verify', model, model, ...images, '--size', '9'], 'does not fit', '9');
      await accepted(['verify', model, model, ...images, '--size', '8']);
    }
  });

  it('a file in place of the folder', async () => {
    await refused(['evaluate', model, '--data', model], model, 'neither a folder nor a file');
  });

  it('images and labels that do not match', async () => {
    const broken = await writeImages(at('broken'));
    const labels = path.join(broken, 't10k-labels-idx1-ubyte.gz');
    writeFileSync(labels, readFileSync(path.join(broken, 'train-labels-idx1-ubyte.gz')));
    await refused(['evaluate', model, '--data', broken], labels, '48 labels');
  });

  it('a second checkpoint that is missing', async () => {
    const missing = at('nowhere.keras');
    await refused(['robustness', model, '--against', missing, '--data', data], missing, 'no such file');
    await accepted(['robustness', model, '--against', model, '--data', data]);
  });

  it('accepts the folder', async () => {
    await accepted(['evaluate', model, '--data', data]);
  });
});

describe('weights that are no numbers', () => {
  it('are refused by name and place, and nothing is written', async () => {
    const file = await writeModel(at('nan.keras'), 'conv2/kernel');
    const before = snapshot(file);
    const named = [file, 'conv2', 'kernel', 'NaN'];
    await refused(['convert', file, '-o', at('nan-out.keras')], ...named);
    await refused(['fuse', file, '-o', at('nan-out.keras')], ...named);
    await refused(['kernels', file], ...named);
    await refused(['evaluate', file, '--data', data], ...named);
    await refused(['prune', file, '--data', data], ...named);
    await refused(['robustness', model, '--against', file, '--data', data], ...named);
    await refused(['train', putJob('nan.acnet.json', file, data)], ...named);
    expect(existsSync(at('nan-out.keras'))).toBe(false);
    expect(snapshot(file)).toBe(before);
  });
});

describe('output', () => {
  const inside = () => readdirSync(folder).sort();

  it('in a folder that does not exist', async () => {
    const output = at('no', 'such', 'out.keras');
    await refused(['convert', model, '-o', output], output, 'does not exist');
    expect(existsSync(at('no'))).toBe(false);
  });

  it('that is a folder', async () => {
    const before = inside();
    await refused(['convert', model, '-o', data, '--overwrite'], data, 'folder');
    expect(inside()).toEqual(before);
  });

  it('that the system does not let be written', async () => {
    // Not even root may make files there.
    await refused(['convert', model, '-o', '/sys/acnet.keras'], '/sys/acnet.keras', 'cannot be written');
    await refused(['convert', model, '-o', path.join(model, 'out.keras')], 'does not exist');
  });

  it('that exists is kept, and replaced when told', async () => {
    const file = put('exists.keras', 'precious');
    await refused(['convert', model, '-o', file], file, '--overwrite');
    expect(readFileSync(file, 'utf8')).toBe('precious');
    await accepted(['convert', model, '-o', file, '--overwrite']);
    await accepted(['convert', model, '-o', file, '--force']);
    await accepted(['inspect', file]);
  });

  it('that is the source, even with --overwrite and by another name', async () => {
    const before = snapshot(model);
    await refused(['convert', model, '-o', model, '--overwrite'], 'never written');
    await refused(
      ['convert', model, '-o', at('images', '..', 'model.keras'), '--overwrite'],
      'never written',
    );
    expect(snapshot(model)).toBe(before);
  });

  it('in another format than the source', async () => {
    await refused(['convert', model, '-o', at('out.h5')], at('out.h5'), '.keras');
    expect(existsSync(at('out.h5'))).toBe(false);
  });

  it('leaves no temporary file behind', () => {
    expect(inside().filter((name) => name.includes('.tmp'))).toEqual([]);
  });
});

describe('requests that do not fit the file', () => {
  it('layers that are not there', async () => {
    await refused(['convert', model, '-o', at('none.keras'), '--layers', 'block9'], 'block9', 'conv1');
  });

  it('fusing a network without blocks', async () => {
    await refused(['fuse', model, '-o', at('none.keras')], model, 'nothing to fuse');
    expect(existsSync(at('none.keras'))).toBe(false);
  });

  it('a job that is missing, no JSON, or has an unknown field', async () => {
    await refused(['train', at('missing.acnet.json')], at('missing.acnet.json'), 'no such file');
    await refused(['train', put('broken.acnet.json', '{')], at('broken.acnet.json'), 'not JSON');
    const job = putJob('typo.acnet.json', model, data, { learningrate: 1 });
    await refused(['train', job], job, 'learningrate');
    await refused(['train', folder], folder, 'cannot be read (expected a regular file; found a folder)');
  });

  it('a job that begins with a mark of its encoding is read behind it', async () => {
    const job = putJob('marked.acnet.json', model, data, { learningrate: 1 });
    writeFileSync(job, `\uFEFF${readFileSync(job, 'utf8')}`);
    await refused(['train', job], job, 'learningrate');
  });

  it('accepts the job without the mistake', async () => {
    const job = putJob('good.acnet.json', model, data);
    const before = snapshot(model);
    const run = await acnet('train', job, '--json');
    expect(run.errors).toEqual([]);
    expect(run.code).toBe(0);
    const lines = run.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event?: string });
    expect(lines.slice(0, -1).every(({ event }) => typeof event === 'string')).toBe(true);
    expect(lines.at(-1)).toMatchObject({
      baseline: { top1: expect.any(Number) as number },
      acnet: { top1: expect.any(Number) as number },
      fused: { top1: expect.any(Number) as number, maxRel: expect.any(Number) as number },
    });
    const { outputs } = run.json() as { outputs: Record<string, string> };
    for (const output of Object.values(outputs)) await accepted(['inspect', output]);
    expect(snapshot(model)).toBe(before);
    await refused(['train', job], 'overwrite');
    const report = at('report.html');
    await accepted(['train', job, '--overwrite', '--report', report]);
    expect(readFileSync(report, 'utf8')).toContain('ACNet beside its baseline');
    await refused(['train', job, '--report', report], report, '--overwrite');
  });
});

describe('stopping', () => {
  it('ends a command between two steps with one line and no output', async () => {
    const controller = new AbortController();
    controller.abort();
    const { code, errors } = await acnetWith(controller.signal, 'convert', model, '-o', at('stopped.keras'));
    expect(errors).toEqual(['acnet: stopped on request']);
    expect(code).toBe(1);
    expect(existsSync(at('stopped.keras'))).toBe(false);
  });
});
