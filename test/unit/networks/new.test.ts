import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PARAMETERS } from '../../../src/core/networks';
import { pytorch } from '../../../src/core/formats/pytorch/pytorch';
import { openCheckpointFile } from '../../../src/files/open';
import { inspectCheckpoint } from '../../../src/operations/inspect';
import { newFile } from '../../../src/operations/new';
import { NEW_NETWORK_IDS } from '../../../src/shared/networks';
import { writeFiles } from '../../support/folders';
import { quiet } from '../../support/quiet';

const folder = mkdtempSync(path.join(tmpdir(), 'acnet-new-'));
const at = (name: string): string => path.join(folder, name);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What each is recognised as, and its trainable weights for as many classes: by hand for the first four, published for the others. */
const KNOWN = [
  ['cifar-quick', 'Cifar-quick', 10, 145_578],
  ['cifar-quick-bn', 'Cifar-quick with batch norm', 10, 145_578 + 128],
  ['vgg16', 'CIFAR VGG-16', 10, 14_719_818],
  ['vgg16-bn', 'CIFAR VGG-16 with batch norm', 10, 14_728_266],
  // With option A: 0.27, 0.46, 0.66 and 0.85 million in He et al. (2016), table 6.
  ['resnet20', 'CIFAR ResNet-20, option A', 10, 269_722],
  ['resnet32', 'CIFAR ResNet-32, option A', 10, 464_154],
  ['resnet44', 'CIFAR ResNet-44, option A', 10, 658_586],
  ['resnet56', 'CIFAR ResNet-56, option A', 10, 853_018],
  ['resnet18-cifar', 'CIFAR ResNet-18, option B', 10, 11_173_962],
  // As torchvision's documentation has it.
  ['resnet18', 'ResNet-18 (torchvision)', 1000, 11_689_512],
] as const;

describe('a new network', () => {
  it('is one of a list without gaps', () => {
    expect(NEW_NETWORK_IDS).toEqual(KNOWN.map(([id]) => id));
  });

  it.each(KNOWN)('%s is recognised, as %s', (id, label, classes, weights) => {
    const made = pytorch.createWeights?.(PARAMETERS[id]({ classes, channels: 3 }), 'net.pth');
    expect(made && inspectCheckpoint(made).parameters).toBe(weights);
    expect(made?.weights?.architecture).toMatchObject({ state: 'assumed', label });
    expect(made?.graph?.shapes.get(made.graph.outputs[0])?.at(-1)).toBe(classes);
    expect(made && [...made.warnings, ...(made.writer?.warnings?.(made) ?? [])]).toEqual([]);
  });

  it('has the weights of its seed', async () => {
    const [first, again, other] = await Promise.all(
      [1, 1, 2].map(async (seed, i) => {
        const file = at(`seed${i}.pth`);
        await newFile('cifar-quick', file, { seed }, quiet);
        const checkpoint = await openCheckpointFile(file);
        const values = checkpoint.tensors.get('conv2.weight')?.readFloat32();
        checkpoint.close();
        return values;
      }),
    );
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('replaces nothing unless asked', async () => {
    const file = path.join(writeFiles(at('kept'), { 'net.pth': new Uint8Array(3) }), 'net.pth');
    await expect(newFile('cifar-quick', file, {}, quiet)).rejects.toThrow('the output exists');
    await newFile('cifar-quick', file, { overwrite: true }, quiet);
    const checkpoint = await openCheckpointFile(file);
    expect(checkpoint.graph).toBeDefined();
    checkpoint.close();
  });

  it.each([
    ['net.zip', {}, /cannot be written to a file of this name \(expected \.keras, .*; found \.zip\)/],
    ['net', {}, /found no extension/],
    ['net.keras', { layout: 'nchw' }, /layout of images can only be chosen for ONNX/],
    ['missing/net.pth', {}, /the folder of the output does not exist/],
  ] as const)('%s with %o is refused', async (name, options, message) => {
    await expect(newFile('resnet20', at(name), options, quiet)).rejects.toThrow(message);
    expect(existsSync(at(name))).toBe(false);
  });
});
