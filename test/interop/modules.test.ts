import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertFile } from '../../src/operations/convert';
import { fuseFile } from '../../src/operations/fuse';
import { onnxPackages, runTorch } from '../support/peers';
import { quiet } from '../support/quiet';

interface Answer {
  readonly case: string;
  readonly difference?: number;
  readonly spread?: number;
  readonly error?: string;
}

/** What is different in each, and how many blocks it becomes. */
const NETWORKS = [
  ['outside', 'a batch norm without γ and β outside of a block', 1],
  ['inside', 'batch norms without γ and β, and without a momentum, in blocks', 2],
  ['twice', 'a convolution and its batch norm that compute twice', 1],
  ['twins', 'one convolution before two batch norms, one batch norm behind two', 3],
  ['windows', 'groups, dilation, strides, even and oblong kernels', 5],
  ['uneven', 'more zeros on one side', 1],
  ['others', 'norms of groups, channels and vectors, slopes', 1],
  ['idle', 'tensors of no layer', 1],
] as const;
const VARIANTS = ['skeleton', 'border'] as const;
const FORMATS = ['pth', 'safetensors'] as const;
const EACH = NETWORKS.flatMap(([name, words]) => VARIANTS.map((variant) => [name, variant, words] as const));

const folder = mkdtempSync(join(tmpdir(), 'acnet-modules-'));
const script = join(import.meta.dirname, 'modules', 'run.py');
const file = (name: string): string => join(folder, name);
const answers = new Map<string, Answer>();

function run(cases: readonly object[]): void {
  const list = file('cases.json');
  writeFileSync(list, JSON.stringify(cases));
  const output = runTorch(script, [list, folder]);
  for (const answer of JSON.parse(output.trim()) as Answer[]) answers.set(answer.case, answer);
  const wrong = [...answers.values()].flatMap(({ case: name, error }) =>
    error ? [`${name}: ${error}`] : [],
  );
  expect(wrong).toEqual([]);
}

beforeAll(async () => {
  runTorch(script, ['make', folder, onnxPackages()]);
  const before: object[] = [];
  for (const [name, , sites] of NETWORKS) {
    const architecture = file(`${name}.onnx`);
    for (const variant of VARIANTS) {
      for (const format of FORMATS) {
        const stem = `${name}_${variant}_${format}`;
        const options = { variant, initialisation: 'preserve', architecture } as const;
        const path = file(`${stem}.${format}`);
        const { converted, warnings } = await convertFile(file(`${name}.${format}`), path, options, quiet);
        expect(converted).toHaveLength(sites);
        expect(warnings.join()).not.toContain('no Python module');
        const module = file(`${stem}_acnet.py`);
        before.push({ case: `${stem} blocks`, network: name, file: path, module });
        if (format === 'pth')
          before.push({ network: name, file: path, module, to: file(`${name}_${variant}_again`) });
      }
    }
  }
  run(before);
  const after: object[] = [];
  for (const [name, variant] of EACH) {
    for (const format of FORMATS) {
      const again = `${name}_${variant}_again`;
      const stem = `${again}_${format}`;
      const path = file(`${stem}.${format}`);
      const architecture = file(`${name}.onnx`);
      await fuseFile(file(`${again}.${format}`), path, { fold: false, architecture }, quiet);
      const common = { network: name, file: path, values: file(`${again}.values`) };
      after.push({ ...common, case: `${stem} fused`, module: file(`${stem}_acnet.py`) });
      after.push({ ...common, case: `${stem} own class` });
    }
  }
  run(after);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What PyTorch said of a case: the largest difference, to the largest output. */
function relative(name: string): number {
  const answer = answers.get(name);
  if (answer?.spread === undefined || answer.difference === undefined)
    throw new Error(`nothing was said of ${name}`);
  expect(answer.spread).toBeGreaterThan(1e-2);
  return answer.difference / answer.spread;
}

describe('a written module', () => {
  it.each(EACH)('of %s (%s: %s) loads its file with strict=True and computes the same', (name, variant) => {
    for (const format of FORMATS)
      expect(relative(`${name}_${variant}_${format} blocks`)).toBeLessThanOrEqual(1e-6);
  });

  it.each(EACH)('of %s (%s: %s) is trained and saved by PyTorch, and fused from that', (name, variant) => {
    for (const format of FORMATS) {
      expect(relative(`${name}_${variant}_again_${format} fused`)).toBeLessThanOrEqual(2e-6);
      expect(relative(`${name}_${variant}_again_${format} own class`)).toBeLessThanOrEqual(2e-6);
    }
  });
});
