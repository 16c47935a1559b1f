import { describe, expect, it } from 'vitest';
import { kerasCheckpoint } from '../../../src/core/formats/keras/write/create';
import { readJob } from '../../../src/operations/job/job';
import { aligned, startsOf } from '../../../src/operations/train/start';
import { findSites } from '../../../src/core/acnet/sites';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { NetworkBuilder } from '../../support/networks';

/** A strided convolution on images of any size, a batch norm, two classes. */
function openNetwork() {
  const b = new NetworkBuilder(1);
  const x = b.relu(b.batchNorm(b.conv(b.input([null, null, 3]), 4, [3, 3], { strides: [2, 2] })));
  const pooled = b.apply('globalAveragePool', x, { keepDims: false });
  const { graph, tensors } = b.finish(b.apply('softmax', b.dense(pooled, 2), {}));
  return kerasCheckpoint(graph, tensors, { path: 'open.keras', name: 'open' });
}

const job = (more: object) =>
  readJob(
    JSON.stringify({ checkpoint: 'open.keras', data: { folder: 'x', size: 8 }, ...more }),
    '/a.acnet.json',
  );
const nodesOf = ({ graph }: ReturnType<typeof openNetwork>) => graph?.nodes.map(({ name }) => name) ?? [];

/** Five convolutions with batch norms; the names are what an attacker, or Keras, may give them. */
const NAMES = ['conv*', 'conv1', 'a,b', 'conv?', 'last'] as const;
function fiveConvolutions(names: readonly string[] = NAMES) {
  const b = new NetworkBuilder(2);
  let x = b.input([8, 8, 3]);
  for (const name of names) x = b.relu(b.batchNorm(b.conv(x, 4, [3, 3], { name })));
  const pooled = b.apply('globalAveragePool', x, { keepDims: false });
  const { graph, tensors } = b.finish(b.apply('softmax', b.dense(pooled, 2), {}));
  return kerasCheckpoint(graph, tensors, { path: 'five.keras', name: 'five' });
}
const blocksOf = (checkpoint: ReturnType<typeof openNetwork>) =>
  findSites(checkpoint).filter(({ kind }) => kind === 'acb').length;

describe('which convolutions a job converts', () => {
  it.each(NAMES)('is one of five by its exact name, %s', (name) => {
    const { acnet, converted, notes } = startsOf(fiveConvolutions(), job({ layers: [name] }));
    expect(converted).toEqual([name]);
    expect(blocksOf(acnet.checkpoint)).toBe(1);
    expect(notes[0]).toBe(`1 of 5 convolutions converted (skeleton, preserve): ${name}`);
  });

  it('are several by a pattern, and all without a word', () => {
    expect(startsOf(fiveConvolutions(), job({ layers: 'conv*' })).converted).toEqual([
      'conv*',
      'conv1',
      'conv?',
    ]);
    const all = startsOf(fiveConvolutions(), job({}));
    expect(all.converted).toEqual(NAMES);
    expect(all.notes[0]).toBe(`5 convolutions converted (skeleton, preserve): ${NAMES.join(', ')}`);
  });

  it('are refused by names that the network does not have', () => {
    expect(() => startsOf(fiveConvolutions(), job({ layers: ['conv2'] }))).toThrow(
      /no convolution has that name/,
    );
    expect(() => job({ layers: [] })).toThrow(/layers/);
  });

  it('come to the blocks that a file has already, if the job names them', () => {
    const one = startsOf(fiveConvolutions(), job({ layers: ['conv1'] })).acnet.checkpoint;
    const asItIs = startsOf(one, job({}));
    expect(blocksOf(asItIs.acnet.checkpoint)).toBe(1);
    expect(asItIs.notes[1]).toBe(
      '4 further convolutions could become a block; "layers" in the job names which',
    );
    const more = startsOf(one, job({ layers: ['last', 'a,b'] }));
    expect(blocksOf(more.acnet.checkpoint)).toBe(3);
    expect(more.converted).toEqual(['a,b', 'last']);
    expect(blocksOf(more.baseline.checkpoint)).toBe(0);
    expect(more.notes).toContain('2 of 4 convolutions converted (skeleton, preserve): a,b, last');
  });
});

describe('what a job starts from', () => {
  it('has the γ that was asked for on all three branches, 1 without a word', () => {
    const gammas = (more: object): number[] => {
      const { checkpoint } = startsOf(openNetwork(), job({ initialisation: 'random', ...more })).acnet;
      const norms = checkpoint.graph?.nodes.filter(({ op }) => op === 'batchNorm') ?? [];
      expect(norms).toHaveLength(3);
      return norms.flatMap(({ parameters }) => [
        ...(checkpoint.tensors.get(parameters.gamma)?.readFloat32() ?? []),
      ]);
    };
    expect(new Set(gammas({ gamma: 0.25 }))).toEqual(new Set([0.25]));
    expect(new Set(gammas({}))).toEqual(new Set([1]));
    const { notes } = startsOf(openNetwork(), job({ initialisation: 'random', gamma: 0.25 }));
    expect(notes[0]).toBe('1 convolution converted (skeleton, random, γ 0.25): conv1');
  });

  it('is aligned for the input size that was stated, and can be fused with it', () => {
    const any = startsOf(openNetwork(), job({}));
    expect(nodesOf(any.acnet.checkpoint).filter((name) => name.includes('_sel'))).toHaveLength(2);
    const sized = job({ inputSize: [8, 8] });
    const { acnet, baseline, notes } = startsOf(openNetwork(), sized);
    expect(nodesOf(acnet.checkpoint).filter((name) => name.includes('_sel'))).toEqual([]);
    expect(notes.join()).toContain('aligned for images of 8 × 8; fuse with --input-size 8,8 too');
    expect(fuseAcnet(acnet.checkpoint, { fold: false }).fused).toEqual([]);
    expect(fuseAcnet(aligned(acnet.checkpoint, sized), { fold: false }).fused).toHaveLength(1);
    // The baseline, and what is written, stay as open as the file.
    for (const { checkpoint } of [acnet, baseline]) {
      expect(checkpoint.graph?.shapes.get(checkpoint.graph.inputs[0])).toEqual([null, null, null, 3]);
    }
    // An ACNet that was aligned is taken for what it is.
    expect(startsOf(acnet.checkpoint, sized).notes[0]).toContain('an ACNet already (1 block)');
  });
});
