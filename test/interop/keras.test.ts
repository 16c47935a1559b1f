import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../src/core/checkpoint';
import { kerasCheckpoint } from '../../src/core/formats/keras/write/create';
import { writeCheckpoint } from '../../src/core/formats/registry';
import { writeAtomically } from '../../src/files/atomic';
import { openCheckpointFile } from '../../src/files/open';
import { runPython } from '../support/peers';
import { withoutSideBranches, withSideBranches } from './keras/rewrites';

/** What Keras says of a pair of files. */
interface Comparison {
  readonly name: string;
  /** Why Keras could not load or run one of them. */
  readonly error?: string;
  readonly types: readonly [string, string];
  readonly names: readonly [string, string];
  readonly difference: number;
  readonly spread: number;
  readonly layers: boolean;
  readonly config: boolean;
  readonly compiled: boolean;
  readonly trainable: readonly [number, number];
}

/** Models that hold nothing but known operators, so that they can be made anew from their graphs. */
const KNOWN = [
  'mobile.keras',
  'sequential.keras',
  'trained.keras',
  'residual.keras',
  'branches.keras',
  'frozen.keras',
];

/**
 * A convolution's own activation becomes a layer when something is put before it, and stays one; the halves of a
 * separable convolution do too.
 */
const SPLIT = ['sequential', 'unknown', 'mobile', 'chain', 'mixed', 'half', 'brain'];

const folder = mkdtempSync(join(tmpdir(), 'acnet-keras-'));
const here = join(import.meta.dirname, 'keras');
const compared = new Map<string, Comparison>();
const cases: { name: string; before: string; after: string }[] = [];
let models: string[] = [];

async function rewrite(before: string, after: string, change: (c: Checkpoint) => Checkpoint): Promise<void> {
  const checkpoint = await openCheckpointFile(before);
  try {
    await writeAtomically(after, (sink) => writeCheckpoint(change(checkpoint), sink));
  } finally {
    checkpoint.close();
  }
}

beforeAll(async () => {
  runPython(join(here, 'make_models.py'), [folder]);
  models = readdirSync(folder).filter((name) => !name.includes('.weights.'));
  for (const name of models) {
    const [same, branched, back] = ['same', 'branched', 'back'].map((kind) =>
      join(folder, `${kind}-${name}`),
    );
    const before = join(folder, name);
    await rewrite(before, same, (checkpoint) => checkpoint);
    await rewrite(before, branched, withSideBranches);
    await rewrite(branched, back, withoutSideBranches);
    for (const after of [same, branched, back])
      cases.push({ name: after.slice(folder.length + 1), before, after });
  }
  for (const name of KNOWN) {
    const [before, after] = [join(folder, name), join(folder, `made-${name}`)];
    await rewrite(before, after, ({ graph, tensors, path }) => {
      if (!graph) throw new Error(`${name} has no network`);
      return kerasCheckpoint(graph, tensors, { path, name: 'made' });
    });
    cases.splice(cases.findIndex((each) => each.before === before) + 1, 0, {
      name: `made-${name}`,
      before,
      after,
    });
  }
  const list = join(folder, 'cases.json');
  writeFileSync(list, JSON.stringify(cases));
  const lines = runPython(join(here, 'compare_models.py'), [list]).trim().split('\n');
  for (const comparison of JSON.parse(lines.at(-1) ?? '[]') as Comparison[])
    compared.set(comparison.name, comparison);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function found(kind: string, count = models.length): Comparison[] {
  const all = [...compared.values()].filter(({ name }) => name.startsWith(`${kind}-`));
  expect(all.length).toBe(count);
  expect(all.filter(({ error }) => error)).toEqual([]);
  return all;
}

describe('Keras files read and written again', () => {
  it('are of many kinds', () => {
    expect(models.length).toBeGreaterThanOrEqual(18);
  });

  it('untouched, are the same model to Keras: configuration, layers, training settings, outputs', () => {
    for (const { name, types, names, difference, spread, layers, config, compiled, trainable } of found(
      'same',
    )) {
      expect({
        name,
        type: types[1],
        model: names[1],
        layers,
        config,
        compiled,
        trainable: trainable[1],
      }).toEqual({
        name,
        type: types[0],
        model: names[0],
        layers: true,
        config: true,
        compiled: true,
        trainable: trainable[0],
      });
      expect(spread, name).toBeGreaterThan(0);
      expect(difference, name).toBe(0);
    }
  });

  it('with layers inserted everywhere, give the same outputs', () => {
    for (const { name, difference, spread } of found('branched')) {
      expect(difference / spread, name).toBeLessThanOrEqual(1e-6);
    }
  });

  it('with those taken out again, are the same model again, sequential ones included', () => {
    for (const { name, types, names, difference, config, compiled, layers } of found('back')) {
      const split = SPLIT.some((kind) => name.startsWith(`back-${kind}.`));
      expect({ name, type: types[1], model: names[1], config, compiled, layers }).toEqual({
        name,
        type: types[0],
        model: names[0],
        config: !split,
        compiled: true,
        layers: !split,
      });
      expect(difference, name).toBe(0);
    }
  });

  it('made anew from their graphs alone, give the same outputs', () => {
    for (const { name, types, names, difference, spread } of found('made', KNOWN.length)) {
      expect([types[1], names[1]], name).toEqual(['Functional', 'made']);
      expect(difference / spread, name).toBeLessThanOrEqual(1e-6);
    }
  });
});
