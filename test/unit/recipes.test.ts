import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FORMATS } from '../../src/core/formats/registry';
import { apply as follow, copySource, firstOperation } from '../support/first-operation';

const root = path.join(import.meta.dirname, '../..');
const copy = path.join(root, 'out/recipes');
const PARTS = [
  'src',
  'test',
  'scripts',
  'webview',
  'package.json',
  'package.nls.json',
  'tsconfig.base.json',
  'vitest.config.mts',
];

const read = (file: string, from = root): string => readFileSync(path.join(from, file), 'utf8');

interface Recipe {
  readonly lines: readonly string[];
  /** The text of each step. */
  readonly steps: readonly string[];
}

/** A numbered recipe of CONTRIBUTING.md. */
function recipe(title: string): Recipe {
  const section = read('CONTRIBUTING.md').split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
  const list = section.slice(section.indexOf('1. ')).split('\n\n')[0] ?? '';
  return { lines: list.trimEnd().split('\n'), steps: list.split(/^\d+\. /m).slice(1) };
}

/** Counts zeros: `docs/first-operation.md`. */
const OPERATION = firstOperation().edits;

const pathsIn = (step: string): string[] =>
  [...step.matchAll(/`([\w.-]+(?:\/[\w.<>-]+)+|[\w-]+\.(?:md|json))`/g)].map(([, name]) => name ?? '');

/** What a step does to one file: makes it, or puts lines in front of one that is there. */
interface Change {
  readonly step: number;
  readonly file: string;
  readonly before?: string;
  readonly text: string;
}

/** −x, which ONNX has. */
const OPERATOR: readonly Change[] = [
  {
    step: 1,
    file: 'src/core/graph/ops/negate.ts',
    text: `import type { Operator } from '../operator';
import type { NoAttributes } from './pointwise';

export const negate: Operator<NoAttributes> = {
  type: 'negate',
  parameters: [],
  inferShape: ({ inputs }) => inputs[0],
  lower: ({ values, output, constant, emit }) =>
    emit({ op: 'multiplyConstant' }, [values[0], constant([-1], [])], output),
};
`,
  },
  ...[
    ["import { normalization } from './normalization';", "import { negate } from './negate';"],
    ['  normalization: NoAttributes;', '  negate: NoAttributes;'],
    ['  normalization,\n', '  negate,'],
  ].map(([before, text]) => ({ step: 1, file: 'src/core/graph/ops/index.ts', before, text: `${text}\n` })),
  {
    step: 2,
    file: 'src/core/formats/onnx/write/ops/index.ts',
    before: "  relu: unary('Relu'),",
    text: "  negate: unary('Neg'),\n",
  },
  {
    step: 3,
    file: 'test/support/reference.ts',
    before: '  softmax: ({ inputs: [x] })',
    text: '  negate: ({ inputs: [x] }) => map(x, (v) => -v),\n',
  },
  {
    step: 4,
    file: 'src/core/formats/onnx/read/ops/index.ts',
    before: '  PRelu: activation.prelu,',
    text: "  Neg: pointwise('negate', none),\n",
  },
  {
    step: 5,
    file: 'test/support/operator-builds.ts',
    before: '  elu: (b, x)',
    text: "  negate: (b, x) => b.apply('negate', x, {}),\n",
  },
];

/** A file of four letters, a count and so many numbers. */
const FORMAT: readonly Change[] = [
  {
    step: 1,
    file: 'src/core/formats/tiny/tiny.ts',
    text: `import { COMMON_RULES, type Checkpoint, type Format } from '../../checkpoint';
import type { ByteSource } from '../../bytes';
import { CheckpointError } from '../../errors';

const HEAD = 8;

export const tiny: Format = {
  id: 'tiny',
  label: 'Tiny',
  extensions: ['.tiny'],
  match: ({ path }) => path.endsWith('.tiny'),
  open: openTiny,
};

function openTiny(source: ByteSource): Promise<Checkpoint> {
  const { path, size } = source;
  const count = size < HEAD ? 0 : new DataView(source.read(0, HEAD).slice().buffer).getUint32(4, true);
  if (size !== HEAD + 4 * count) {
    throw new CheckpointError('the file is not as long as it says', { path, found: String(size) });
  }
  const readFloat32 = () => new Float32Array(source.read(HEAD, 4 * count).slice().buffer);
  return Promise.resolve({
    ...{ format: 'tiny', path, size, metadata: { facts: [] }, warnings: [] },
    tensors: new Map([['values', { name: 'values', dtype: 'float32', shape: [count], readFloat32 }]]),
    rules: COMMON_RULES,
    writer: {
      async write(_, sink) {
        await Promise.resolve(sink.write(source.read(0, size)));
      },
    },
    close: () => source.close(),
  });
}
`,
  },
  {
    step: 2,
    file: 'src/core/formats/registry.ts',
    before: 'import { tfjsLayers }',
    text: "import { tiny } from './tiny/tiny';\n",
  },
  { step: 2, file: 'src/core/formats/registry.ts', before: 'keras, kerasH5, tfjsLayers', text: 'tiny, ' },
  { step: 3, file: 'src/host/checkpoints/file-names.json', before: '"h5", "hdf5"', text: '"tiny", ' },
  {
    step: 4,
    file: 'test/unit/formats/tiny.test.ts',
    text: `import { expect, it } from 'vitest';
import { exportCheckpoint } from '../../../src/core/formats/export';
import { kerasCheckpoint } from '../../../src/core/formats/keras/write/create';
import { NetworkBuilder } from '../../support/networks';
import { opened, written } from './support';

const file = Uint8Array.from([84, 73, 78, 89, 1, 0, 0, 0, 0, 0, 128, 63]);

it('tiny: reads, writes and refuses', async () => {
  const checkpoint = await opened(file, 'a.tiny');
  expect(checkpoint.tensors.get('values')?.readFloat32()).toEqual(Float32Array.of(1));
  expect(await written(checkpoint)).toEqual(file);
  await expect(opened(file.subarray(1), 'a.tiny')).rejects.toThrow('not as long as it says');
});

it('negate: is written as ONNX and read again', async () => {
  const b = new NetworkBuilder(1);
  const { graph, tensors } = b.finish(b.apply('negate', b.conv(b.input([4, 4, 2]), 2, [3, 3]), {}));
  const made = kerasCheckpoint(graph, tensors, { path: 'a.keras', name: 'a' });
  const onnx = await opened(await written(exportCheckpoint(made, { format: 'onnx', name: 'a' })), 'a.onnx');
  expect(onnx.graph?.nodes.map(({ op }) => op)).toContain('negate');
});
`,
  },
];

function apply({ file, before, text }: Change): void {
  const target = path.join(copy, file);
  if (before === undefined) {
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
    return;
  }
  const old = readFileSync(target, 'utf8');
  expect(old.split(before), `${file}: ${before}`).toHaveLength(2);
  writeFileSync(
    target,
    old.replace(before, () => text + before),
  );
}

const SIDES = ['../src', 'support', 'unit/formats'];
/** Where the operation is, beside these. */
const MORE = ['../webview', 'e2e/support', 'unit/cli/assumed.test.ts', 'unit/operations/zeros.test.ts'];
let program: ts.Program | undefined;

/** Files of the copy that the compiler complains of. @param only those of these */
function complaints(only?: ReadonlySet<string>): string[] {
  const file = path.join(copy, 'test/tsconfig.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as object;
  const whole = { ...config, include: only ? [...SIDES, ...MORE] : SIDES, references: [] };
  const { options, fileNames } = ts.parseJsonConfigFileContent(
    whole,
    ts.sys,
    path.dirname(file),
    // One program of all sides.
    { composite: false },
    file,
  );
  program = ts.createProgram(fileNames, options, undefined, program);
  const files = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(`${copy}/`));
  return files
    .filter(({ fileName }) => !only || only.has(path.relative(copy, fileName)))
    .filter((file) => program?.getSemanticDiagnostics(file).length)
    .map(({ fileName }) => path.relative(copy, fileName))
    .sort();
}

beforeAll(() => {
  copySource('recipes', PARTS);
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe.each([
  ['Add a format', FORMAT],
  ['Add an operator', OPERATOR],
])('%s', (title, changes) => {
  const { lines, steps } = recipe(title);

  it('has at most ten lines, and names what there is', () => {
    expect(steps.length).toBeGreaterThan(4);
    expect(lines.length).toBeLessThanOrEqual(10);
    for (const name of steps.flatMap(pathsIn)) expect(existsSync(path.join(root, name)), name).toBe(true);
    for (const step of steps) expect(pathsIn(step), step).not.toEqual([]);
  });

  it('names every file that is touched here, in its step', () => {
    for (const { step, file } of changes) {
      const named = pathsIn(steps[step - 1] ?? '');
      expect(
        named.some((name) => file === name || file.startsWith(`${name}/`)),
        `${step}: ${file}`,
      ).toBe(true);
    }
  });
});

describe('Add an operation', () => {
  const { lines, steps } = recipe('Add an operation');
  const files = OPERATION.map(({ file }) => file);
  const named = steps.flatMap(pathsIn).map((name) => name.replaceAll('<name>', 'zeros'));

  it('has at most twelve lines, and names every file that the first operation touches', () => {
    expect(lines.length).toBeLessThanOrEqual(12);
    for (const file of files)
      expect(
        named.some((name) => file === name || file.startsWith(`${name}/`)),
        file,
      ).toBe(true);
  });

  it('touches five files of the product that are there, each with an import and a line', () => {
    const there = OPERATION.filter(({ file, isDiff }) => isDiff && /^(src|webview)\//.test(file));
    expect(there.map(({ file }) => file).sort()).toEqual([
      'src/cli/commands/index.ts',
      'src/contract/operations/index.ts',
      'src/host/commands/index.ts',
      'src/worker/reader-calls.ts',
      'webview/tabs/index.ts',
    ]);
    for (const { file, text } of there) expect(text.match(/^\+/gm)?.length, file).toBe(2);
  });
});

describe('followed in a copy', () => {
  it('the compiler names the tables that lack an operator, as the recipe does', () => {
    for (const change of OPERATOR.filter(({ step }) => step === 1)) apply(change);
    const { steps } = recipe('Add an operator');
    expect(complaints()).toEqual([steps[1], steps[2]].map((step) => pathsIn(step ?? '')[0]).sort());
  });

  it('all are whole then: types, numbers, gradients, ONNX, the manifest', () => {
    for (const change of [...OPERATOR.filter(({ step }) => step > 1), ...FORMAT]) apply(change);
    for (const edit of OPERATION) follow(copy, edit);
    const touched = [...OPERATOR, ...FORMAT, ...OPERATION].map(({ file }) => file);
    expect(complaints(new Set(touched))).toEqual([]);

    const node = (...args: string[]) => spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8' });
    expect(node('scripts/manifest.mjs').status).toBe(0);
    expect(read('package.json', copy)).toContain('"*.tiny"');
    expect(read('package.json', copy)).toContain('"acnet.zeros"');
    expect(read('package.json')).not.toMatch(/"\*\.tiny"|acnet\.zeros/);

    const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
    const suites = ['tensorflow-forward', 'tensorflow-training'].map(
      (name) => `test/unit/engine/${name}.test.ts`,
    );
    const more = ['formats/tiny', 'operations/zeros', 'contract/calls', 'contract/strict', 'host/from-page'];
    const files = [...suites, ...more.map((name) => `test/unit/${name}.test.ts`)];
    const { stdout } = node(vitest, 'run', ...files, '-t', 'negate|tiny|zeros(?! left)|one command');
    expect(stripVTControlCharacters(stdout), stdout).toMatch(/Tests +16 passed/);
  });
});

describe('what the steps about tests and words ask for', () => {
  it('is there for the formats that there are', () => {
    const [corpus, formats, security] = ['test/fuzz/corpus.ts', 'docs/formats.md', 'docs/SECURITY.md'].map(
      (file) => read(file),
    );
    for (const { id, extensions } of FORMATS) {
      expect(corpus, id).toContain(`name: '${id}`);
      expect(
        extensions.some((extension) => formats?.includes(`${extension}\``)),
        id,
      ).toBe(true);
    }
    for (const word of ['HDF5', 'zip', 'pickle', 'safetensors', 'ONNX', 'JSON'])
      expect(security).toContain(`| ${word}`);
  });
});
