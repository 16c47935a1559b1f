import type { Backend, Network, TrainingOptions, TrainingSession, Weights } from '../../src/engine/backend';

/** What a test can make of a training step. */
export interface FakeStep {
  /** From 1. */
  readonly step: number;
  readonly input: Float32Array;
  readonly targets: Float32Array;
  readonly learningRate: number;
}

/** A backend whose training step is a function of the test's; it writes down what it is given. */
export class FakeBackend implements Backend {
  readonly description = 'fake';
  readonly steps: FakeStep[] = [];
  readonly options: TrainingOptions[] = [];
  disposed = 0;

  constructor(private readonly loss: (step: FakeStep) => number) {}

  training(network: Network, options: TrainingOptions): TrainingSession {
    this.options.push(options);
    let calls = 0;
    const weights: Weights = new Map(
      [...network.tensors].map(([name, t]) => [name, t.readFloat32().slice()]),
    );
    const copy = (): Weights => new Map([...weights].map(([name, values]) => [name, values.slice()]));
    return {
      step: (input, targets, learningRate) => {
        const step = { step: ++calls, input, targets, learningRate };
        this.steps.push(step);
        const loss = this.loss(step);
        for (const values of weights.values())
          values.forEach((value, i) => (values[i] = value - loss * 0.01));
        return loss;
      },
      read: copy,
      capture: () => ({ weights: copy(), optimiser: new Map(), steps: calls }),
      restore: (state) => {
        for (const [name, values] of state.weights) weights.get(name)?.set(values);
        calls = state.steps;
      },
      get calls() {
        return calls;
      },
      dispose: () => void this.disposed++,
    };
  }

  inference(): never {
    throw new Error('the fake backend runs no network');
  }

  moments(): never {
    throw new Error('the fake backend runs no network');
  }

  unsupported(): readonly string[] {
    return [];
  }
}
