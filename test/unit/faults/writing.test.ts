import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/core/errors';
import { removeLeftovers } from '../../../src/files/atomic';
import { openCheckpointFile } from '../../../src/files/open';
import { convertFile } from '../../../src/operations/convert';
import { fuseFile } from '../../../src/operations/fuse';
import { buildCorpus } from '../../fuzz/corpus';
import { withFault, type Fault } from '../../support/crash-points';
import { testContext } from '../../support/operation';
import { FakeBackend } from '../../support/fake-backend';

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

/** The network and the values of every tensor of a checkpoint, as one text. */
async function valuesOf(file: string): Promise<string> {
  const checkpoint = await openCheckpointFile(file);
  try {
    const all = [...checkpoint.tensors].map(([name, tensor]) => [name, [...tensor.readFloat32()]]);
    const nodes = checkpoint.graph?.nodes.map(({ name, op, attributes }) => ({ name, op, attributes }));
    return JSON.stringify({ nodes, all });
  } finally {
    checkpoint.close();
  }
}

interface Case {
  readonly name: string;
  /** Seed in the corpus. */
  readonly seed: string;
  readonly output: string;
  readonly run: (source: string, output: string, overwrite: boolean) => Promise<unknown>;
  /** Writes an output of other values. */
  readonly runOtherwise: (source: string, output: string) => Promise<unknown>;
}

const converting = {
  run: (source: string, output: string, overwrite: boolean) =>
    convertFile(source, output, { variant: 'skeleton', initialisation: 'preserve', overwrite }, context),
  runOtherwise: (source: string, output: string) =>
    convertFile(source, output, { variant: 'border', initialisation: 'random', seed: 9 }, context),
};
const fusing = {
  run: (source: string, output: string, overwrite: boolean) =>
    fuseFile(source, output, { fold: false, overwrite }, context),
  runOtherwise: (source: string, output: string) => fuseFile(source, output, { fold: true }, context),
};

const CASES: readonly Case[] = [
  { name: 'a .keras is converted', seed: 'keras', output: 'out.keras', ...converting },
  { name: 'a .keras is fused', seed: 'keras, ACNet', output: 'out.keras', ...fusing },
  { name: 'an .h5 is converted', seed: 'keras-h5', output: 'out.h5', ...converting },
  { name: 'a model.json is converted', seed: 'tfjs-layers', output: 'out.json', ...converting },
];

describe.each(CASES)('while $name', ({ seed, output, run, runOtherwise }) => {
  let files: Files;
  let main: string;
  beforeAll(async () => {
    const found = (await buildCorpus()).find(({ name }) => name === seed);
    if (!found) throw new Error(`no seed ${seed}`);
    main = found.main;
    files = Object.fromEntries(
      [...found.files].map(([name, bytes]) => [name, Buffer.from(bytes).toString('latin1')]),
    );
  });

  it.each(FAULTS)(
    '%s at any change of the disk: nothing is lost, half-written or in the way',
    async (fault) => {
      const whole = fill(files);
      await run(path.join(whole, main), path.join(whole, output), false);
      const wanted = await valuesOf(path.join(whole, output));
      let points = 0;
      for (; ; points += 1) {
        const folder = fill(files);
        const target = path.join(folder, output);
        const { passed, error } = await withFault(fault, points, () =>
          run(path.join(folder, main), target, false),
        );
        if (passed) break;
        checkFault(fault, error, folder);
        const after = contents(folder);
        expect(after, `point ${points}: the source`).toMatchObject(files);
        if (output in after) expect(await valuesOf(target), `point ${points}: the output`).toBe(wanted);
        await run(path.join(folder, main), target, output in after);
        expect(await valuesOf(target), `point ${points}: done again`).toBe(wanted);
      }
      expect(points).toBeGreaterThan(4);
    },
  );

  it.each(FAULTS)('%s while another output is replaced: it is the old one or the new one', async (fault) => {
    const before = fill(files);
    await runOtherwise(path.join(before, main), path.join(before, output));
    const old = contents(before);
    const oldValues = await valuesOf(path.join(before, output));
    await run(path.join(before, main), path.join(before, output), true);
    const newValues = await valuesOf(path.join(before, output));
    expect(newValues).not.toBe(oldValues);
    let points = 0;
    for (; ; points += 1) {
      const folder = fill(old);
      const target = path.join(folder, output);
      const { passed, error } = await withFault(fault, points, () =>
        run(path.join(folder, main), target, true),
      );
      if (passed) break;
      checkFault(fault, error, folder);
      expect(contents(folder), `point ${points}: the source`).toMatchObject(files);
      expect([oldValues, newValues], `point ${points}: the output`).toContain(await valuesOf(target));
    }
    expect(points).toBeGreaterThan(4);
  });
});

/** A refusal of the system is told in one line and leaves nothing; a killed process leaves what can be removed. */
function checkFault(fault: Fault, error: unknown, folder: string): void {
  if (fault === 'ENOSPC' || fault === 'EACCES')
    expect(error === undefined || error instanceof UserError).toBe(true);
  else removeLeftovers(folder, process.pid);
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
}
