import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../../src/core/errors';
import { removeLeftovers } from '../../../src/files/leftovers';
import { openCheckpointFile } from '../../../src/files/open';
import { convertFile } from '../../../src/operations/convert/convert';
import { fuseFile } from '../../../src/operations/fuse';
import { buildCorpus } from '../../fuzz/corpus';
import { exportFile } from '../../../src/operations/export';
import { chosenPoints, countChanges, withFault, type Fault } from '../../support/crash-points';
import { testContext } from '../../support/operation';
import { FakeBackend } from '../../support/fake-backend';
import { vggPth, vggSafetensors } from '../../support/vgg';

// Every point, and not a sample of them, takes minutes.
if (process.env.ACNET_DEEP) vi.setConfig({ testTimeout: 900_000 });

type Files = Readonly<Record<string, string>>;

const FAULTS: readonly Fault[] = ['killed', 'killed half-way', 'ENOSPC', 'EACCES'];
const context = testContext(new FakeBackend(() => 0));

let root: string;
beforeAll(() => (root = mkdtempSync(path.join(tmpdir(), 'acnet-faults-'))));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Everything in a folder, by name. */
function contents(folder: string): Files {
  const entries = readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), 'latin1')]);
  return Object.fromEntries(entries) as Files;
}

function fill(files: Files): string {
  const folder = mkdtempSync(path.join(root, 'case-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text, 'latin1');
  return folder;
}

/** What `valuesOf` gave, by the bytes of all that lies in the folder: most outputs are the same ones again. */
const known = new Map<string, string>();

/** The network and the values of every tensor of a checkpoint, as one text. */
async function valuesOf(file: string): Promise<string> {
  const key = JSON.stringify([path.basename(file), contents(path.dirname(file))]);
  const values = known.get(key) ?? (await readValues(file));
  known.set(key, values);
  return values;
}

async function readValues(file: string): Promise<string> {
  const checkpoint = await openCheckpointFile(file);
  try {
    const all = [...checkpoint.tensors].map(([name, tensor]) => [name, [...tensor.readFloat32()]]);
    const nodes = checkpoint.graph?.nodes.map(({ name, op, attributes }) => ({ name, op, attributes }));
    return JSON.stringify({ nodes, all });
  } finally {
    checkpoint.close();
  }
}

/** The files that a source is made of. */
interface Source {
  readonly main: string;
  readonly files: Files;
}

async function seed(name: string): Promise<Source> {
  const found = (await buildCorpus()).find((one) => one.name === name);
  if (!found) throw new Error(`no seed ${name}`);
  const files = [...found.files].map(([file, bytes]) => [file, Buffer.from(bytes).toString('latin1')]);
  return { main: found.main, files: Object.fromEntries(files) as Files };
}

const oneFile = (main: string, bytes: Uint8Array): Source => ({
  main,
  files: { [main]: Buffer.from(bytes).toString('latin1') },
});

interface Case {
  readonly name: string;
  readonly source: () => Source | Promise<Source>;
  readonly output: string;
  /** Of the files beside the output. */
  readonly besides?: readonly string[];
  readonly run: (source: string, output: string, overwrite: boolean) => Promise<unknown>;
  /** Writes an output of other values. */
  readonly runOtherwise: (source: string, output: string) => Promise<unknown>;
}

const converting = {
  run: (source: string, output: string, overwrite: boolean) =>
    convertFile(source, output, { variant: 'skeleton', branches: 'zero', overwrite }, context),
  runOtherwise: (source: string, output: string) =>
    convertFile(source, output, { variant: 'border', start: 'scratch', seed: 9 }, context),
};
const fusing = {
  run: (source: string, output: string, overwrite: boolean) =>
    fuseFile(source, output, { fold: false, overwrite }, context),
  runOtherwise: (source: string, output: string) => fuseFile(source, output, { fold: true }, context),
};
const exporting = {
  run: (source: string, output: string, overwrite: boolean) =>
    exportFile(source, output, { overwrite }, context),
  /** Of the network with blocks. */
  runOtherwise: async (_source: string, output: string) => {
    const { files, main } = await seed('keras, ACNet');
    const folder = fill(files);
    return exportFile(path.join(folder, main), output, {}, context);
  },
};

const CASES: readonly Case[] = [
  { name: 'a .keras is converted', source: () => seed('keras'), output: 'out.keras', ...converting },
  { name: 'a .keras is fused', source: () => seed('keras, ACNet'), output: 'out.keras', ...fusing },
  { name: 'an .h5 is converted', source: () => seed('keras-h5'), output: 'out.h5', ...converting },
  { name: 'a model.json is converted', source: () => seed('tfjs-layers'), output: 'out.json', ...converting },
  { name: 'an .onnx is converted', source: () => seed('onnx'), output: 'out.onnx', ...converting },
  { name: 'an .onnx is fused', source: () => seed('onnx, ACNet'), output: 'out.onnx', ...fusing },
  {
    ...{ name: 'a .pth is converted, with its module', output: 'out.pth', besides: ['out_acnet.py'] },
    ...{ source: () => oneFile('net.pth', vggPth()), ...converting },
  },
  {
    ...{
      name: 'a .safetensors is converted, with its module',
      output: 'out.safetensors',
      besides: ['out_acnet.py'],
    },
    ...{ source: () => oneFile('net.safetensors', vggSafetensors()), ...converting },
  },
  { name: 'a .keras is exported as .onnx', source: () => seed('keras'), output: 'out.onnx', ...exporting },
  { name: 'a .keras is exported as .h5', source: () => seed('keras'), output: 'out.h5', ...exporting },
  {
    name: 'a .keras is exported as model.json',
    source: () => seed('keras'),
    output: 'out.json',
    ...exporting,
  },
];

describe.each(CASES)('while $name', ({ source, output, besides = [], run, runOtherwise }) => {
  let files: Files;
  let main: string;
  beforeAll(async () => {
    ({ files, main } = await source());
    // What is loaded at first use must not be counted among the changes of the disk.
    const folder = fill(files);
    await run(path.join(folder, main), path.join(folder, output), false);
  });

  it.each(FAULTS)(
    '%s at any change of the disk: nothing is lost, half-written or in the way',
    async (fault) => {
      const whole = fill(files);
      const changes = await countChanges(fault, () =>
        run(path.join(whole, main), path.join(whole, output), false),
      );
      const wanted = await valuesOf(path.join(whole, output));
      const texts = contents(whole);
      expect(Object.keys(texts)).toEqual(expect.arrayContaining([...besides, output]));
      expect(changes).toBeGreaterThan(4);
      for (const point of chosenPoints(changes)) {
        const folder = fill(files);
        const target = path.join(folder, output);
        const { passed, error } = await withFault(fault, point, () =>
          run(path.join(folder, main), target, false),
        );
        expect(passed, `point ${point} is reached`).toBe(false);
        checkFault(fault, error, folder);
        const after = contents(folder);
        expect(after, `point ${point}: the source`).toMatchObject(files);
        if (output in after) expect(await valuesOf(target), `point ${point}: the output`).toBe(wanted);
        for (const name of besides.filter((one) => one in after)) {
          expect(after[name], `point ${point}: ${name}`).toBe(texts[name]);
        }
        await run(path.join(folder, main), target, Object.keys(after).length > Object.keys(files).length);
        expect(await valuesOf(target), `point ${point}: done again`).toBe(wanted);
        for (const name of besides) expect(contents(folder)[name]).toBe(texts[name]);
      }
    },
  );

  it.each(FAULTS)('%s while another output is replaced: it is the old one or the new one', async (fault) => {
    const before = fill(files);
    await runOtherwise(path.join(before, main), path.join(before, output));
    const old = contents(before);
    const oldValues = await valuesOf(path.join(before, output));
    const changes = await countChanges(fault, () =>
      run(path.join(before, main), path.join(before, output), true),
    );
    const newer = contents(before);
    const newValues = await valuesOf(path.join(before, output));
    expect(newValues).not.toBe(oldValues);
    expect(changes).toBeGreaterThan(4);
    for (const point of chosenPoints(changes)) {
      const folder = fill(old);
      const target = path.join(folder, output);
      const { passed, error } = await withFault(fault, point, () =>
        run(path.join(folder, main), target, true),
      );
      expect(passed, `point ${point} is reached`).toBe(false);
      checkFault(fault, error, folder);
      const after = contents(folder);
      expect(after, `point ${point}: the source`).toMatchObject(files);
      const values = await valuesOf(target);
      expect([oldValues, newValues], `point ${point}: the output`).toContain(values);
      const whole = values === oldValues ? old : newer;
      expect(Object.keys(after), `point ${point}: the files`).toEqual(Object.keys(whole));
      for (const name of besides) expect(after[name], `point ${point}: ${name}`).toBe(whole[name]);
    }
  });
});

/** A refusal of the system is reported in one line and leaves nothing; a killed process leaves what can be removed. */
function checkFault(fault: Fault, error: unknown, folder: string): void {
  if (fault === 'ENOSPC' || fault === 'EACCES')
    expect(error === undefined || error instanceof UserError).toBe(true);
  else removeLeftovers(folder, () => true);
  expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
}
