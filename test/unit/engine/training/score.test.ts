import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../../../src/engine/data/dataset';
import {
  answersOf,
  headOf,
  requireClasses,
  targetsOf,
  type Answers,
  type Head,
} from '../../../../src/engine/training/head';
import { MomentsSum } from '../../../../src/engine/training/moments';
import { Scorer, type Accuracy } from '../../../../src/engine/training/score';
import { NetworkBuilder } from '../../../support/networks';

const CLASSES: Head = { loss: 'categorical', logits: 'z', units: 7 };

function score(head: Answers, logits: readonly number[][], labels: readonly number[]): Accuracy {
  const scorer = new Scorer(head);
  scorer.add(Float32Array.from(logits.flat()), Int32Array.from(labels));
  return scorer.score;
}

describe('score', () => {
  it('top-1 and top-5 in percent', () => {
    const falling = [7, 6, 5, 4, 3, 2, 1];
    const { top1, top5, images } = score(CLASSES, [falling, falling, falling, falling], [0, 4, 5, 6]);
    expect({ top1, top5, images }).toEqual({ top1: 25, top5: 50, images: 4 });
  });

  it('of equal logits the first counts, as arg max has it', () => {
    const head = { ...CLASSES, units: 2 };
    expect(score(head, [[1, 1]], [0]).top1).toBe(100);
    expect(score(head, [[1, 1]], [1]).top1).toBe(0);
  });

  it('cross-entropy, also of logits that would overflow', () => {
    const head = { ...CLASSES, units: 2 };
    expect(score(head, [[0, 0]], [1]).loss).toBeCloseTo(Math.LN2, 12);
    expect(score(head, [[1000, 0]], [1]).loss).toBe(1000);
    expect(score(head, [[Math.log(3), 0]], [0]).loss).toBeCloseTo(Math.log(4 / 3), 6);
  });

  it('one unit: positive is class 1', () => {
    const head: Head = { loss: 'binary', logits: 'z', units: 1 };
    const { top1, top5, loss } = score(head, [[2], [-2], [2], [-2]], [1, 0, 0, 0]);
    expect([top1, top5]).toEqual([75, undefined]);
    const right = Math.log1p(Math.exp(-2));
    expect(loss).toBeCloseTo((3 * right + right + 2) / 4, 6);
  });

  it('several sigmoids: the loss is the mean over the units', () => {
    const head: Head = { loss: 'multiLabel', logits: 'z', units: 2 };
    const { top1, loss } = score(head, [[3, -3]], [0]);
    expect(top1).toBe(100);
    expect(loss).toBeCloseTo(Math.log1p(Math.exp(-3)), 6);
  });

  it('no top-5 of five classes, of six there is', () => {
    const rows = [6, 5, 4, 3, 2, 1];
    expect(score({ ...CLASSES, units: 5 }, [rows.slice(1)], [0])).toEqual({
      images: 1,
      top1: 100,
      loss: expect.any(Number) as number,
    });
    expect(score({ ...CLASSES, units: 6 }, [rows], [5])).toMatchObject({ top1: 0, top5: 0 });
  });

  it('without a loss the largest output is the class', () => {
    const answers: Answers = { logits: 'y', units: 3, noLoss: 'because' };
    expect(
      score(
        answers,
        [
          [0, 2, 1],
          [0, 2, 1],
        ],
        [1, 2],
      ),
    ).toEqual({ images: 2, top1: 50 });
  });

  it('adds up over batches', () => {
    const scorer = new Scorer({ ...CLASSES, units: 2 });
    scorer.add(Float32Array.of(1, 0), Int32Array.of(0));
    scorer.add(Float32Array.of(1, 0, 0, 1, 1, 0), Int32Array.of(1, 0, 0));
    expect(scorer.score).toMatchObject({ images: 4, top1: 50 });
  });

  it('refuses NaN', () => {
    expect(() => score({ ...CLASSES, units: 2 }, [[NaN, 0]], [1])).toThrow(/output is not a number/);
  });
});

describe('head', () => {
  const graph = (end: 'softmax' | 'sigmoid' | 'none' | 'relu', units: number) => {
    const b = new NetworkBuilder();
    const logits = b.dense(b.input([4]), units);
    return b.finish(end === 'none' ? logits : b.apply(end, logits, {})).graph;
  };
  const data = (classes: number, openEnded = false): Dataset =>
    ({ path: 'data', classes: Array.from({ length: classes }, String), openEnded }) as unknown as Dataset;

  it('follows from the last activation and the number of units', () => {
    expect(headOf(graph('softmax', 3))).toMatchObject({ loss: 'categorical', units: 3, logits: 'dense1' });
    expect(headOf(graph('none', 3))).toMatchObject({ loss: 'categorical', units: 3, logits: 'dense1' });
    expect(headOf(graph('sigmoid', 1))).toMatchObject({ loss: 'binary', units: 1, logits: 'dense1' });
    expect(headOf(graph('sigmoid', 3))).toMatchObject({ loss: 'multiLabel', units: 3 });
    expect(() => headOf(graph('relu', 3))).toThrow(/ends in relu/);
  });

  it('that no loss fits can be evaluated where it has one number a class', () => {
    expect(answersOf(graph('softmax', 3))).toEqual(headOf(graph('softmax', 3)));
    const answers = answersOf(graph('relu', 3));
    expect(answers).toMatchObject({ logits: graph('relu', 3).outputs[0], units: 3 });
    expect(answers.loss).toBeUndefined();
    expect(answers.noLoss).toBe(
      'the network ends in relu, which the categorical loss cannot train (expected softmax, or no activation (logits); found relu)',
    );
    const b = new NetworkBuilder();
    const images = b.finish(b.apply('relu', b.conv(b.input([1, 1, 4]), 3, [1, 1]), {}, 3)).graph;
    expect(answersOf(images)).toMatchObject({ units: 3 });
    expect(() => answersOf(graph('relu', 1))).toThrow(/ends in relu/);
    const c = new NetworkBuilder();
    const map = c.finish(c.apply('relu', c.conv(c.input([4, 4, 4]), 3, [1, 1]), {}, 3)).graph;
    expect(() => answersOf(map)).toThrow(/ends in relu/);
  });

  it('of a network with layers that are not known names the first of them', () => {
    const b = new NetworkBuilder();
    const hidden = b.apply('opaque', b.input([4]), { type: 'Resize' });
    const { graph: unknown } = b.finish(b.apply('opaque', hidden, { type: 'MatMul' }));
    const said = /^a layer of the network cannot be run \(.*; found Resize\)$/;
    expect(() => headOf(unknown)).toThrow(said);
    expect(() => answersOf(unknown)).toThrow(said);
  });

  it('behind a layer that is not known is refused for that layer, not for its shape', () => {
    const b = new NetworkBuilder();
    const hidden = b.apply('opaque', b.input([4]), { type: 'Resize' });
    const flat = b.finish(b.apply('flatten', hidden, {})).graph;
    expect(() => headOf(flat)).toThrow(/^a layer of the network cannot be run \(.*; found Resize\)$/);
  });

  it('wants as many classes as units; of numbered labels fewer will do', () => {
    const head = headOf(graph('softmax', 3));
    expect(() => requireClasses(data(3), head)).not.toThrow();
    expect(() => requireClasses(data(2, true), head)).not.toThrow();
    expect(() => requireClasses(data(2), head)).toThrow(
      /same classes \(expected 3 classes, the network's outputs; found 2 classes/,
    );
    expect(() => requireClasses(data(4, true), head)).toThrow(/found 4 classes/);
    const binary = headOf(graph('sigmoid', 1));
    expect(() => requireClasses(data(2), binary)).not.toThrow();
    expect(() => requireClasses(data(3), binary)).toThrow(/expected 2/);
  });

  it('targets are one-hot, or the label itself for one unit', () => {
    expect([...targetsOf(Int32Array.of(2, 0), headOf(graph('softmax', 3)))]).toEqual([0, 0, 1, 1, 0, 0]);
    expect([...targetsOf(Int32Array.of(1, 0), headOf(graph('sigmoid', 1)))]).toEqual([1, 0]);
  });
});

describe('moments', () => {
  it('of batches are those of all numbers, far from zero too', () => {
    const all = Array.from({ length: 30 }, (_, i) => 1e6 + ((i * 7919) % 31));
    const moments = (values: readonly number[]) => {
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const variance = values.reduce((total, v) => total + (v - mean) ** 2, 0) / values.length;
      return { mean: Float64Array.of(mean), variance: Float64Array.of(variance), count: values.length };
    };
    const sum = new MomentsSum();
    for (const part of [all.slice(0, 3), all.slice(3, 20), all.slice(20)]) sum.add(moments(part));
    expect(sum.moments.count).toBe(30);
    expect(sum.moments.mean[0]).toBeCloseTo(moments(all).mean[0], 6);
    expect(sum.moments.variance[0]).toBeCloseTo(moments(all).variance[0], 6);
  });
});
