import { describe, expect, it } from 'vitest';
import { kerasCheckpoint } from '../../../src/core/formats/keras/write/create';
import { readJob } from '../../../src/operations/job/job';
import { aligned, startsOf } from '../../../src/operations/train/start';
import { findSites } from '../../../src/core/acnet/sites';
import type { GraphNode } from '../../../src/core/graph/graph';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { tensorOf } from '../../../src/core/tensor/tensor';
import { NetworkBuilder } from '../../support/networks';
import { runReference, tensor } from '../../support/reference';

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
    expect(notes[0]).toBe(`1 of 5 convolutions converted (skeleton, branches zero): ${name}`);
  });

  it('are several by a pattern, and all without a word', () => {
    expect(startsOf(fiveConvolutions(), job({ layers: 'conv*' })).converted).toEqual([
      'conv*',
      'conv1',
      'conv?',
    ]);
    const all = startsOf(fiveConvolutions(), job({}));
    expect(all.converted).toEqual(NAMES);
    expect(all.notes[0]).toBe(`5 convolutions converted (skeleton, branches zero): ${NAMES.join(', ')}`);
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
    expect(more.notes).toContain('2 of 4 convolutions converted (skeleton, branches zero): a,b, last');
  });
});

describe('what a job starts from', () => {
  it('has the γ that was asked for on all three branches, 1 without a word', () => {
    const gammas = (more: object): number[] => {
      const { checkpoint } = startsOf(openNetwork(), job({ start: 'scratch', ...more })).acnet;
      const norms = checkpoint.graph?.nodes.filter(({ op }) => op === 'batchNorm') ?? [];
      expect(norms).toHaveLength(3);
      return norms.flatMap(({ parameters }) => [
        ...(checkpoint.tensors.get(parameters.gamma)?.readFloat32() ?? []),
      ]);
    };
    expect(new Set(gammas({ gamma: 0.25 }))).toEqual(new Set([0.25]));
    expect(new Set(gammas({}))).toEqual(new Set([1]));
    const { notes } = startsOf(openNetwork(), job({ start: 'scratch', gamma: 0.25 }));
    expect(notes).toContain('1 convolution converted (skeleton, branches paper, γ 0.25): conv1');
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

/** Every kind of layer that has weights: with and without batch norm, 1×1, transposed, dense, other norms. */
function everyKind() {
  const b = new NetworkBuilder(3);
  let x = b.relu(b.batchNorm(b.conv(b.input([16, 16, 3]), 16, [3, 3], { name: 'first', bias: true })));
  x = b.conv(x, 32, [1, 1], { name: 'point' });
  x = b.weighted('prelu', x, { sharedAxes: [1, 2] }, { alpha: [1, 1, 32] });
  x = b.conv(x, 32, [3, 3], { name: 'plain', bias: true });
  x = b.weighted('layerNorm', x, { epsilon: 1e-5 }, { gamma: [32], beta: [32] });
  x = b.transposed(x, 16, { kernelSize: [4, 4], strides: [2, 2], bias: true });
  const pooled = b.apply('globalAveragePool', x, { keepDims: false });
  const { graph, tensors } = b.finish(b.apply('softmax', b.dense(pooled, 64), {}));
  return kerasCheckpoint(graph, tensors, { path: 'kinds.keras', name: 'kinds' });
}

describe('a start from scratch', () => {
  const valuesOf = ({ tensors }: ReturnType<typeof openNetwork>) =>
    new Map([...tensors].map(([name, tensor]) => [name, [...tensor.readFloat32()]]));

  it('draws every weight of both networks anew, the same where they share it', () => {
    const source = everyKind();
    const before = valuesOf(source);
    const { baseline, acnet, plain: written } = startsOf(source, job({ start: 'scratch', seed: 5 }));
    const [plain, blocks] = [valuesOf(written(baseline.checkpoint)), valuesOf(acnet.checkpoint)];
    expect([...plain.keys()].sort()).toEqual([...before.keys()].sort());
    expect(blocks.get('plain/kernel')).toEqual(valuesOf(baseline.checkpoint).get('plain/kernel'));
    for (const [name, values] of plain) {
      expect(values, name).not.toEqual(before.get(name));
      // The bias of a convolution without batch norm went into the one that its block has.
      if (!/^plain\/(bias|kernel)$/.test(name)) expect(blocks.get(name), name).toEqual(values);
    }
    expect(valuesOf(startsOf(everyKind(), job({ start: 'scratch', seed: 5 })).acnet.checkpoint)).toEqual(
      blocks,
    );
    const other = valuesOf(startsOf(source, job({ start: 'scratch', seed: 6 })).baseline.checkpoint);
    expect(other.get('point/kernel')).not.toEqual(plain.get('point/kernel'));
  });

  it('draws by one law: kernels with the variance 2 / fan-in, all else as a new layer has it', () => {
    const { checkpoint } = startsOf(everyKind(), job({ start: 'scratch', baseline: false })).baseline;
    // Inputs of an output: of the transposed kernel's 4 × 4 positions, 2 × 2 meet at each.
    const inputs: Record<string, number> = { conv2d: NaN, dense: 16, conv2dTranspose: 2 * 2 * 32 };
    const convolutions: Record<string, number> = { first: 27, point: 16, plain: 9 * 32 };
    const constants: Record<string, number> = {
      bias: 0,
      gamma: 1,
      beta: 0,
      mean: 0,
      variance: 1,
      alpha: 0.25,
    };
    let kernels = 0;
    for (const { name, op, parameters } of checkpoint.graph?.nodes ?? []) {
      for (const [role, tensor] of Object.entries(parameters)) {
        const values = [...(checkpoint.tensors.get(tensor)?.readFloat32() ?? [])];
        if (role !== 'kernel') {
          expect(new Set(values), tensor).toEqual(new Set([constants[role]]));
          continue;
        }
        kernels++;
        const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
        const ratio = variance / (2 / (convolutions[name] ?? inputs[op]));
        // The variance of n normal numbers spreads by √(2 / n).
        expect(Math.abs(ratio - 1), tensor).toBeLessThan(4 * Math.sqrt(2 / values.length));
      }
    }
    expect(kernels).toBe(5);
  });

  it('has the batch norms of both networks measured before they are trained', () => {
    const { baseline, acnet } = startsOf(fiveConvolutions(), job({ start: 'scratch' }));
    expect(baseline.fresh).toHaveLength(5);
    expect(acnet.fresh).toHaveLength(15);
    expect(acnet.fresh).toEqual(expect.arrayContaining([...baseline.fresh]));
    expect(startsOf(fiveConvolutions(), job({})).baseline.fresh).toEqual([]);
  });

  it('says so, by which law and with which seed', () => {
    expect(startsOf(fiveConvolutions(), job({ start: 'scratch', seed: 7 })).notes[0]).toBe(
      'both networks start from scratch: every weight is drawn anew with seed 7 (kernels He normal, biases 0, normalisations γ 1 and β 0)',
    );
  });

  it('can have branches that add nothing at first', () => {
    const { acnet } = startsOf(fiveConvolutions(), job({ start: 'scratch', branches: 'zero' }));
    const values = valuesOf(acnet.checkpoint);
    for (const name of NAMES) {
      expect(new Set(values.get(`${name}_acb_hor_bn/gamma`)), name).toEqual(new Set([0]));
    }
    expect(new Set(values.get('conv1/kernel')).size).toBeGreaterThan(100);
  });

  it('is refused where the network has blocks', () => {
    const { checkpoint } = startsOf(fiveConvolutions(), job({})).acnet;
    expect(() => startsOf(checkpoint, job({ start: 'scratch' }))).toThrow(
      /a network with blocks cannot start from scratch; acnet fuse/,
    );
  });
});

describe('the baseline', () => {
  /** Two convolutions without batch norms, one with a bias. */
  function withoutNorms() {
    const b = new NetworkBuilder(4);
    let x = b.relu(b.conv(b.input([8, 8, 3]), 4, [3, 3], { name: 'one', bias: true }));
    x = b.relu(b.conv(x, 4, [3, 3], { name: 'two' }));
    const pooled = b.apply('globalAveragePool', x, { keepDims: false });
    const { graph, tensors } = b.finish(b.apply('softmax', b.dense(pooled, 2), {}));
    return kerasCheckpoint(graph, tensors, { path: 'bare.keras', name: 'bare' });
  }
  const normsOf = ({ graph }: ReturnType<typeof openNetwork>) =>
    graph?.nodes.flatMap(({ op, name }) => (op === 'batchNorm' ? [name] : [])) ?? [];

  it('has the batch norms that blocks got, and no other difference than the branches', () => {
    const { baseline, acnet, inserted } = startsOf(withoutNorms(), job({}));
    expect(inserted).toEqual(['one', 'two']);
    expect(normsOf(baseline.checkpoint)).toEqual(['one_acb_bn', 'two_acb_bn']);
    expect(baseline.fresh).toEqual(['one_acb_bn', 'two_acb_bn']);
    for (const [name, tensor] of baseline.checkpoint.tensors) {
      expect(acnet.checkpoint.tensors.get(name)?.readFloat32(), name).toEqual(tensor.readFloat32());
    }
    const names = [...acnet.checkpoint.tensors.keys()].filter(
      (name) => !baseline.checkpoint.tensors.has(name),
    );
    expect(names.filter((name) => !/_acb_(hor|ver)/.test(name))).toEqual([]);
    const again = startsOf(acnet.checkpoint, job({}));
    expect(again.inserted).toEqual(['one', 'two']);
    expect(startsOf(fiveConvolutions(), job({})).inserted).toEqual([]);
    expect(normsOf(startsOf(withoutNorms(), job({ baseline: false })).baseline.checkpoint)).toEqual([]);
  });

  it('is written with the layers of the file and computes what it did', () => {
    const { baseline, plain } = startsOf(withoutNorms(), job({}));
    const trained = { ...baseline.checkpoint, tensors: new Map(baseline.checkpoint.tensors) };
    const values = {
      gamma: [2, -1, 0.5, 3],
      beta: [1, 2, 3, 4],
      moving_mean: [1, 0, -1, 2],
      moving_variance: [1, 2, 3, 4],
    };
    for (const [role, numbers] of Object.entries(values)) {
      for (const layer of ['one_acb_bn', 'two_acb_bn']) {
        const name = `${layer}/${role}`;
        trained.tensors.set(name, tensorOf(name, [4], Float32Array.from(numbers)));
      }
    }
    const written = plain(trained);
    expect(normsOf(written)).toEqual([]);
    expect(nodesOf(written)).toEqual(nodesOf(withoutNorms()));
    const x = tensor(
      [1, 8, 8, 3],
      Float64Array.from({ length: 192 }, (_, i) => Math.sin(i)),
    );
    const [before, after] = [trained, written].map(({ graph, tensors }) => {
      if (!graph) throw new Error('no graph');
      return [...(runReference({ graph, tensors }, [x]).get(graph.outputs[0] ?? '')?.data ?? [])];
    });
    expect(before).toHaveLength(2);
    before?.forEach((value, i) => expect(after?.[i]).toBeCloseTo(value, 5));
  });
});

/** Layers of a network that its file has frozen. */
function frozenIn(checkpoint: ReturnType<typeof openNetwork>, names: readonly string[]) {
  const { graph } = checkpoint;
  const nodes = graph?.nodes.map((node): GraphNode =>
    names.includes(node.name) && Object.keys(node.parameters).length > 0
      ? { ...node, frozen: 'layer' }
      : node,
  );
  return { ...checkpoint, ...(graph && nodes && { graph: { ...graph, nodes } }) };
}

describe('frozen layers', () => {
  const network = fiveConvolutions(['a', 'b', 'c', 'd', 'e']);
  const all = nodesOf(network);
  const some = frozenIn(network, ['a', 'b', 'batchNorm_2', 'c']);
  const frozen = (checkpoint: ReturnType<typeof openNetwork>) =>
    checkpoint.graph?.nodes.filter((node) => node.frozen).map(({ name }) => name) ?? [];

  it('become no blocks and are named before the start', () => {
    const { converted, layers, acnet } = startsOf(some, job({}));
    expect(converted).toEqual(['d', 'e']);
    expect(layers).toHaveLength(1);
    expect(layers[0]).toMatch(
      /^\d layers frozen in the file do not change \("frozen": "train" in the job trains them\): a, /,
    );
    expect(frozen(acnet.checkpoint)).toEqual(frozen(some));
  });

  it('become blocks that are frozen as a whole where the job names them', () => {
    const { converted, notes, acnet, baseline } = startsOf(some, job({ layers: ['a', 'e'] }));
    expect(converted).toEqual(['a', 'e']);
    expect(notes).toContain('blocks of frozen convolutions are frozen as a whole, so they learn nothing: a');
    const added = frozen(acnet.checkpoint).filter((name) => !all.includes(name));
    expect(added).toEqual(['a_acb_hor', 'a_acb_hor_bn', 'a_acb_ver', 'a_acb_ver_bn']);
    expect(
      [...acnet.fresh, ...baseline.fresh].filter((name) => frozen(acnet.checkpoint).includes(name)),
    ).toEqual([]);
  });

  it('become blocks like all others where the job trains them', () => {
    const { converted, layers } = startsOf(some, job({ frozen: 'train' }));
    expect(converted).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(layers[0]).toMatch(/^\d layers frozen in the file are trained too/);
    expect(startsOf(network, job({ frozen: 'train' })).layers).toEqual([]);
  });

  it('are refused where nothing is left to train or to convert, with what to write', () => {
    const write = /"frozen": "train" in the job/;
    expect(() => startsOf(frozenIn(network, all), job({}))).toThrow(/every layer of this network is frozen/);
    expect(() => startsOf(frozenIn(network, all), job({}))).toThrow(write);
    const convolutions = frozenIn(network, ['a', 'b', 'c', 'd', 'e']);
    expect(() => startsOf(convolutions, job({}))).toThrow(
      /every convolution that could become a block is frozen/,
    );
    expect(() => startsOf(convolutions, job({}))).toThrow(write);
    expect(startsOf(convolutions, job({ frozen: 'train' })).converted).toHaveLength(5);
  });

  it('would keep the random weights of a start from scratch', () => {
    expect(() => startsOf(some, job({ start: 'scratch' }))).toThrow(/random weights.*"frozen": "train"/);
    expect(startsOf(some, job({ start: 'scratch', frozen: 'train' })).converted).toHaveLength(5);
  });
});
