import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertFile } from '../../src/operations/convert/convert';
import { fuseFile } from '../../src/operations/fuse';
import { inspectFile } from '../../src/operations/inspect';
import { buildCases, casesScript, hasCases, whyNoCases } from '../support/cases';
import { onnxPackages, runTorch } from '../support/peers';
import { quiet } from '../support/quiet';

interface Answer {
  readonly case: string;
  readonly difference?: number;
  readonly spread?: number;
  readonly error?: string;
  /** What a module said of weights that are not its network's: strict, and not. */
  readonly said?: readonly string[];
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
        const options = { variant, branches: 'zero', architecture } as const;
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
  const border = {
    network: 'inside',
    file: file('inside_border_pth.pth'),
    module: file('inside_border_pth_acnet.py'),
  };
  const skeleton = file('inside_skeleton_pth_acnet.py');
  before.push({ ...border, forms: file('inside_form') });
  before.push({ ...border, refuse: file('inside_skeleton_pth.pth') });
  before.push({ module: skeleton, refuse: border.file });
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

describe('where the branches of blocks land', () => {
  const FORMS = ['parallel', 'average', 'swa', 'half', 'bfloat16', 'double', 'legacy', 'floats'];
  it.each(FORMS)('is in what PyTorch saves: %s', async (form) => {
    const { sites } = await inspectFile(file(`inside_form-${form}.pth`), {
      architecture: file('inside.onnx'),
    });
    const border = { row: 2, column: 2, variant: 'border', source: 'stored' };
    expect(sites.map(({ landing }) => landing)).toEqual([border, border]);
  });

  it('is in what TorchScript saves', async () => {
    const { sites } = await inspectFile(file('inside_form-traced.pt'), { architecture: file('inside.onnx') });
    expect(sites.map(({ landing }) => landing?.source)).toEqual(['stored', 'stored']);
  });

  it('must be the module’s own: weights of another variant are refused, strict or not', () => {
    const said = (variant: string): readonly string[] =>
      answers.get(file(`inside_${variant}_pth_acnet.py`))?.said ?? [];
    for (const text of said('border'))
      expect(text).toContain(
        'conv1.landing: the branches land on row and column [1, 1] in the weights, and on [2, 2] in this module',
      );
    for (const text of said('skeleton'))
      expect(text).toContain('on row and column [2, 2] in the weights, and on [1, 1] in this module');
    expect([said('border').length, said('skeleton').length]).toEqual([2, 2]);
  });
});

describe('networks as people have them', () => {
  it.skipIf(!hasCases)(
    `border blocks saved by PyTorch, norms without γ and β, layers called twice${whyNoCases}`,
    async () => {
      buildCases('torch', ['border', 'norms'], folder);
      const script = join(import.meta.dirname, 'modules', 'cases.py');
      const preserve = { branches: 'zero' } as const;
      const nets = ['affine', 'twice'];
      await convertFile(
        file('border.pth'),
        file('border.acnet.pth'),
        { ...preserve, variant: 'border' },
        quiet,
      );
      for (const name of nets) {
        const options = { ...preserve, variant: 'skeleton' } as const;
        await convertFile(file(`${name}.pth`), file(`${name}.acnet.pth`), options, quiet);
      }
      runTorch(script, [casesScript('torch'), folder, 'again']);
      for (const name of nets) {
        const options = { fold: false, architecture: file(`${name}.onnx`) };
        await fuseFile(file(`${name}-again.pth`), file(`${name}.fused.pth`), options, quiet);
      }
      const fold = { fold: false, architecture: file('border.onnx') };
      for (const format of FORMATS) {
        const { landings } = await fuseFile(
          file(`border-again.${format}`),
          file(`border-fused.${format}`),
          fold,
          quiet,
        );
        expect(landings).toEqual([
          { kernel: [3, 3], row: 2, column: 2, variant: 'border', source: 'stored', blocks: 2 },
        ]);
      }
      const found = JSON.parse(runTorch(script, [casesScript('torch'), folder, 'compare'])) as object;
      expect(Object.keys(found)).toHaveLength(8);
      for (const [name, difference] of Object.entries(found) as [string, number][])
        expect.soft(difference, name).toBeLessThanOrEqual(name.startsWith('border') ? 1e-5 : 1e-6);
    },
  );
});
