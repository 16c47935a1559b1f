import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { head, loaderFor } from '../../../src/core/formats/state-dict/python/text';
import { pythonDocstring, pythonString } from '../../../src/shared/sinks/python';
import { HOSTILE, hostileText, isFileName } from '../../support/hostile';
import { runTorch } from '../../support/peers';
import { strangeModules } from '../../support/python-source';
import { weightsFile } from '../../support/weights-file';
import { acnet } from '../cli/run';
import { floats, onnxModel } from '../formats/onnx-support';

let root: string;
beforeAll(() => (root = mkdtempSync(join(tmpdir(), 'acnet-source-'))));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const KERNEL = [4, 3, 3, 3];
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + 1));
const MODEL = onnxModel({
  nodes: [{ op: 'Conv', inputs: ['x', 'a.weight'], outputs: ['y'], ints: { pads: [1, 1, 1, 1] } }],
  tensors: [{ name: 'a.weight', dims: KERNEL, raw: floats(...numbers(108)) }],
  inputs: [['x', [1, 3, 8, 8]]],
  outputs: ['y'],
});
const WEIGHTS = weightsFile({ 'a.weight': KERNEL });

const NAMES = HOSTILE.filter(isFileName);

/** Every module that was written, in folders numbered as the names are. */
const modules = new Map<string, string>();
const paths: string[] = [];

function collect(folder: string, name: string): void {
  const file = readdirSync(folder).find((entry) => entry.endsWith('_acnet.py'));
  if (file === undefined) throw new Error(`no module for ${JSON.stringify(name)}`);
  modules.set(name, readFileSync(join(folder, file), 'utf8'));
  paths.push(join(folder, file));
}

/** The module's own weights, loaded by it. */
const IMPORT_ALL = `
import importlib.util, json, sys
done = []
for path, weights in json.load(open(sys.argv[1])):
    spec = importlib.util.spec_from_file_location("generated", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    done.append([module.__doc__.splitlines()[0], len(list(module.load(weights).parameters()))])
print(json.dumps(done))
`;

describe('a Python module beside a checkpoint', () => {
  it('is text from its first to its last line, whatever the files around it are called', async () => {
    expect(NAMES.length).toBeGreaterThanOrEqual(40);
    const weights: string[] = [];
    for (const [i, name] of NAMES.entries()) {
      // The model's name, and the output's own.
      for (const [model, output] of [
        [`${name}.onnx`, 'out.safetensors'],
        ['net.onnx', `${name}.safetensors`],
      ]) {
        const folder = join(root, `${i}-${output === 'out.safetensors' ? 'model' : 'output'}`);
        mkdirSync(folder);
        writeFileSync(join(folder, model), MODEL);
        writeFileSync(join(folder, 'in.weights.safetensors'), WEIGHTS);
        const { code, err } = await acnet(
          ...['convert', join(folder, 'in.weights.safetensors'), '--architecture', join(folder, model)],
          ...['-o', join(folder, output)],
        );
        expect({ code, err }).toEqual({ code: 0, err: '' });
        collect(folder, `${name} as ${output}`);
        weights.push(join(folder, output));
      }
    }
    expect(modules.size).toBe(NAMES.length * 2);
    expect(strangeModules(modules)).toEqual({});

    // They are run, too, where a command of theirs would leave a file.
    const here = join(root, 'run');
    mkdirSync(here);
    const list = join(root, 'modules.json');
    writeFileSync(list, JSON.stringify(paths.map((path, i) => [path, weights[i]])));
    const done = JSON.parse(
      runTorch(`import os; os.chdir(${pythonString(here)})\n${IMPORT_ALL}`, [list]),
    ) as [string, number][];
    expect(done).toHaveLength(paths.length);
    expect(done.every(([, parameters]) => parameters > 0)).toBe(true);
    expect(done[0][0]).toContain('+ str(__import__("os").system("touch PWNED")) +');
    expect(readdirSync(here)).toEqual([]);
    expect(existsSync('PWNED')).toBe(false);
  });

  it('has each text as a value of Python, to the last character', () => {
    const texts = [...HOSTILE, ...fc.sample(hostileText, { numRuns: 150, seed: 7 })];
    const source = [
      'import json, sys, warnings',
      'warnings.simplefilter("error")',
      `texts = [${texts.map(pythonString).join(', ')}]`,
      `notes = [${texts.map((text) => `"""${pythonDocstring(text)}."""`).join(', ')}]`,
      'print(json.dumps([texts, notes]))',
    ].join('\n');
    const script = join(root, 'values.py');
    writeFileSync(script, source);
    const [values, notes] = JSON.parse(runTorch(script)) as [string[], string[]];
    expect(values).toEqual(texts);
    expect(notes).toHaveLength(texts.length);
    // What a docstring says is on one line and shows what it is made of.
    for (const note of notes) expect(note).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e]/u);
    expect(notes[HOSTILE.indexOf('ends with a quote"')]).toBe('ends with a quote".');
  });

  it('is text whatever stands for its label, file, keys and prefix', () => {
    const texts = [...HOSTILE, ...fc.sample(hostileText, { numRuns: 150, seed: 8 })];
    const sources = texts.map((text, i) => {
      const parts = [head(text, text, { blocks: true, idle: true }), loaderFor([text, text], text)];
      return [String(i), parts.join('\n')] as const;
    });
    expect(strangeModules(new Map(sources))).toEqual({});
  });

  it('that does compute is found by the parser', () => {
    const wrong = strangeModules(
      new Map([
        ['call', '"""a"""\nimport torch\ntorch.hub.load("x", "y")\n'],
        ['docstring', '"""a""" + str(__import__("os").system("touch PWNED")) + """b"""\n'],
        ['pickle', '"""a"""\nimport pickle\n'],
        ['unsafe', '"""a"""\nimport torch\n\ndef load(path):\n    return torch.load(path)\n'],
        ['fine', '"""a"""\nimport torch\n'],
      ]),
    );
    expect(Object.keys(wrong).sort()).toEqual(['call', 'docstring', 'pickle', 'unsafe']);
  });
});
