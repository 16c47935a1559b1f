import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../src/core/acnet/convert';
import { fuseAcnet } from '../../src/core/acnet/fuse';
import { chooseSites, findSites, thawedSites } from '../../src/core/acnet/sites';
import type { Branches } from '../../src/shared/choices';
import type { Checkpoint } from '../../src/core/checkpoint';
import { makeGraph } from '../../src/core/graph/build';
import type { GraphNode } from '../../src/core/graph/graph';
import { writeCheckpoint } from '../../src/core/formats/registry';
import { writeAtomically } from '../../src/files/atomic';
import { openCheckpointFile } from '../../src/files/open';
import { inspectFile } from '../../src/operations/inspect';
import { runPython } from '../support/peers';
import { referenceOutputs, tensor } from '../support/reference';
import { difference, networkOf, withTrainedNorms } from '../support/reference-networks';

/** What Keras says of a pair of files. */
interface Comparison {
  readonly name: string;
  readonly error?: string;
  readonly difference: number;
  readonly spread: number;
  readonly layers: boolean;
  readonly config: boolean;
  readonly trainable: readonly [number, number];
  /** Numbers that Keras would train in the second. */
  readonly learnt: number;
}

interface Stored {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** The convolutions of each network that become blocks. */
const SITES = {
  transfer: ['base/stem', 'base/dw', 'base/sep/depthwise', 'conv'],
  chain: ['front', 'first/stem', 'first/dw', 'first/sep/depthwise', 'second/c', 'second/conv2d'],
  siamese: ['encoder/conv2d_1', 'encoder/conv2d_2'],
  deep: ['pair/cell/conv', 'pair/conv', 'last', 'cell/conv'],
  partly: ['inner/stem', 'inner/dw', 'inner/sep/depthwise', 'noisy/conv2d_4'],
};
const FILES = Object.keys(SITES).flatMap((name) => [`${name}.keras`, `${name}.h5`]);

const folder = mkdtempSync(join(tmpdir(), 'acnet-nested-'));
const compared = new Map<string, Comparison>();
const names = new Map<string, string[]>();
let made: Readonly<
  Record<string, { readonly inputs: readonly Stored[]; readonly outputs: readonly Stored[] }>
>;

async function rewrite(before: string, after: string, change: (c: Checkpoint) => Checkpoint): Promise<void> {
  const checkpoint = await openCheckpointFile(join(folder, before));
  try {
    await writeAtomically(join(folder, after), (sink) => writeCheckpoint(change(checkpoint), sink));
  } finally {
    checkpoint.close();
  }
}

function converted(checkpoint: Checkpoint, branches: Branches): Checkpoint {
  const { chosen } = chooseSites(thawedSites(findSites(checkpoint)));
  names.set(
    checkpoint.path,
    chosen.map(({ name }) => name),
  );
  return convertToAcnet(checkpoint, { sites: chosen, variant: 'skeleton', branches, seed: 1 }).checkpoint;
}

const fused = (fold: boolean) => (checkpoint: Checkpoint) => fuseAcnet(checkpoint, { fold }).checkpoint;

beforeAll(async () => {
  const printed = runPython(join(import.meta.dirname, 'nested', 'make_networks.py'), [folder]);
  made = JSON.parse(printed.trim().split('\n').at(-1) ?? '{}') as typeof made;
  const cases: { name: string; before: string; after: string }[] = [];
  const compare = (before: string, after: string): void => {
    cases.push({ name: after, before: join(folder, before), after: join(folder, after) });
  };
  for (const file of FILES) {
    const named = (kind: string): string => `${kind}-${file}`;
    await rewrite(file, named('same'), (checkpoint) => checkpoint);
    await rewrite(file, named('preserved'), (checkpoint) => converted(checkpoint, 'zero'));
    await rewrite(named('preserved'), named('back'), fused(false));
    await rewrite(file, named('trained'), (checkpoint) =>
      withTrainedNorms(converted(checkpoint, 'paper'), 5),
    );
    await rewrite(named('trained'), named('kept'), fused(false));
    await rewrite(named('trained'), named('folded'), fused(true));
    compare(file, named('same'));
    compare(file, named('preserved'));
    compare(file, named('back'));
    compare(named('trained'), named('kept'));
    compare(named('trained'), named('folded'));
  }
  const list = join(folder, 'cases.json');
  writeFileSync(list, JSON.stringify(cases));
  const script = join(import.meta.dirname, 'keras', 'compare_models.py');
  const answer = JSON.parse(runPython(script, [list]).trim().split('\n').at(-1) ?? '[]') as Comparison[];
  for (const comparison of answer) compared.set(comparison.name, comparison);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(FILES)('%s in real Keras', (file) => {
  it('has its convolutions listed by the models they are in', () => {
    const [name] = file.split('.');
    expect(names.get(join(folder, file))).toEqual(SITES[name as keyof typeof SITES]);
  });

  it('computes what Keras computes', async () => {
    const { inputs, outputs } = made[file.split('.')[0]];
    const checkpoint = await openCheckpointFile(join(folder, file));
    const network = networkOf(withoutNoise(checkpoint));
    const given = inputs.map(({ shape, data }) => tensor(shape, data));
    const results = referenceOutputs(network, given);
    checkpoint.close();
    expect(results).toHaveLength(outputs.length);
    results.forEach((result, i) => {
      const expected = tensor(outputs[i].shape, outputs[i].data);
      expect(difference(expected, result).maxRel).toBeLessThan(1e-5);
    });
  });

  it('is the same model when nothing was changed', () => {
    const { error, difference, spread, config, layers, trainable } = found(`same-${file}`);
    expect({ error, difference, config, layers }).toEqual({
      error: undefined,
      difference: 0,
      config: true,
      layers: true,
    });
    expect(spread).toBeGreaterThan(0);
    expect(trainable[1]).toBe(trainable[0]);
  });

  it.each(['preserved', 'back', 'kept', 'folded'])('%s: the outputs of what it was made from', (kind) => {
    const { error, difference, spread } = found(`${kind}-${file}`);
    expect(error).toBeUndefined();
    expect(difference / spread).toBeLessThanOrEqual(1e-5);
  });

  it.each(['preserved', 'back'])('%s: as many trained parameters as Keras counts', async (kind) => {
    const { trainableParameters } = await inspectFile(join(folder, `${kind}-${file}`));
    expect(trainableParameters).toBe(found(`${kind}-${file}`).learnt);
  });

  it('has the layers of the original after fusing', () => {
    expect(found(`back-${file}`).layers).toBe(true);
  });
});

/** A layer that nobody knows here, and which passes its input on when it is not trained. */
function withoutNoise(checkpoint: Checkpoint): Checkpoint {
  const { graph, tensors } = checkpoint;
  if (!graph) throw new Error('no network');
  const nodes = graph.nodes.map((node): GraphNode => {
    if (node.op !== 'opaque') return node;
    expect(node.attributes.type).toBe('GaussianNoise');
    return { ...node, op: 'identity', attributes: {} };
  });
  return { ...checkpoint, graph: makeGraph({ nodes, outputs: graph.outputs }, tensors) };
}

function found(name: string): Comparison {
  const result = compared.get(name);
  if (!result) throw new Error(`${name} was not compared`);
  return result;
}
