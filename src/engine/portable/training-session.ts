import type { Value } from '../../core/graph/lowering';
import { sizeOf, type TensorRef } from '../../core/tensor/tensor';
import type { Optimiser, TrainingSession, TrainingState, Weights } from '../backend';
import type { TrainingPlan, Update, Variable } from '../plan/plan';
import { requireSame } from '../plan/state';
import { Executor, type Feed } from './executor';
import type { Runtime, Tensor } from './runtime';

/** Training, step by step: forward, backward, update. */
export class PortableTraining implements TrainingSession {
  calls = 0;
  private steps = 0;
  private readonly executor: Executor;
  /** The optimiser's memory of past gradients. */
  private readonly velocities = new Map<string, Tensor>();

  constructor(
    private readonly rt: Runtime,
    private readonly plan: TrainingPlan,
    tensors: ReadonlyMap<string, TensorRef>,
    private readonly optimiser: Optimiser,
  ) {
    const kept = [plan.loss, ...plan.updates.map(({ value }) => value)];
    this.executor = new Executor(rt, plan, tensors, kept);
  }

  step(input: Float32Array, targets: Float32Array, learningRate: number): number {
    this.calls++;
    const feeds = new Map<number, Feed>([
      [this.plan.input.id, feed('input', input, this.plan.input)],
      [this.plan.targets.id, feed('targets', targets, this.plan.targets)],
    ]);
    const loss = this.executor.run(
      feeds,
      (value) => {
        for (const update of this.plan.updates) this.update(update, value(update.value), learningRate);
        return this.rt.view(value(this.plan.loss))[0];
      },
      this.steps,
    );
    this.steps++;
    return loss;
  }

  read(): Weights {
    this.calls++;
    const values = (name: string): Float32Array => this.rt.view(this.executor.variable(name)).slice();
    return new Map(this.plan.variables.map(({ name }) => [name, values(name)]));
  }

  capture(): TrainingState {
    const past = ({ name, shape }: Variable): Float32Array => {
      const velocity = this.velocities.get(name);
      return velocity ? this.rt.view(velocity).slice() : new Float32Array(sizeOf(shape));
    };
    const optimiser = new Map(this.learnt.map((variable) => [variable.name, past(variable)]));
    return { weights: this.read(), optimiser, steps: this.steps };
  }

  restore({ weights, optimiser, steps }: TrainingState): void {
    requireSame('weights', this.plan.variables, weights);
    requireSame('velocities', this.learnt, optimiser);
    for (const [name, values] of weights) this.executor.assign(name, values);
    this.rt.free(...this.velocities.values());
    this.velocities.clear();
    for (const { name, shape } of this.learnt) {
      const values = optimiser.get(name);
      if (values) this.velocities.set(name, this.rt.upload(name, values, shape));
    }
    this.steps = steps;
  }

  dispose(): void {
    this.executor.dispose();
    this.rt.free(...this.velocities.values());
    this.velocities.clear();
  }

  /** The variables that have a velocity. */
  private get learnt(): readonly Variable[] {
    const names = new Set(
      this.plan.updates.flatMap(({ kind, variable }) => (kind === 'descend' ? [variable] : [])),
    );
    return this.plan.variables.filter(({ name }) => names.has(name));
  }

  private update({ kind, variable }: Update, value: Tensor, rate: number): void {
    const next = kind === 'assign' ? this.rt.alias(value) : this.descended(variable, value, rate);
    this.executor.replace(variable, next);
  }

  /** velocity ← momentum · velocity + gradient; the weight goes down by it, or as Nesterov looks ahead. */
  private descended(variable: string, gradient: Tensor, rate: number): Tensor {
    const { momentum, nesterov = false } = this.optimiser;
    const velocity = this.velocities.get(variable) ?? this.rt.fill(gradient.shape, (to) => to.fill(0));
    this.velocities.set(variable, velocity);
    const weight = this.executor.variable(variable);
    return this.rt.fill(weight.shape, (to) => {
      const [w, v, g] = [weight, velocity, gradient].map((tensor) => this.rt.view(tensor));
      for (let i = 0; i < to.length; i++) {
        v[i] = momentum * v[i] + g[i];
        to[i] = w[i] - rate * (nesterov ? g[i] + momentum * v[i] : v[i]);
      }
    });
  }
}

function feed(name: string, values: Float32Array, { shape }: Value): Feed {
  return { name, values, shape: shape.map(Number) };
}
