import type { TensorRef } from '../../core/tensor/tensor';
import type { InferenceSession, Result, Weights } from '../backend';
import type { InferencePlan } from '../plan/plan';
import { Executor, type Feed } from './executor';
import type { Runtime } from './runtime';

/** A forward pass, step by step. */
export class PortableInference implements InferenceSession {
  private readonly executor: Executor;

  constructor(
    rt: Runtime,
    private readonly plan: InferencePlan,
    tensors: ReadonlyMap<string, TensorRef>,
    readonly values: readonly string[],
  ) {
    this.executor = new Executor(rt, plan, tensors, plan.outputs);
  }

  run(inputs: readonly Float32Array[], batch: number): readonly Result[] {
    const feeds = new Map<number, Feed>();
    this.plan.inputs.forEach((value, i) => {
      if (!value) return;
      const shape = [batch, ...value.shape.slice(1).map(Number)];
      feeds.set(value.id, { name: `input ${i}`, shape, values: inputs[i] ?? new Float32Array() });
    });
    return this.executor.run(feeds, (value) =>
      this.plan.outputs.map((output) => {
        const tensor = value(output);
        return { shape: tensor.shape, values: this.executor.rt.view(tensor).slice() };
      }),
    );
  }

  assign(weights: Weights): void {
    for (const [name, values] of weights) this.executor.assign(name, values);
  }

  dispose(): void {
    this.executor.dispose();
  }
}
