import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../src/core/acnet/convert';
import { fuseAcnet } from '../../src/core/acnet/fuse';
import { chooseSites, findSites } from '../../src/core/acnet/sites';
import type { Branches } from '../../src/shared/choices';
import type { Checkpoint } from '../../src/core/checkpoint';
import { kerasCheckpoint } from '../../src/core/formats/keras/write/create';
import { writeCheckpoint } from '../../src/core/formats/registry';
import { writeAtomically } from '../../src/files/atomic';
import { openCheckpointFile } from '../../src/files/open';
import { inspectFile } from '../../src/operations/inspect';
import { verifyCheckpoints } from '../../src/operations/verify/verify';
import { blockOf, MUTATIONS } from '../support/ill-conditioned';
import { nativeBackend } from '../support/native';
import { testContext } from '../support/operation';
import { runPython } from '../support/peers';
import { referenceOutputs, tensor } from '../support/reference';
import { difference, networkOf, withTrainedNorms } from '../support/reference-networks';

interface Facts {
  readonly parameters: number;
  readonly trainable: number;
  /** As TensorFlow's profiler counts convolutions and matrix products. */
  readonly macs: number;
}

interface Made {
  readonly facts: Readonly<Record<string, Facts>>;
  readonly input: readonly number[];
  readonly outputs: readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[];
}

/** What Keras says of a pair of files. */
interface Comparison {
  readonly name: string;
  readonly error?: string;
  readonly difference: number;
  readonly spread: number;
  /** Same names of layers in the same order. */
  readonly layers: boolean;
}

/** Convolutions of 3 × 3 and larger in each: all of them become blocks. */
const NETWORKS = [
  ['mobilenetv2', 18],
  ['efficientnetb0', 17],
  ['resnetv2', 8],
] as const;

const folder = mkdtempSync(join(tmpdir(), 'acnet-operators-'));
const here = import.meta.dirname;
const compared = new Map<string, Comparison>();
const blocks = new Map<string, number>();
let made: Made;

async function rewrite(before: string, after: string, change: (c: Checkpoint) => Checkpoint): Promise<void> {
  const checkpoint = await openCheckpointFile(join(folder, before));
  try {
    await writeAtomically(join(folder, after), (sink) => writeCheckpoint(change(checkpoint), sink));
  } finally {
    checkpoint.close();
  }
}

function converted(checkpoint: Checkpoint, branches: Branches): Checkpoint {
  const { chosen } = chooseSites(findSites(checkpoint));
  const options = { variant: 'skeleton', branches, seed: 1 } as const;
  const conversion = convertToAcnet(checkpoint, { sites: chosen, ...options });
  blocks.set(checkpoint.path, conversion.converted.length);
  return conversion.checkpoint;
}

const preserved = (checkpoint: Checkpoint): Checkpoint => converted(checkpoint, 'zero');

const fused = (fold: boolean) => (checkpoint: Checkpoint) => fuseAcnet(checkpoint, { fold }).checkpoint;

/** Rewrites one network in every way and returns the pairs that have to agree. */
async function pairsOf(name: string): Promise<{ name: string; before: string; after: string }[]> {
  const file = (kind: string): string => `${kind}-${name}.keras`;
  const pair = (before: string, after: string) => ({
    name: after,
    before: join(folder, before),
    after: join(folder, after),
  });
  await rewrite(`${name}.keras`, file('preserved'), preserved);
  await rewrite(file('preserved'), file('back'), fused(false));
  await rewrite(`${name}.keras`, file('trained'), (c) => withTrainedNorms(converted(c, 'paper'), 5));
  await rewrite(file('trained'), file('kept'), fused(false));
  await rewrite(file('trained'), file('folded'), fused(true));
  return [
    pair(`${name}.keras`, file('preserved')),
    pair(`${name}.keras`, file('back')),
    pair(file('trained'), file('kept')),
    pair(file('trained'), file('folded')),
  ];
}

beforeAll(async () => {
  const script = join(here, 'operators', 'make_models.py');
  made = JSON.parse(runPython(script, [folder]).trim().split('\n').at(-1) ?? '{}') as Made;
  const cases: { name: string; before: string; after: string }[] = [];
  for (const [name] of NETWORKS) cases.push(...(await pairsOf(name)));
  for (const [kind, change] of [
    ['same', (checkpoint: Checkpoint) => checkpoint],
    [
      'made',
      ({ graph, tensors, path }: Checkpoint) => {
        if (!graph) throw new Error('no network');
        return kerasCheckpoint(graph, tensors, { path, name: 'made' });
      },
    ],
    ['preserved', preserved],
  ] as const) {
    await rewrite('operators.keras', `${kind}-operators.keras`, change);
    const [before, after] = ['operators.keras', `${kind}-operators.keras`].map((file) => join(folder, file));
    cases.push({ name: `${kind}-operators.keras`, before, after });
  }
  const list = join(folder, 'cases.json');
  writeFileSync(list, JSON.stringify(cases));
  const answer = runPython(join(here, 'keras', 'compare_models.py'), [list])
    .trim()
    .split('\n')
    .at(-1);
  for (const comparison of JSON.parse(answer ?? '[]') as Comparison[])
    compared.set(comparison.name, comparison);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function opened<T>(file: string, use: (checkpoint: Checkpoint) => T | Promise<T>): Promise<T> {
  const checkpoint = await openCheckpointFile(join(folder, file));
  try {
    return await use(checkpoint);
  } finally {
    checkpoint.close();
  }
}

/** Difference of a pair by the size of what is compared. */
function relative(name: string): number {
  const result = compared.get(name);
  expect(result?.error).toBeUndefined();
  expect(result?.spread).toBeGreaterThan(0);
  return (result?.difference ?? NaN) / (result?.spread ?? NaN);
}

function unknownLayers({ graph }: Checkpoint): string[] {
  return (graph?.nodes ?? []).filter(({ op }) => op === 'opaque').map(({ name }) => name);
}

describe('a network with every operator', () => {
  it('computes what Keras computes, output by output', async () => {
    await opened('operators.keras', (checkpoint) => {
      expect(unknownLayers(checkpoint)).toEqual([]);
      const network = networkOf(checkpoint);
      const results = referenceOutputs(network, [tensor([2, 8, 7, 4], made.input)]);
      expect(results).toHaveLength(made.outputs.length);
      results.forEach((result, i) => {
        const expected = tensor(made.outputs[i].shape, made.outputs[i].data);
        expect(difference(expected, result).maxRel, network.graph.outputs[i]).toBeLessThan(1e-5);
      });
    });
  });

  it.each(['same', 'made', 'preserved'])('%s: Keras computes the same from the file', (kind) => {
    expect(relative(`${kind}-operators.keras`)).toBeLessThanOrEqual(1e-6);
  });
});

describe.each(NETWORKS)('%s', (name, sites) => {
  it('is read whole, with the parameters and multiply-accumulates that Keras counts', async () => {
    const result = await inspectFile(join(folder, `${name}.keras`));
    expect(result.unsupported).toEqual([]);
    expect(result.macs).toBeGreaterThan(0);
    expect({
      parameters: result.parameters,
      trainable: result.trainableParameters,
      macs: result.macs,
    }).toEqual(made.facts[name]);
  });

  it(`has ${sites} convolutions that become blocks`, () => {
    expect(blocks.get(join(folder, `${name}.keras`))).toBe(sites);
  });

  it.each(['preserved', 'back', 'kept', 'folded'])('%s: the outputs of what it was made from', (kind) => {
    expect(relative(`${kind}-${name}.keras`)).toBeLessThanOrEqual(1e-5);
  });

  it('has the layers of the original after fusing', () => {
    expect(compared.get(`back-${name}.keras`)?.layers).toBe(true);
  });
});

describe('blocks of a published network', () => {
  const verify = async (acnet: Checkpoint, other: Checkpoint) =>
    verifyCheckpoints(acnet, other, { samples: 2 }, testContext(await nativeBackend()));

  it('are verified one by one: fused they are the same', async () => {
    await opened('trained-efficientnetb0.keras', async (acnet) => {
      const { fused, checkpoint } = fuseAcnet(acnet, { fold: true });
      const same = await verify(acnet, checkpoint);
      expect(same).toMatchObject({ passed: true });
      expect(same.blocks?.count).toBeGreaterThan(fused.length);
      expect(same.blocks?.maxRel).toBeLessThanOrEqual(1e-5);
    });
  });

  // On the network of the same kinds of blocks that computes in a third of the time.
  it('are verified one by one: a wrong one is named', async () => {
    await opened('trained-mobilenetv2.keras', async (acnet) => {
      const names = ['a branch shifted by a row', 'one γ doubled', 'channels swapped'];
      for (const [i, name] of names.entries()) {
        const block = blockOf(acnet, 5 * i + 2);
        const { passed, blocks: found } = await verify(acnet, MUTATIONS[name](acnet, block));
        expect({ passed, worst: found?.worst }).toEqual({ passed: false, worst: block.square.conv.name });
      }
    });
  });
});
