import { beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Loss, TrainingOptions } from '../../../src/engine/backend';
import { createPortableBackend } from '../../../src/engine/portable/backend';
import { nativeBackend } from '../../support/native';
import { NetworkBuilder } from '../../support/networks';

const BATCH = 5;
const OPTIONS: Omit<TrainingOptions, 'loss'> = {
  ...{ batch: BATCH, labelSmoothing: 0, seed: 1 },
  optimiser: { kind: 'sgd', momentum: 0, weightDecay: 0 },
};

let backends: Readonly<Record<string, Backend>>;
beforeAll(async () => {
  backends = { tensorflow: await nativeBackend(), portable: await createPortableBackend() };
});

function sigmoidNetwork(units: number) {
  const b = new NetworkBuilder(3);
  const logits = b.dense(b.apply('flatten', b.input([2, 2, 1]), {}, 4), units);
  return { logits, network: b.finish(b.apply('sigmoid', logits, {})), x: b.values(BATCH, 2, 2, 1) };
}

/** Of PyTorch's two-class `CrossEntropyLoss(weight, label_smoothing)` on the logits (0, x), and its gradient by x. */
function expectedOf(
  x: readonly number[],
  labels: readonly number[],
  weights: readonly number[],
  smoothing: number,
) {
  let [loss, divisor] = [0, 0];
  const gradient = x.map((value, i) => {
    const [first = 0, second = 0] = weights;
    const target = (1 - smoothing) * (labels[i] ?? 0) + smoothing / 2;
    const answer = 1 / (1 + Math.exp(-value));
    loss -= second * target * Math.log(answer) + first * (1 - target) * Math.log(1 - answer);
    divisor += labels[i] === 1 ? second : first;
    return second * target * (answer - 1) + first * (1 - target) * answer;
  });
  return { loss: loss / divisor, gradient: gradient.map((value) => value / divisor) };
}

describe.each(['tensorflow', 'portable'])('class weights of a network of one output, %s', (kind) => {
  it.each([0, 0.2])('weigh the loss and its gradient, smoothed by %d', (labelSmoothing) => {
    const { logits, network, x } = sigmoidNetwork(1);
    const labels = [0, 1, 1, 0, 1];
    const [kernel, bias] = ['kernel', 'bias'].map((role) =>
      network.tensors.get(`${logits}/${role}`)?.readFloat32(),
    );
    const answers = labels.map((_, i) =>
      [0, 1, 2, 3].reduce((sum, j) => sum + (x[i * 4 + j] ?? 0) * (kernel?.[j] ?? 0), bias?.[0] ?? 0),
    );
    const wanted = expectedOf(answers, labels, [0.4, 3], labelSmoothing);
    const options = { ...OPTIONS, labelSmoothing, loss: 'binary' as const, classWeights: [0.4, 3] };
    const session = backends[kind]?.training(network, options);
    expect(session?.step(x, Float32Array.from(labels), 1)).toBeCloseTo(wanted.loss, 5);
    const after = session?.read().get(`${logits}/bias`)?.[0] ?? NaN;
    session?.dispose();
    expect((bias?.[0] ?? NaN) - after).toBeCloseTo(
      wanted.gradient.reduce((a, b) => a + b),
      5,
    );
  });

  it('are refused where an image has several labels', () => {
    const { network } = sigmoidNetwork(3);
    const ask = (loss: Loss) => () =>
      backends[kind]?.training(network, { ...OPTIONS, loss, classWeights: [1, 2, 3] });
    expect(ask('multiLabel')).toThrow(/^class weights require one label an image/);
  });
});
