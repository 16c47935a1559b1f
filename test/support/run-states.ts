import { FIGURE_5 } from '../../src/shared/paper';
import type { PruneResult, PruningPoint, TrainResult } from '../../src/contract/results';
import type { PruningState } from '../../src/contract/operations/prune';
import type { ArmHistory, TrainingState } from '../../src/contract/operations/train';
import type { PositionGroup } from '../../src/shared/position-groups';

/** Ratios of a run that was refined up to 30 % and is coarse beyond, as a part of the paper's steps. */
const REFINED = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 20, 25, 30, 35, 40, 44, 45];

/** Points of the paper's figure 5a, standing in for a run. */
function paperPoints(group: PositionGroup, percents: readonly number[]): PruningPoint[] {
  const curve = FIGURE_5.normal[group];
  return percents.flatMap((percent) => {
    const [mean, std] = [curve?.mean[percent], curve?.std[percent]];
    return mean === undefined || std === undefined ? [] : [{ ratio: percent / 100, mean, std }];
  });
}

const RATIOS = Array.from({ length: 46 }, (_, percent) => percent / 100);

/** A check in the middle of its refinement. */
export function pruningRun(change: Partial<PruningState> = {}): PruningState {
  const coarse = REFINED.filter((percent) => percent < 13 || percent % 5 === 0);
  return {
    data: '/data/cifar10/test',
    phase: 'running',
    options: { groups: ['corner', 'skeleton', 'global'], ratios: RATIOS, seeds: 5 },
    curves: {
      corner: paperPoints('corner', REFINED),
      skeleton: paperPoints('skeleton', REFINED),
      global: paperPoints('global', coarse),
    },
    progress: {
      phase: 'Pruning check',
      done: 3_100_000,
      total: 6_800_000,
      perSecond: 3420,
      secondsLeft: 960,
    },
    ...change,
  };
}

/** The same, whole. */
export function pruningDone(measure: PruneResult['measure'] = 'accuracy'): PruningState {
  const percents = RATIOS.map((ratio) => Math.round(ratio * 100));
  const curves = {
    corner: paperPoints('corner', percents),
    skeleton: paperPoints('skeleton', percents),
    global: paperPoints('global', percents),
  };
  const { progress: _progress, ...run } = pruningRun();
  const result: PruneResult = {
    measure,
    unpruned: measure === 'agreement' ? 100 : 94.32,
    preprocessing: '32 × 32 × 3, pixels 0–255 × 1/255',
    curves,
    images: 10_000,
    seeds: 5,
    layers: 55,
    sizes: [{ kernel: [3, 3], layers: 55, shares: { corner: 4 / 9, skeleton: 5 / 9, global: 1 } }],
  };
  return { ...run, phase: 'done', curves, result };
}

/** An arm that has trained for `epochs` of 40, made up but the same each time. */
export function armHistory(epochs: number, gain: number, start = 93.62): ArmHistory {
  const wobble = (index: number) => Math.sin(index * 2.3) * 0.12;
  const loss = (epoch: number) => 0.045 + 0.085 * Math.exp(-epoch / 5) + (gain > 0.5 ? 0.004 : 0);
  const count = Math.min(600, Math.max(0, epochs * 40));
  return {
    before: { top1: start, loss: 0.31 },
    steps: Array.from({ length: count }, (_, index) => {
      const step = Math.max(1, Math.round(((index + 1) / count) * epochs * 391));
      return { step, loss: loss(step / 391) * (1 + 0.15 * Math.sin(index * 1.7)) };
    }),
    epochs: Array.from({ length: epochs }, (_, index) => ({
      epoch: index + 1,
      loss: loss(index + 1),
      top1: start - 0.75 * Math.exp(-index / 2) + gain * (1 - Math.exp(-index / 5)) + wobble(index),
      valLoss: 0.3 - 0.002 * index,
    })),
    learningRate: 0.00716,
    imagesPerSecond: 342,
  };
}

export const TRAIN_RESULT: TrainResult = {
  baseline: { top1: 94.08, before: 93.62, trained: true },
  acnet: { top1: 94.27, before: 93.62 },
  difference: { points: 0.19, low: -0.0089, high: 0.3888, won: 60, lost: 41, p: 0.073, images: 10_000 },
  fused: { top1: 94.27, maxRel: 3.2e-7, passed: true },
  outputs: { baseline: 'resnet56.plain.h5', acnet: 'resnet56.acnet.h5', fused: 'resnet56.fused.h5' },
  backend: 'TensorFlow 2.21.0',
  seconds: 4320,
};

/** A run whose plain arm is done and whose ACNet is in its 15th epoch. */
export function trainingRun(change: Partial<TrainingState> = {}): TrainingState {
  return {
    jobFile: '/home/ada/resnet56-cifar10.acnet.json',
    phase: 'running',
    epochs: 40,
    stepsPerEpoch: 391,
    backend: 'TensorFlow 2.21.0',
    arm: 'acnet',
    arms: { baseline: armHistory(40, 0.5), acnet: armHistory(14, 0.7) },
    progress: { phase: 'acnet: training', done: 5591, total: 15640, perSecond: 2.7, secondsLeft: 1860 },
    log: [
      'baseline: 40 epochs of 391 steps on TensorFlow 2.21.0',
      'acnet: epoch 13, training loss 0.0512, top-1 94.19 %, loss 0.2791',
      'acnet: epoch 14, training loss 0.0500, top-1 94.27 %, loss 0.2768',
    ],
    ...change,
  };
}
