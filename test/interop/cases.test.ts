import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertFile } from '../../src/operations/convert/convert';
import { evaluateFile } from '../../src/operations/evaluate';
import { fuseFile } from '../../src/operations/fuse';
import { inspectFile } from '../../src/operations/inspect';
import { verifyFiles } from '../../src/operations/verify/verify';
import { buildCases, hasCases, whyNoCases } from '../support/cases';
import { writeFiles } from '../support/folders';
import { nativeBackend } from '../support/native';
import { testContext } from '../support/operation';
import { runPython } from '../support/peers';
import { greyPng } from '../support/pictures';

const folder = hasCases ? mkdtempSync(join(tmpdir(), 'acnet-cases-')) : '';
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const SKELETON = { variant: 'skeleton' } as const;
const at = (name: string): string => join(folder, name);

describe.skipIf(!hasCases)(`files of PyTorch${whyNoCases}`, () => {
  beforeAll(() => {
    const names = ['whole_module', 'layer_scale', 'names', 'containers', 'vanished', 'renamed_export'];
    buildCases('torch', names, folder);
  });

  it('are built by their names', () => {
    for (const name of ['whole_module.pth', 'layer_scale.onnx', 'layer_scale.pth'])
      expect(existsSync(at(name)), name).toBe(true);
    expect(() => buildCases('torch', ['no_such_case'], folder)).toThrow('not built: no_such_case');
  });

  it.each([
    ['checkpoint.pth.tar', 'this is a PyTorch file, but not by its name'],
    ['model_best.pth.tar', 'this is a PyTorch file, but not by its name'],
    ['scripted.jit', 'this is a PyTorch file, but not by its name'],
    ['exported.pt2', 'this is an archive of torch.export, which is not read'],
    ['tuple.pth', 'the tensors of this file are in a tuple, which is not read'],
    ['list.pth', 'the tensors of this file are in a list, which is not read'],
    ['numpy.pth', 'this file has NumPy arrays in place of tensors, which are not read'],
    ['bare.pt', 'this file is one tensor without a name, not the weights of a network'],
  ])('%s: what it is, and what to do', async (name, sentence) => {
    await expect(inspectFile(at(name))).rejects.toMatchObject({
      summary: sentence,
      detail: { expected: expect.stringMatching(/save|rename|torch/) as string },
    });
  });

  it.each([
    ['weight_norm.pth', 'weight norm', 'parametrize.remove_parametrizations'],
    ['weight_norm_old.pth', 'weight norm', 'remove_weight_norm'],
    ['spectral_norm.pth', 'spectral norm', 'parametrize.remove_parametrizations'],
    ['spectral_norm_old.pth', 'spectral norm', 'remove_spectral_norm'],
    ['pruned.pth', 'pruning', 'prune.remove'],
  ])('%s: a kernel that is not listed is named', async (name, how, remedy) => {
    const { sites, warnings } = await inspectFile(at(name));
    expect(sites.map((site) => site.name)).toEqual(['3']);
    expect(warnings).toContainEqual(
      expect.stringMatching(
        new RegExp(
          String.raw`one convolution is not listed, .*\(${how}\): 0; apply torch\.nn\.utils\.${remedy} `,
        ),
      ),
    );
  });

  it('renamed.pth: the model beside it lacks its file of weights, by name', async () => {
    const verify = async () =>
      verifyFiles(at('renamed.pth'), at('renamed.pth'), { samples: 2 }, testContext(await nativeBackend()));
    await expect(verify()).rejects.toMatchObject({
      detail: {
        found: expect.stringContaining(
          'the model names export.onnx.data as the file of its weights',
        ) as string,
      },
    });
  });
});

describe.skipIf(!hasCases)(`files of Keras${whyNoCases}`, () => {
  beforeAll(() => buildCases('keras', ['operations', 'not_seen', 'separable', 'relu_head'], folder));

  it.each([
    ['channels_first.keras', 'Conv2D', 'data_format is "channels_first"'],
    ['time_distributed.keras', 'TimeDistributed', ''],
  ])('%s: what cannot be read is named, not denied', async (name, layer, setting) => {
    const { unsupported, warnings } = await inspectFile(at(name));
    expect(unsupported).toContain(layer);
    expect(warnings.join('\n')).toContain(setting);
    const convert = convertFile(at(name), at(`acnet-${name}`), SKELETON, testContext(await nativeBackend()));
    await expect(convert).rejects.toThrow(/not supported|cannot be read/);
  });

  it('operations.keras: verify names the layers that it cannot run', async () => {
    const verify = async () =>
      verifyFiles(
        at('operations.keras'),
        at('operations.keras'),
        { samples: 2 },
        testContext(await nativeBackend()),
      );
    await expect(verify()).rejects.toThrow(/Mean/);
  });

  it('separable.keras: fused, its layers are the original’s, or the conversion names those that are not', async () => {
    const context = testContext(await nativeBackend());
    const [acnet, fused] = ['separable.acnet.keras', 'separable.fused.keras'].map(at);
    const { warnings } = await convertFile(at('separable.keras'), acnet, SKELETON, context);
    await fuseFile(acnet, fused, { fold: false }, context);
    const script = `
import keras, sys
a, b = [keras.models.load_model(path) for path in sys.argv[1:]]
print([w.shape for w in a.get_weights()] == [w.shape for w in b.get_weights()])`;
    const fits = runPython(script, [at('separable.keras'), fused]).trim();
    expect(fits).toBe('False');
    expect(warnings.join('\n')).toMatch(/two layers .*: separable_conv2d$/m);
  });

  it('relu_head.keras: evaluated without a loss, and why', async () => {
    const images = Array.from(
      { length: 20 },
      (_, i) => [`images/${i % 10}/${i}.png`, greyPng(12 * i, 28)] as const,
    );
    const data = join(writeFiles(folder, Object.fromEntries(images)), 'images');
    const result = await evaluateFile(at('relu_head.keras'), { data }, testContext(await nativeBackend()));
    const { loss, noLoss, top1 } = result;
    expect(loss).toBeUndefined();
    expect(noLoss).toContain('the network ends in relu');
    expect(top1).toBeGreaterThanOrEqual(0);
  });
});
