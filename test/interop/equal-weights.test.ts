import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCheckpoint } from '../../src/core/formats/registry';
import { tensorOf } from '../../src/core/tensor/tensor';
import { writeAtomically } from '../../src/files/atomic';
import { tellingAssumed } from '../../src/files/assumed';
import { openCheckpointFile } from '../../src/files/open';
import { convertFile } from '../../src/operations/convert/convert';
import { inspectFile } from '../../src/operations/inspect';
import { buildCases, hasCases, whyNoCases } from '../support/cases';
import { onnxPackages, runOnnx, runTorch } from '../support/peers';
import { quiet } from '../support/quiet';
import { differenceToRecorded } from '../support/recorded';

const folder = mkdtempSync(join(tmpdir(), 'acnet-equal-weights-'));
const script = (name: string): string => join(import.meta.dirname, 'equal-weights', name);
const file = (name: string): string => join(folder, name);
const PRESERVE = { variant: 'skeleton', branches: 'zero' } as const;

beforeAll(() => void runTorch(script('make.py'), [folder, onnxPackages()]), 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** To what PyTorch computes with these weights. */
const differenceOf = (name: string, architecture: string): Promise<number> =>
  differenceToRecorded({
    path: file(`${name}.pth`),
    answer: file(name),
    size: 8,
    architecture: file(architecture),
  });

/** Trainable parameters, and the batch norm of each convolution. */
async function seen(name: string): Promise<readonly [number | null, string]> {
  const { trainableParameters, sites } = await inspectFile(file(name));
  return [trainableParameters, sites.map(({ batchNorm }) => batchNorm).join(' ')];
}

describe('equal weights that an exporter wrote once', () => {
  const layer = 4 * 4 * 9 + 8;
  it.each([
    ['plain.old.onnx', 3 * layer, 'absorbed absorbed absorbed'],
    // Not shared with its copy: a shared one has no alias.
    ['copied.old.onnx', 2 * layer, 'absorbed absorbed'],
    ['before.old.onnx', 2 * (4 * 4 * 9 + 4 + 8), 'separate none'],
    ['before.new.onnx', 2 * (4 * 4 * 9 + 4 + 8), 'separate none'],
  ])('%s: each layer has its own', async (name, parameters, norms) => {
    expect(await seen(name)).toEqual([parameters, norms]);
  });

  it.each([
    ['twice.old.onnx', layer, 'absorbed'],
    ['twice.new.onnx', layer, 'absorbed'],
    ['one-norm.old.onnx', 2 * 4 * 4 * 9 + 8, 'separate separate'],
    ['tied-kernel.old.onnx', 4 * 4 * 9 + 2 * 8, 'separate'],
  ])('%s: what is one layer stays one', async (name, parameters, norms) => {
    expect(await seen(name)).toEqual([parameters, norms]);
  });

  it('are separate where they are written, and compute the same in ONNX Runtime', async () => {
    for (const name of ['plain.old', 'copied.old', 'before.old', 'before.new', 'excited.old']) {
      const output = file(`${name}.acnet.onnx`);
      await convertFile(file(`${name}.onnx`), output, PRESERVE, quiet);
      const answer = JSON.parse(runOnnx(script('check.py'), [file(`${name}.onnx`), output])) as {
        difference: number;
        aliases: number;
        shared: string[];
      };
      expect(answer.difference, name).toBeLessThanOrEqual(1e-5);
      expect([name, answer.aliases]).toEqual([name, 0]);
      if (name.endsWith('old')) expect([name, answer.shared]).toEqual([name, []]);
    }
  });

  it.each([
    ['plain.old', '0.bn.weight'],
    ['plain.old', '1.bn.weight'],
    ['before.new', 'bn1.weight'],
    ['before.new', 'bn2.running_var'],
  ])('%s: where %s changes, the others stay what they were', async (name, changed) => {
    const source = await openCheckpointFile(file(`${name}.onnx`));
    const four = source.tensors.get(changed);
    expect(four?.shape).toEqual([4]);
    const tensors = new Map(source.tensors).set(
      changed,
      tensorOf(changed, [4], Float32Array.of(7, 8, 9, 10)),
    );
    const output = file(`${name}.changed.onnx`);
    await writeAtomically(output, (sink) => writeCheckpoint({ ...source, tensors }, sink), {
      overwrite: true,
    });
    const written = await openCheckpointFile(output);
    const firsts = (checkpoint: typeof source): unknown[] =>
      (checkpoint.graph?.nodes ?? []).flatMap(({ op, parameters }) =>
        op === 'batchNorm'
          ? Object.values(parameters).map((each) => checkpoint.tensors.get(each)?.readFloat32()[0])
          : [],
      );
    expect(firsts(written)).toEqual(firsts({ ...source, tensors }));
    expect(firsts(written).filter((value) => value === 7)).toHaveLength(1);
    source.close();
    written.close();
  });

  it('are said where the file does not show whose they are, and taken as a person says', async () => {
    const told = async (name: string, equalWeights?: 'shared' | 'separate') => {
      const { value, assumed } = await tellingAssumed(
        () => inspectFile(file(name)),
        () => undefined,
        () => ({ equalWeights }),
      );
      return [value.trainableParameters, assumed.map(({ network }) => network).join()] as const;
    };
    const [parameters, sentence] = await told('tied-kernel.new.onnx');
    expect(parameters).toBe(layer);
    expect(sentence).toContain('1.conv.weight to be shared by 0.conv, 1.conv');
    // How to say otherwise is another thing in the terminal than in the editor.
    expect(sentence).not.toContain('--');
    expect(await told('tied-kernel.new.onnx', 'separate')).toEqual([2 * layer, '']);
    const [, own] = await told('before.new.onnx');
    expect(own).toContain("equal parameters to be each layer's own");
    expect((await told('before.new.onnx', 'shared'))[0]).toBe(2 * (4 * 4 * 9 + 4) + 8);
    // What the file shows needs no answer.
    expect((await told('plain.old.onnx'))[1]).toBe('');
  });
});

describe('weights with such an export as their network', () => {
  it.each([
    ['scaled', 'old'],
    ['scaled', 'new'],
    ['excited', 'folded'],
    ['excited', 'new'],
    ['copied', 'old'],
    ['plain', 'folded'],
    ['tied-kernel', 'old'],
    ['tied-kernel', 'new'],
  ])('%s of the %s exporter: computes what PyTorch does with them', async (name, exporter) => {
    expect(await differenceOf(name, `${name}.${exporter}.onnx`)).toBeLessThanOrEqual(1e-5);
  });

  it('is refused where it has one kernel for what the file has two of', async () => {
    await expect(differenceOf('copied', 'copied.new.onnx')).rejects.toThrow('equal parameters once');
  });

  it('gives a batch norm to its own convolution, not to one of a squeeze', async () => {
    for (const exporter of ['folded', 'new']) {
      const { facts } = await inspectFile(file('excited.pth'), {
        architecture: file(`excited.${exporter}.onnx`),
      });
      expect(facts.find(({ label }) => label === 'Batch norms put back')?.value).toContain(
        '0.bn behind 0.conv, 1.bn behind 1.conv',
      );
    }
  });
});

describe.skipIf(!hasCases)(`fresh exports beside the repository${whyNoCases}`, () => {
  beforeAll(() => buildCases('torch', ['fresh_export', 'layer_scale'], folder), 600_000);

  it('of a ResNet-18 have 17 sites with a batch norm each, also converted', async () => {
    const { trainableParameters, sites } = await inspectFile(file('fresh_resnet18.onnx'));
    expect(trainableParameters).toBe(11_181_642);
    const large = sites.filter(({ eligible, batchNorm }) => eligible && batchNorm === 'absorbed');
    expect(large).toHaveLength(17);
    const output = file('fresh_resnet18.acnet.onnx');
    const { converted } = await convertFile(file('fresh_resnet18.onnx'), output, PRESERVE, quiet);
    expect(converted).toHaveLength(17);
    const answer = JSON.parse(runOnnx(script('check.py'), [file('fresh_resnet18.onnx'), output])) as object;
    expect(answer).toMatchObject({ aliases: 0, shared: [] });
  });

  it('of LayerScale give each block its own, and so PyTorch’s output', async () => {
    const checkpoint = await openCheckpointFile(file('layer_scale.pth'));
    const scales = checkpoint.graph?.nodes.flatMap((node) =>
      node.op === 'rescaling' ? [node.attributes.scale] : [],
    );
    const keys = ['b1', 'b2', 'b3'].map((block) => checkpoint.tensors.get(`${block}.ls.gamma`));
    expect(scales).toEqual(keys.map((tensor) => [...(tensor?.readFloat32() ?? [])]));
    expect(new Set(scales?.map(String)).size).toBe(3);
    checkpoint.close();
    runTorch(script('layer-scale.py'), [file('layer_scale.pth'), file('layer_scale')]);
    const recorded = { path: file('layer_scale.pth'), answer: file('layer_scale'), size: 16 };
    expect(
      await differenceToRecorded({ ...recorded, architecture: file('layer_scale.onnx') }),
    ).toBeLessThanOrEqual(1e-5);
  });
});
