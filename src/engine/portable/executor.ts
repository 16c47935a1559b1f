import type { Step, Value } from '../../core/graph/lowering';
import { createRandom, streamSeed } from '../../core/random';
import type { TensorRef } from '../../core/tensor/tensor';
import type { Plan } from '../plan/plan';
import { execute, type Surroundings } from './primitives';
import type { Runtime, Tensor } from './runtime';

/** Runs a plan's steps one by one. Every value is freed after the last step that uses it. */
export class Executor {
  private readonly variables = new Map<string, Tensor>();
  private readonly constants = new Map<string, Tensor>();
  private readonly last: ReadonlyArray<readonly number[]>;
  private open = true;

  /** @param kept values that `run` returns */
  constructor(
    readonly rt: Runtime,
    private readonly plan: Plan,
    tensors: ReadonlyMap<string, TensorRef>,
    kept: readonly Value[],
  ) {
    this.last = lastUses(plan.steps, new Set(kept.map(({ id }) => id)));
    for (const { name } of plan.variables) {
      const tensor = tensors.get(name);
      if (!tensor) throw new Error(`no tensor ${name}`);
      this.assign(name, tensor.readFloat32());
    }
    for (const { name, shape } of plan.slots ?? [])
      this.replace(
        name,
        rt.fill(shape, (to) => to.fill(0)),
      );
  }

  /** Replaces a variable's values. @throws RangeError for a name the plan does not use, or another size. */
  assign(name: string, values: Float32Array): void {
    const variable = this.plan.variables.find((each) => each.name === name);
    if (!variable) throw new RangeError(`${name}: what this session runs has no such weight`);
    this.replace(name, this.rt.upload(name, values, variable.shape));
  }

  /** Makes a tensor the variable; the old one is freed. A new tensor, since kernels keep packed copies of weights. */
  replace(name: string, tensor: Tensor): void {
    const old = this.variables.get(name);
    this.variables.set(name, tensor);
    if (old) this.rt.free(old);
  }

  variable(name: string): Tensor {
    const tensor = this.variables.get(name);
    if (!tensor) throw new Error(`no variable ${name}`);
    return tensor;
  }

  /**
   * Runs all steps.
   * @param feeds by the ids of the plan's inputs; they are freed like every value
   * @param use what is done with the values to keep, which are freed afterwards
   * @param count of runs before this one, on which random draws depend
   */
  run<T>(feeds: ReadonlyMap<number, Feed>, use: (value: (wanted: Value) => Tensor) => T, count = 0): T {
    if (!this.open) throw new Error('the session has been disposed');
    const live = new Map<number, Tensor>();
    const of = ({ id }: Value): Tensor => present(live, id);
    try {
      const surroundings = this.surroundings(feeds, count);
      this.plan.steps.forEach(({ primitive, inputs, outputs }, i) => {
        const made = execute({ rt: this.rt, primitive, inputs: inputs.map(of), outputs, surroundings });
        outputs.forEach(({ id }, output) => live.set(id, made[output]));
        for (const id of this.last[i]) this.release(live, id);
      });
      return use(of);
    } finally {
      for (const id of [...live.keys()]) this.release(live, id);
    }
  }

  dispose(): void {
    if (!this.open) return;
    this.open = false;
    this.rt.free(...this.variables.values(), ...this.constants.values());
  }

  private release(live: Map<number, Tensor>, id: number): void {
    this.rt.free(present(live, id));
    live.delete(id);
  }

  private surroundings(feeds: ReadonlyMap<number, Feed>, count: number): Surroundings {
    return {
      fed: ({ id }) => {
        const { name, values, shape } = present(feeds, id);
        return this.rt.upload(name, values, shape);
      },
      variable: (name) => this.rt.alias(this.variable(name)),
      constant: (values, shape) => this.rt.alias(this.constant(values, shape)),
      random: (seed) => createRandom(streamSeed(seed, `step ${count}`)),
    };
  }

  private constant(values: readonly number[], shape: readonly number[]): Tensor {
    const key = `${shape.join()}:${values.join()}`;
    const known = this.constants.get(key) ?? this.rt.upload('constant', Float32Array.from(values), shape);
    this.constants.set(key, known);
    return known;
  }
}

/** Numbers for one of the plan's inputs. */
export interface Feed {
  /** For messages. */
  readonly name: string;
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** For each step the values that nothing needs after it: those used last by it, and those nobody uses. */
function lastUses(steps: readonly Step[], kept: ReadonlySet<number>): number[][] {
  const last = new Map<number, number>();
  steps.forEach(({ inputs, outputs }, i) => {
    for (const { id } of [...inputs, ...outputs]) last.set(id, i);
  });
  const ends: number[][] = steps.map(() => []);
  for (const [id, step] of last) if (!kept.has(id)) ends[step].push(id);
  return ends;
}

function present<T>(values: ReadonlyMap<number, T>, id: number): T {
  const value = values.get(id);
  if (value === undefined) throw new Error(`the plan uses value ${id} before it is made`);
  return value;
}
