import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random';
import type { Backend } from '../../../src/engine/backend';
import { evaluateFile } from '../../../src/operations/evaluate';
import { fuseFile } from '../../../src/operations/fuse';
import { inspectFile } from '../../../src/operations/inspect';
import { readJob } from '../../../src/operations/job/job';
import { kernelsOfFile } from '../../../src/operations/kernels';
import { trainJob } from '../../../src/operations/train/train';
import { verifyFiles } from '../../../src/operations/verify/verify';
import { temporaryFolder, writeFiles } from '../../support/folders';
import { nativeBackend } from '../../support/native';
import { testContext } from '../../support/operation';
import { greyPng } from '../../support/pictures';
import { bytesOf, safetensorsOf } from '../../support/torch-files';
import { floats, onnxModel } from '../formats/onnx-support';

let backend: Backend;
beforeAll(async () => {
  backend = await nativeBackend();
});

/** A convolution with its batch norm, and a classifier of two classes, by PyTorch's names. */
const SHAPES: Readonly<Record<string, readonly number[]>> = {
  'body.conv.weight': [4, 1, 3, 3],
  'body.norm.weight': [4],
  'body.norm.bias': [4],
  'body.norm.running_mean': [4],
  'body.norm.running_var': [4],
  'head.weight': [2, 256],
  'head.bias': [2],
};

/** A folder with weights by name, their network in an ONNX model of another name, and images. */
function folderOf(): string {
  const folder = temporaryFolder();
  const random = createRandom(4);
  const values = Object.entries(SHAPES).map(([name, shape]) => {
    const size = shape.reduce((a, b) => a * b);
    const of = (): number => (name.endsWith('running_var') ? 0.5 + random.uniform() : random.normal() * 0.3);
    return [name, Array.from({ length: size }, of)] as const;
  });
  const header: Record<string, object> = {};
  let at = 0;
  for (const [name, of] of values) {
    header[name] = { dtype: 'F32', shape: SHAPES[name], data_offsets: [at, (at += 4 * of.length)] };
  }
  writeFileSync(
    path.join(folder, 'x.safetensors'),
    safetensorsOf(header, bytesOf(Float32Array.from(values.flatMap(([, of]) => of)))),
  );
  const norm = ['weight', 'bias', 'running_mean', 'running_var'].map((word) => `body.norm.${word}`);
  const node = (op: string, inputs: readonly string[], output: string) => ({ op, inputs, outputs: [output] });
  const nodes = [
    { ...node('Conv', ['x', 'body.conv.weight'], 'c'), ints: { pads: [1, 1, 1, 1] } },
    node('BatchNormalization', ['c', ...norm], 'n'),
    node('Relu', ['n'], 'r'),
    node('Flatten', ['r'], 'f'),
    { ...node('Gemm', ['f', 'head.weight', 'head.bias'], 'y'), int: { transB: 1 } },
  ];
  const tensors = values.map(([name, of]) => ({ name, dims: SHAPES[name], raw: floats(...of) }));
  writeFileSync(
    path.join(folder, 'network.onnx'),
    onnxModel({ nodes, tensors, inputs: [['x', [1, 1, 8, 8]]], outputs: ['y'] }),
  );
  const images = Array.from({ length: 20 }, (_, i) => {
    const value = (i * 41) % 256;
    return [`images/${value < 128 ? 'dark' : 'light'}/${i}.png`, greyPng(value, 8)] as const;
  });
  return writeFiles(folder, Object.fromEntries(images));
}

const context = () => ({ ...testContext(backend), onEvent: () => undefined });

async function train(folder: string, more: object = {}) {
  const job = { checkpoint: 'x.safetensors', data: { folder: 'images' }, epochs: 1, batch: 4, ...more };
  const file = path.join(folder, 'a.acnet.json');
  return trainJob(readJob(JSON.stringify(job), file), { directory: path.join(folder, 'run1') }, context());
}

it.each([
  ['in the job’s own folder', 'run1', {}],
  ['elsewhere', 'out/deep', { output: { folder: 'out/deep' } }],
])('outputs %s keep the network that the job had, in every operation', async (_, place, more) => {
  const folder = folderOf();
  const result = await train(folder, { architecture: 'network.onnx', ...more });
  expect(result.architecture).toEqual({
    path: '../network.onnx',
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  // Moved together, and named by nobody.
  const moved = path.join(folder, 'moved');
  mkdirSync(moved);
  for (const name of ['network.onnx', place.split('/')[0]]) {
    cpSync(path.join(folder, name), path.join(moved, name), { recursive: true });
    rmSync(path.join(folder, name), { recursive: true });
  }
  const at = (arm: string): string => path.join(moved, place, `x.${arm}.safetensors`);
  const verified = await verifyFiles(at('acnet'), at('fused'), { samples: 8 }, context());
  expect(verified.passed).toBe(true);
  const inspected = await inspectFile(at('acnet'));
  expect(inspected).toMatchObject({ hasGraph: true, architecture: { state: 'attached' } });
  expect(inspected.sites.map(({ kind }) => kind)).toEqual(['acb']);
  expect((await kernelsOfFile(at('fused'))).layers).toHaveLength(1);
  const data = path.join(folder, 'images');
  expect((await evaluateFile(at('fused'), { data }, context())).images).toBe(20);
  const fused = await fuseFile(
    at('acnet'),
    path.join(moved, 'again.safetensors'),
    { fold: false },
    context(),
  );
  expect(fused.fused).toHaveLength(1);
});

it('a model that has changed or is gone is said, and not used', async () => {
  const folder = folderOf();
  await train(folder, { architecture: 'network.onnx' });
  const acnet = path.join(folder, 'run1/x.acnet.safetensors');
  const model = path.join(folder, 'network.onnx');
  const bytes = readFileSync(model);
  const evaluated = (): Promise<unknown> =>
    evaluateFile(acnet, { data: path.join(folder, 'images') }, context());
  appendFileSync(model, '\0');
  await expect(evaluated()).rejects.toThrow(
    /result\.json says that this file has the network of \.\.\/network\.onnx, which has changed since/,
  );
  expect((await inspectFile(acnet)).warnings.join()).toContain('which has changed since');
  renameSync(model, path.join(folder, 'other.onnx'));
  await expect(evaluated()).rejects.toThrow(/\.\.\/network\.onnx, which is gone/);
  writeFileSync(model, bytes);
  await expect(evaluated()).resolves.toBeDefined();
});

it('a job without a model leaves no record of one, and a file that no record names has none', async () => {
  const folder = folderOf();
  cpSync(path.join(folder, 'network.onnx'), path.join(folder, 'x.onnx'));
  const { architecture } = await train(folder);
  expect(architecture?.path).toBe('../x.onnx');
  const run = path.join(folder, 'run1');
  expect(existsSync(path.join(run, 'x.network.json'))).toBe(false);
  cpSync(path.join(run, 'x.acnet.safetensors'), path.join(run, 'stranger.safetensors'));
  expect((await inspectFile(path.join(run, 'stranger.safetensors'))).hasGraph).toBe(false);
  expect((await inspectFile(path.join(run, 'x.acnet.safetensors'))).hasGraph).toBe(true);
  for (const text of [
    '',
    '[]',
    '{"outputs":7,"architecture":{"path":7}}',
    '{"outputs":{"a":"x.acnet.safetensors"}}',
  ]) {
    writeFileSync(path.join(run, 'result.json'), text);
    expect((await inspectFile(path.join(run, 'x.acnet.safetensors'))).hasGraph).toBe(false);
  }
});
