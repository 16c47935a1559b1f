import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertFile } from '../../src/operations/convert/convert';
import { fuseFile } from '../../src/operations/fuse';
import { inspectFile } from '../../src/operations/inspect';
import { runTorch } from '../support/peers';
import { quiet } from '../support/quiet';
import { differenceToRecorded } from '../support/recorded';

interface Facts {
  readonly size: number;
  readonly parameters: number;
}

interface Answer {
  readonly case: string;
  readonly difference: number;
  readonly spread: number;
}

/** What each network is taken for, and how many of its convolutions become blocks. */
const NETWORKS = [
  ['cifar-a', 'CIFAR ResNet-20, option A', 19],
  ['cifar-b', 'CIFAR ResNet-10, option B', 9],
  ['resnet', 'ResNet-17 (torchvision)', 6],
  ['resnext', 'ResNeXt-14 (torchvision)', 5],
  ['vgg', 'VGG-11 (torchvision)', 8],
  ['vgg-bn', 'VGG-11 with batch norm (torchvision)', 8],
  ['mobilenet', 'MobileNetV2 (torchvision)', 18],
] as const;
const FORMATS = ['pth', 'safetensors'] as const;
const EACH = NETWORKS.flatMap(([name]) => FORMATS.map((extension) => [name, extension] as const));

const folder = mkdtempSync(join(tmpdir(), 'acnet-pytorch-'));
const script = (name: string): string => join(import.meta.dirname, 'pytorch', name);
const file = (name: string): string => join(folder, name);
let facts: Record<string, Facts>;
const answers = new Map<string, Answer>();
const converted = new Map<string, number>();

function json<T>(output: string): T {
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as T;
}

/** The generated module beside a file. */
function moduleOf(path: string): string {
  const stem = basename(path)
    .replace(/\.[^.]*$/, '')
    .replace(/\.acnet$/, '');
  return file(`${stem.replace(/\W+/g, '_')}_acnet.py`);
}

/** Converts, fuses and folds one file, and says what PyTorch is to compare. */
async function rewritten(name: string, extension: string): Promise<object[]> {
  const source = file(`${name}.${extension}`);
  const [acnet, fused, folded] = ['acnet', 'fused', 'folded'].map((kind) =>
    file(`${name}-${extension}-${kind}.${extension}`),
  );
  const result = await convertFile(source, acnet, { variant: 'skeleton', branches: 'zero' }, quiet);
  converted.set(`${name}.${extension}`, result.converted.length);
  await fuseFile(acnet, fused, { fold: false }, quiet);
  await fuseFile(acnet, folded, { fold: true }, quiet);
  const check = (kind: string, path: string, module: boolean): object => ({
    case: `${name}.${extension} ${kind}`,
    network: name,
    file: path,
    ...(module ? { module: moduleOf(path) } : {}),
  });
  return [
    check('converted', acnet, true),
    check('fused', fused, true),
    check('folded', folded, true),
    check('own class', fused, false),
  ];
}

function compare(cases: readonly object[]): void {
  const list = file('cases.json');
  writeFileSync(list, JSON.stringify(cases));
  const output = runTorch(script('compare.py'), [folder, list]);
  for (const answer of json<Answer[]>(output)) answers.set(answer.case, answer);
}

beforeAll(async () => {
  facts = json<Record<string, Facts>>(runTorch(script('make.py'), [folder]));
  const cases: object[] = [];
  for (const [name, extension] of EACH) cases.push(...(await rewritten(name, extension)));
  compare(cases);
  // Random branches, as training leaves them: PyTorch saves, and what it saves is fused.
  const alterations = NETWORKS.map(([name]) => {
    const path = file(`${name}-pth-acnet.pth`);
    return { network: name, file: path, module: moduleOf(path), alter: file(`${name}-trained.pth`) };
  });
  compare(alterations);
  const altered: object[] = [];
  for (const [name] of NETWORKS) {
    for (const fold of [false, true]) {
      const path = file(`${name}-trained-${fold ? 'folded' : 'fused'}.pth`);
      await fuseFile(file(`${name}-trained.pth`), path, { fold }, quiet);
      const common = { network: name, file: path, against: 'altered' };
      altered.push({ ...common, case: `${name} trained ${String(fold)}`, module: moduleOf(path) });
      if (!fold) altered.push({ ...common, case: `${name} trained own class` });
    }
  }
  compare(altered);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function relative(name: string): number {
  const answer = answers.get(name);
  if (!answer) throw new Error(`PyTorch said nothing of ${name}`);
  expect(answer.spread).toBeGreaterThan(1e-3);
  return answer.difference / answer.spread;
}

describe('networks that PyTorch saved', () => {
  it.each(NETWORKS)('%s is taken for %s', async (name, label) => {
    for (const extension of FORMATS) {
      const result = await inspectFile(file(`${name}.${extension}`));
      const { hasGraph, facts: shown, trainableParameters, parameters } = result;
      expect(hasGraph).toBe(true);
      expect(shown.find((fact) => fact.label === 'Network')?.value).toContain(`assumed to be ${label}:`);
      expect([trainableParameters, parameters]).toEqual([facts[name].parameters, facts[name].parameters]);
    }
  });

  it.each(NETWORKS)('%s computes here what it computes in PyTorch', async (name) => {
    const recorded = { path: file(`${name}.pth`), answer: file(name), size: facts[name].size };
    expect(await differenceToRecorded(recorded)).toBeLessThanOrEqual(1e-5);
  });

  it.each(NETWORKS)('%s: %s has %i sites, which become blocks', (name, _, sites) => {
    for (const extension of FORMATS) expect(converted.get(`${name}.${extension}`)).toBe(sites);
  });
});

describe('what was written, loaded by PyTorch with strict=True', () => {
  it.each(EACH)(
    '%s.%s computes what it did: as blocks, fused, folded, in its own class',
    (name, extension) => {
      for (const kind of ['converted', 'fused', 'folded', 'own class']) {
        expect(relative(`${name}.${extension} ${kind}`)).toBeLessThanOrEqual(1e-5);
      }
    },
  );

  it.each(NETWORKS)('%s is fused from what PyTorch saved with random branches and statistics', (name) => {
    expect(relative(`${name} trained true`)).toBeLessThanOrEqual(1e-5);
    expect(relative(`${name} trained false`)).toBeLessThanOrEqual(1e-5);
    expect(relative(`${name} trained own class`)).toBeLessThanOrEqual(1e-5);
  });
});
