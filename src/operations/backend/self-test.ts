import { UserError } from '../../core/errors';
import { makeGraph } from '../../core/graph/build';
import type { GraphNode } from '../../core/graph/graph';
import { createRandom } from '../../core/random';
import { sizeOf, tensorOf, type Shape, type TensorRef } from '../../core/tensor/tensor';
import type { Network, TrainingSession } from '../../engine/backend';
import { breathe, type OperationContext } from '../kit/context';
import type { SelfTestResult } from '../../contract/results';

const STEPS = 10;
const BATCH = 16;
const SIZE = 8;
const CLASSES = 2;
const CHANNELS = 4;
const RATE = 0.1;

/**
 * Trains a tiny network for ten steps on images that are dark or bright: shows that the backend's libraries load, compile
 * and learn on this processor.
 * @throws UserError when the loss is not a number, or does not fall
 */
export async function selfTest(context: OperationContext): Promise<SelfTestResult> {
  const backend = await context.backend();
  const start = performance.now();
  const session = backend.training(tinyNetwork(), {
    batch: BATCH,
    optimiser: { kind: 'sgd', momentum: 0.9, weightDecay: 0 },
    loss: 'categorical',
    labelSmoothing: 0,
    seed: 1,
  });
  try {
    const losses = await train(session, context);
    const [firstLoss = NaN, lastLoss = NaN] = [losses[0], losses.at(-1)];
    if (!(lastLoss < firstLoss)) {
      throw new UserError('the backend runs and does not learn', {
        found: `loss ${firstLoss} at the first of ${STEPS} steps, ${lastLoss} at the last`,
      });
    }
    const seconds = (performance.now() - start) / 1000;
    return { backend: backend.description, steps: losses.length, seconds, firstLoss, lastLoss };
  } finally {
    session.dispose();
  }
}

async function train(session: TrainingSession, context: OperationContext): Promise<number[]> {
  const { images, targets } = darkAndBright();
  const losses: number[] = [];
  while (losses.length < STEPS) {
    losses.push(session.step(images, targets, RATE));
    context.onProgress({ phase: 'testing', done: losses.length, total: STEPS });
    await breathe(context);
  }
  return losses;
}

function darkAndBright(): { images: Float32Array; targets: Float32Array } {
  const random = createRandom(1);
  const images = new Float32Array(BATCH * SIZE * SIZE);
  const targets = new Float32Array(BATCH * CLASSES);
  for (let image = 0; image < BATCH; image++) {
    targets[image * CLASSES + (image % CLASSES)] = 1;
    const from = image * SIZE * SIZE;
    for (let i = 0; i < SIZE * SIZE; i++) images[from + i] = random.uniform() + (image % CLASSES);
  }
  return { images, targets };
}

/** Convolution, batch norm, ReLU, pooling, dense, softmax. */
function tinyNetwork(): Network {
  const random = createRandom(2);
  const tensors = new Map<string, TensorRef>();
  const tensor = (name: string, shape: Shape, value: () => number): string => {
    tensors.set(name, tensorOf(name, shape, Float32Array.from({ length: sizeOf(shape) }, value)));
    return name;
  };
  const constant = (name: string, value: number): string => tensor(name, [CHANNELS], () => value);
  const convolution = {
    kernelSize: [3, 3],
    filters: CHANNELS,
    strides: [1, 1],
    dilations: [1, 1],
    groups: 1,
    padding: 'same',
  } as const;
  const kernel = tensor('kernel', [3, 3, 1, CHANNELS], () => random.normal() / 3);
  const norm = {
    gamma: constant('gamma', 1),
    beta: constant('beta', 0),
    mean: constant('mean', 0),
    variance: constant('variance', 1),
  };
  const head = tensor('head', [CHANNELS, CLASSES], () => random.normal() / 2);
  const bias = tensor('bias', [CLASSES], () => 0);
  const nodes: GraphNode[] = [
    {
      ...made('image'),
      op: 'input',
      attributes: { shape: [null, SIZE, SIZE, 1] },
      inputs: [],
      parameters: {},
    },
    { ...made('conv'), op: 'conv2d', attributes: convolution, inputs: ['image:0'], parameters: { kernel } },
    {
      ...made('norm'),
      op: 'batchNorm',
      attributes: { epsilon: 1e-3, momentum: 0.9 },
      inputs: ['conv:0'],
      parameters: norm,
    },
    { ...made('relu'), op: 'relu', attributes: {}, inputs: ['norm:0'], parameters: {} },
    {
      ...made('pool'),
      op: 'globalAveragePool',
      attributes: { keepDims: false },
      inputs: ['relu:0'],
      parameters: {},
    },
    {
      ...made('dense'),
      op: 'dense',
      attributes: { units: CLASSES },
      inputs: ['pool:0'],
      parameters: { kernel: head, bias },
    },
    { ...made('softmax'), op: 'softmax', attributes: {}, inputs: ['dense:0'], parameters: {} },
  ];
  return { graph: makeGraph({ nodes, outputs: ['softmax:0'] }, tensors), tensors };
}

function made(name: string): { name: string; outputs: readonly string[] } {
  return { name, outputs: [`${name}:0`] };
}
