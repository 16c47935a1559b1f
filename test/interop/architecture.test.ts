import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertFile } from '../../src/operations/convert/convert';
import { fuseFile } from '../../src/operations/fuse';
import { inspectFile } from '../../src/operations/inspect';
import { onnxPackages, runTorch } from '../support/peers';
import { quiet } from '../support/quiet';
import { differenceToRecorded } from '../support/recorded';

interface Answer {
  readonly case: string;
  readonly difference: number;
  readonly spread: number;
}

/** What is reported of the layers, and how many convolutions become blocks. */
const NETWORKS = [
  ['kept', '5 by name', 2],
  ['folded', 'stem.1 behind stem.0, bn2 behind conv2, which the folded weights agree with', 2],
  ['folded-other', 'stem.1 behind stem.0, bn2 behind conv2, by their names', 2],
  ['wrapped', '5 by name', 2],
  ['compiled', '5 by name', 2],
  ['odd', '6 by name', 3],
  ['shared', '6 by name', 3],
  ['various', '3 by name', 1],
  ['up', '2 by name', 2],
  ['larger', '4 by name', 4],
] as const;

const folder = mkdtempSync(join(tmpdir(), 'acnet-architecture-'));
const script = (name: string): string => join(import.meta.dirname, 'architecture', name);
const file = (name: string): string => join(folder, name);
const answers = new Map<string, Answer>();

beforeAll(async () => {
  runTorch(script('make.py'), [folder, onnxPackages()]);
  const cases: object[] = [];
  for (const [name, , sites] of NETWORKS) {
    const architecture = file(`${name}.onnx`);
    const preserve = { variant: 'skeleton', branches: 'zero', architecture } as const;
    const result = await convertFile(file(`${name}.pth`), file(`${name}.acnet.pth`), preserve, quiet);
    expect(result.converted).toHaveLength(sites);
    expect(result.warnings.join()).not.toContain('no Python module');
    const fused = file(`${name}.fused.pth`);
    await fuseFile(file(`${name}.acnet.pth`), fused, { fold: false, architecture }, quiet);
    // A convolution that had no batch norm has one after it when fused: the network's own class has none.
    cases.push({ case: `${name} fused`, network: name, file: fused });
    for (const kind of ['acnet', 'fused']) {
      const module = file(`${name.replace('-', '_')}${kind === 'fused' ? '_fused' : ''}_acnet.py`);
      cases.push({
        case: `${name} ${kind} module`,
        network: name,
        file: file(`${name}.${kind}.pth`),
        module,
      });
    }
  }
  const list = file('cases.json');
  writeFileSync(list, JSON.stringify(cases));
  const output = runTorch(script('compare.py'), [folder, list]);
  for (const answer of JSON.parse(output.trim()) as Answer[]) answers.set(answer.case, answer);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('weights of PyTorch with the export of their network beside them', () => {
  it.each(NETWORKS)('%s: %s', async (name, words, sites) => {
    const result = await inspectFile(file(`${name}.pth`));
    const facts = result.facts.map(({ value }) => value);
    expect(facts.join('\n')).toContain(words);
    expect(facts.join('\n')).toContain(`taken from ${name}.onnx, beside the file`);
    expect(result.sites.filter(({ eligible }) => eligible)).toHaveLength(sites);
    const without = await inspectFile(file(`${name}.pth`), { architecture: 'none' });
    expect(without.hasGraph).toBe(false);
  });

  it.each(NETWORKS)('%s computes what it computes in PyTorch, as blocks and fused too', async (name) => {
    for (const kind of ['pth', 'acnet.pth', 'fused.pth']) {
      const recorded = { path: file(`${name}.${kind}`), answer: file(name), size: 16 };
      expect(
        await differenceToRecorded({ ...recorded, architecture: file(`${name}.onnx`) }),
      ).toBeLessThanOrEqual(1e-5);
    }
  });

  it.each(NETWORKS)('%s, fused, is loaded by its own class with strict=True', (name) => {
    expect(relative(`${name} fused`)).toBeLessThanOrEqual(1e-5);
  });

  it.each(NETWORKS)(
    '%s has a module beside it that loads it with strict=True, as blocks and fused',
    (name) => {
      for (const kind of ['acnet', 'fused'])
        expect(relative(`${name} ${kind} module`)).toBeLessThanOrEqual(1e-5);
    },
  );
});

/** Of what PyTorch said of a case. */
function relative(name: string): number {
  const answer = answers.get(name);
  if (!answer) throw new Error(`PyTorch said nothing of ${name}`);
  expect(answer.spread).toBeGreaterThan(1e-3);
  return answer.difference / answer.spread;
}
