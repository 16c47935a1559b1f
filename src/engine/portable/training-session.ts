import type { Value } from '../../core/graph/lowering';
import type { TensorRef } from '../../core/tensor/tensor';
import type { TrainingSession, TrainingState, Weights } from '../backend';
import type { TrainingPlan, Update } from '../plan/plan';
import { momentAfter, requireSame, slotsOf } from '../plan/state';
import { Executor, type Feed } from './executor';
import type { Runtime, Tensor } from './runtime';

/** Training, step by step: forward, backward, update. */
export class PortableTraining implements TrainingSession {
  calls = 0;
  private steps = 0;
  private readonly executor: Executor;

  constructor(
    private readonly rt: Runtime,
    private readonly plan: TrainingPlan,
    tensors: ReadonlyMap<string, TensorRef>,
  ) {
    this.executor = new Executor(rt, plan, tensors, [plan.loss, ...plan.updates.flatMap(valuesOf)]);
  }

  step(input: Float32Array, targets: Float32Array, learningRate: number, momentum?: number): number {
    this.calls++;
    const moment = momentAfter(this.steps, this.plan, { learningRate, momentum });
    const isLast = moment.part === this.plan.parts - 1;
    const feeds = new Map<number, Feed>([
      [this.plan.input.id, feed('input', input, this.plan.input)],
      [this.plan.targets.id, feed('targets', targets, this.plan.targets)],
      ...this.plan.numbers.map(({ value, at }): [number, Feed] => [
        value.id,
        feed('a number', Float32Array.of(at(moment)), value),
      ]),
    ]);
    const loss = this.executor.run(
      feeds,
      (value) => {
        for (const update of this.plan.updates) {
          if (isLast || update.when !== 'last') this.update(update, value);
        }
        return this.rt.view(value(this.plan.loss))[0];
      },
      this.steps,
    );
    this.steps++;
    return loss;
  }

  read(): Weights {
    this.calls++;
    return new Map(this.plan.variables.map(({ name }) => [name, this.values(name)]));
  }

  capture(): TrainingState {
    const optimiser = new Map(this.plan.slots.map(({ key, name }) => [key, this.values(name)]));
    return { weights: this.read(), optimiser, steps: this.steps };
  }

  restore({ weights, optimiser, steps }: TrainingState): void {
    requireSame('weights', this.plan.variables, weights);
    const slots = slotsOf(this.plan, optimiser);
    for (const [name, values] of weights) this.executor.assign(name, values);
    for (const [{ name, shape }, values] of slots) {
      this.executor.replace(name, this.rt.upload(name, values, shape));
    }
    this.steps = steps;
  }

  dispose(): void {
    this.executor.dispose();
  }

  private values(variable: string): Float32Array {
    return this.rt.view(this.executor.variable(variable)).slice();
  }

  private update(update: Update, value: (wanted: Value) => Tensor): void {
    const next =
      update.kind === 'assign' ? this.rt.alias(value(update.value)) : this.descended(update, value);
    this.executor.replace(update.variable, next);
  }

  private descended(
    { variable, velocity, value: gradient, rate, momentum, nesterov }: Descent,
    value: (wanted: Value) => Tensor,
  ): Tensor {
    const weight = this.executor.variable(variable);
    return this.rt.fill(weight.shape, (to) => {
      const [w, v, g] = [weight, this.executor.variable(velocity), value(gradient)].map((tensor) =>
        this.rt.view(tensor),
      );
      const [down, keep] = [rate, momentum].map((number) => this.rt.view(value(number))[0]);
      for (let i = 0; i < to.length; i++) {
        v[i] = keep * v[i] + g[i];
        to[i] = w[i] - down * (nesterov ? g[i] + keep * v[i] : v[i]);
      }
    });
  }
}

type Descent = Extract<Update, { readonly kind: 'descend' }>;

function valuesOf(update: Update): Value[] {
  return update.kind === 'assign' ? [update.value] : [update.value, update.rate, update.momentum];
}

function feed(name: string, values: Float32Array, { shape }: Value): Feed {
  return { name, values, shape: shape.map(Number) };
}
