import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../src/core/acnet/convert';
import { fuseAcnet } from '../../src/core/acnet/fuse';
import { chooseSites, findSites } from '../../src/core/acnet/sites';
import type { Branches } from '../../src/shared/choices';
import type { Checkpoint } from '../../src/core/checkpoint';
import { writeCheckpoint } from '../../src/core/formats/registry';
import { writeAtomically } from '../../src/files/atomic';
import { openCheckpointFile } from '../../src/files/open';
import { runPython } from '../support/peers';
import { withTrainedNorms } from '../support/reference-networks';

/** What Keras says of a pair of files. */
interface Comparison {
  readonly name: string;
  readonly error?: string;
  readonly difference: number;
  readonly spread: number;
  /** Same names of layers in the same order. */
  readonly layers: boolean;
}

const folder = mkdtempSync(join(tmpdir(), 'acnet-interop-'));
const FILES = [
  'residual.keras',
  'residual.h5',
  'activations.keras',
  'preactivation.h5',
  'windows.keras',
  'open_size.keras',
  'shared.keras',
  'shared.h5',
];
/** Sizes of images, where a network leaves them open. */
const SIZES = Array.from({ length: 16 }, (_, i) => 17 + i);
/** An activation that this product does not know stays a layer of its own. */
const RESTORED = FILES.filter((file) => file !== 'activations.keras');
const compared = new Map<string, Comparison>();

async function rewrite(before: string, after: string, change: (c: Checkpoint) => Checkpoint): Promise<void> {
  const checkpoint = await openCheckpointFile(join(folder, before));
  try {
    await writeAtomically(join(folder, after), (sink) => writeCheckpoint(change(checkpoint), sink));
  } finally {
    checkpoint.close();
  }
}

function converted(checkpoint: Checkpoint, branches: Branches): Checkpoint {
  const { chosen, skipped } = chooseSites(findSites(checkpoint));
  expect(chosen.length).toBeGreaterThan(0);
  skipped.forEach(({ reason }) => expect(reason).toMatch(/^1×1 kernel/));
  return convertToAcnet(checkpoint, { sites: chosen, variant: 'skeleton', branches, seed: 1 }).checkpoint;
}

beforeAll(async () => {
  runPython(join(import.meta.dirname, 'acnet', 'make_networks.py'), [folder]);
  const cases: { name: string; before: string; after: string; sizes?: number[] }[] = [];
  const compare = (before: string, after: string, sizes?: number[]): void => {
    cases.push({ name: after, before: join(folder, before), after: join(folder, after), sizes });
  };
  for (const file of FILES) {
    const sizes = file.startsWith('open_size') ? SIZES : undefined;
    const [preserved, trained, kept, folded] = ['preserved', 'trained', 'kept', 'folded'].map(
      (kind) => `${kind}-${file}`,
    );
    await rewrite(file, preserved, (checkpoint) => converted(checkpoint, 'zero'));
    await rewrite(file, trained, (checkpoint) => withTrainedNorms(converted(checkpoint, 'paper'), 5));
    await rewrite(trained, kept, (checkpoint) => fuseAcnet(checkpoint, { fold: false }).checkpoint);
    await rewrite(trained, folded, (checkpoint) => fuseAcnet(checkpoint, { fold: true }).checkpoint);
    await rewrite(
      preserved,
      `back-${file}`,
      (checkpoint) => fuseAcnet(checkpoint, { fold: false }).checkpoint,
    );
    compare(file, preserved, sizes);
    compare(file, `back-${file}`, sizes);
    compare(trained, kept, sizes);
    compare(trained, folded, sizes);
  }
  const list = join(folder, 'cases.json');
  writeFileSync(list, JSON.stringify(cases));
  const script = join(import.meta.dirname, 'keras', 'compare_models.py');
  const answer = JSON.parse(runPython(script, [list]).trim().split('\n').at(-1) ?? '[]') as Comparison[];
  for (const comparison of answer) compared.set(comparison.name, comparison);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(FILES)('%s in real Keras, without custom objects', (file) => {
  it.each(['preserved', 'back', 'kept', 'folded'])('%s: the outputs of what it was made from', (kind) => {
    const result = compared.get(`${kind}-${file}`);
    expect(result?.error).toBeUndefined();
    expect(result?.spread).toBeGreaterThan(0);
    expect((result?.difference ?? NaN) / (result?.spread ?? NaN)).toBeLessThanOrEqual(1e-5);
  });
});

it.each(RESTORED)('%s has the layers of the original after fusing', (file) => {
  expect(compared.get(`back-${file}`)?.layers).toBe(true);
});
