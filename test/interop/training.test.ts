import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../src/core/acnet/convert';
import { findSites } from '../../src/core/acnet/sites';
import type { Checkpoint } from '../../src/core/checkpoint';
import type { Backend, Network, TrainingOptions, Weights } from '../../src/engine/backend';
import { createPortableBackend } from '../../src/engine/portable/backend';
import { headOf } from '../../src/engine/training/head';
import { writeCheckpoint } from '../../src/core/formats/registry';
import { writeAtomically } from '../../src/files/atomic';
import { openCheckpointFile } from '../../src/files/open';
import { inspectFile } from '../../src/operations/inspect';
import { nativeBackend } from '../support/native';
import { runPython } from '../support/peers';

/** What Keras says of a network. */
interface Trained {
  readonly trainable: number;
  readonly all: number;
  /** Of each step, before its update. */
  readonly losses: readonly number[];
}

/** The recipe of `train_models.py`. */
const RECIPE = { batch: 6, rate: 0.2, momentum: 0.9 };
/** What Keras trains as its files say. */
const ALIKE = ['regularised', 'frozen_base', 'partly', 'frozen_layers', 'frozen_norms', 'unfrozen'];

const folder = mkdtempSync(join(tmpdir(), 'acnet-trained-'));
let keras: Readonly<Record<string, Trained>>;
let backends: Readonly<Record<string, Backend>>;

beforeAll(async () => {
  backends = { tensorflow: await nativeBackend(), portable: await createPortableBackend() };
  keras = JSON.parse(
    runPython(join(import.meta.dirname, 'training', 'train_models.py'), [folder])
      .trim()
      .split('\n')
      .at(-1) ?? '',
  ) as typeof keras;
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function reading<T>(
  file: string,
  look: (checkpoint: Checkpoint & Network) => T | Promise<T>,
): Promise<T> {
  const checkpoint = await openCheckpointFile(join(folder, file));
  try {
    const { graph } = checkpoint;
    if (!graph) throw new Error(`${file}: no network`);
    return await look({ ...checkpoint, graph });
  } finally {
    checkpoint.close();
  }
}

const numbers = (file: string): Float32Array => {
  const { buffer, byteOffset, byteLength } = readFileSync(join(folder, file));
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
};

const weightsOf = ({ tensors }: Network): Weights =>
  new Map([...tensors].map(([name, tensor]) => [name, tensor.readFloat32()]));

/** Trains a network as `train_models.py` does. */
function trained(
  network: Network,
  name: string,
  backend: Backend | undefined,
  more: Partial<TrainingOptions> = {},
): { readonly losses: readonly number[]; readonly weights: Weights } {
  if (!backend) throw new Error('no backend');
  const session = backend.training(network, {
    batch: RECIPE.batch,
    optimiser: { kind: 'sgd', momentum: RECIPE.momentum, weightDecay: 0 },
    loss: headOf(network.graph).loss,
    labelSmoothing: 0,
    seed: 1,
    ...more,
  });
  const [x, y] = [numbers(`${name}.x`), numbers(`${name}.y`)];
  const losses = keras[name]?.losses.map(() => session.step(x, y, RECIPE.rate)) ?? [];
  const weights = session.read();
  session.dispose();
  return { losses, weights };
}

/** Names of tensors by whether training may change them, after Keras's own rule. */
function frozenNames({ graph }: Network): Set<string> {
  const frozen = graph.nodes.filter((node) => node.frozen === 'layer');
  return new Set(frozen.flatMap((node) => Object.values(node.parameters)));
}

const differences = (found: Float32Array, expected: Float32Array): number =>
  Math.max(...expected.map((value, i) => Math.abs(value - (found[i] ?? NaN))));

describe('a network whose layers say how they are trained', () => {
  const rewritten = (name: string) =>
    reading(`${name}.keras`, async (network) => {
      const sites = findSites(network).filter(({ eligible }) => eligible);
      const made = convertToAcnet(network, { sites, variant: 'skeleton', branches: 'zero', seed: 1 });
      const file = `${name}.acnet.keras`;
      await writeAtomically(join(folder, file), (sink) => writeCheckpoint(made.checkpoint, sink));
      return reading(file, ({ graph }) => graph.nodes);
    });

  it('says so after a conversion too: a block has what its convolution had', async () => {
    const nodes = await rewritten('regularised');
    const penalties = (suffix: string) =>
      nodes.flatMap(({ name, penalties }) => (name.endsWith(suffix) ? [[name, penalties]] : []));
    const c = { kernel: { l1: 0, l2: 0.01 } };
    expect(penalties('_hor')).toContainEqual(['c_acb_hor', c]);
    expect(penalties('_ver')).toContainEqual(['d_acb_ver', { kernel: { l1: 0.01, l2: 0.03 } }]);
    const frozen = (await rewritten('frozen_base')).filter((node) => node.frozen === 'layer');
    expect(frozen.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'base/a',
        'base/a_bn',
        'base/a_acb_hor',
        'base/a_acb_hor_bn',
        'base/b_acb_ver',
      ]),
    );
  });
});

describe('a network that Keras has trained', () => {
  it.each(ALIKE)('%s has as many trainable parameters as Keras says, from both formats', async (name) => {
    for (const file of [`${name}.keras`, `${name}.h5`]) {
      const { parameters, trainableParameters } = await inspectFile(join(folder, file));
      expect([trainableParameters, parameters], file).toEqual([keras[name]?.trainable, keras[name]?.all]);
    }
  });

  describe.each(['tensorflow', 'portable'])('on the %s backend', (kind) => {
    it.each(ALIKE)('%s has the same losses and weights after the same steps', async (name) => {
      const expected = await reading(`${name}.after.keras`, weightsOf);
      await reading(`${name}.keras`, (network) => {
        const { losses, weights } = trained(network, name, backends[kind]);
        losses.forEach((loss, i) => expect(loss).toBeCloseTo(keras[name]?.losses[i] ?? NaN, 4));
        for (const [tensor, values] of expected) {
          const found = weights.get(tensor) ?? new Float32Array();
          expect(differences(found, values), tensor).toBeLessThan(2e-4);
        }
        // What is frozen is the same to the last bit.
        const before = weightsOf(network);
        const same = [...weights].filter(([tensor, values]) =>
          values.every((value, i) => Object.is(value, before.get(tensor)?.[i])),
        );
        expect(new Set(same.map(([tensor]) => tensor))).toEqual(frozenNames(network));
      });
    });

    it('a call with training=False keeps the statistics and trains the weights, which Keras 2 does', async () => {
      await reading('inference_call.keras', (network) => {
        const before = weightsOf(network);
        const same = (weights: Weights): string[] =>
          [...weights].flatMap(([tensor, values]) =>
            values.every((value, i) => Object.is(value, before.get(tensor)?.[i])) ? [tensor] : [],
          );
        const kept = trained(network, 'inference_call', backends[kind]);
        expect(same(kept.weights)).toEqual(
          ['a', 'b'].flatMap((name) => ['mean', 'variance'].map((role) => `base/${name}_bn/moving_${role}`)),
        );
        // As Keras 3 trains it: the batch's statistics all the same.
        const all = trained(network, 'inference_call', backends[kind], { frozen: 'train' });
        expect(same(all.weights)).toEqual([]);
        all.losses.forEach((loss, i) => expect(loss).toBeCloseTo(keras.inference_call?.losses[i] ?? NaN, 4));
      });
    });

    it('frozen layers are trained where the job says so', async () => {
      await reading('frozen_base.keras', (network) => {
        const before = weightsOf(network);
        const { weights } = trained(network, 'frozen_base', backends[kind], { frozen: 'train' });
        for (const [tensor, values] of weights)
          expect(
            values.some((value, i) => value !== before.get(tensor)?.[i]),
            tensor,
          ).toBe(true);
      });
    });
  });
});
