import type { Emitter, Primitive, Step, Value } from '../../core/graph/lowering';
import type { ValueShape } from '../../core/graph/shape';
import { sizeOf, type Shape, type TensorRef } from '../../core/tensor/tensor';
import type { Slot, StepMoment, StepNumber, Variable } from './plan';
import { settled } from './settle';
import { keyOf } from './state';

/** Collects steps. Each variable is read once, however many nodes share it. */
export class PlanBuilder implements Emitter {
  readonly steps: Step[] = [];
  readonly variables: Variable[] = [];
  readonly slots: Slot[] = [];
  readonly numbers: StepNumber[] = [];
  private readonly reads = new Map<string, Value>();
  private readonly constants = new Map<string, Value>();
  private readonly named = new Map<string, Value>();
  private readonly moved = new Map<string, Value>();
  private values = 0;

  readonly emit = (primitive: Primitive, inputs: readonly Value[], shape: ValueShape): Value =>
    this.emitAll(primitive, inputs, [shape])[0];

  /** @throws UnsupportedError for settings that nothing can compute with (`settled`) */
  readonly emitAll = (
    asked: Primitive,
    inputs: readonly Value[],
    shapes: readonly ValueShape[],
  ): readonly Value[] => {
    const primitive = settled(asked, inputs, shapes);
    const outputs = shapes.map((shape) => ({ id: this.values++, shape }));
    this.steps.push({ primitive, inputs, outputs });
    return outputs;
  };

  readonly constant = (values: readonly number[], shape: Shape): Value => {
    if (values.length !== sizeOf(shape))
      throw new RangeError(`${values.length} numbers for [${shape.join()}]`);
    const key = `${shape.join()}:${values.join()}`;
    const known = this.constants.get(key) ?? this.emit({ op: 'constant', values }, [], shape);
    this.constants.set(key, known);
    return known;
  };

  /** Puts other steps in place of all so far; they must make every value that is still used. */
  replace(steps: readonly Step[]): void {
    this.steps.splice(0, this.steps.length, ...steps);
  }

  /** What the variable holds at the start of the step. */
  read(tensor: TensorRef): Value {
    const known = this.reads.get(tensor.name);
    if (known) return known;
    const value = this.emit({ op: 'read', variable: tensor.name }, [], tensor.shape);
    this.reads.set(tensor.name, value);
    this.variables.push({ name: tensor.name, shape: tensor.shape });
    return value;
  }

  /** Room for what is remembered of a weight. The slot's name cannot be a tensor's: those of files have no line break. */
  slot(kind: string, { name, shape }: Variable): Slot {
    const slot = { name: `\n${kind}\n${name}`, shape, key: keyOf(kind, name) };
    this.slots.push(slot);
    return slot;
  }

  /** What a slot holds at the start of the step. */
  remembered({ name, shape }: Slot): Value {
    return this.emit({ op: 'read', variable: name }, [], shape);
  }

  /** A number that is fed at each step; one name is one number. */
  readonly number = (name: string, at: (moment: StepMoment) => number): Value => {
    const known = this.named.get(name);
    if (known) return known;
    const value = this.emit({ op: 'input', name }, [], []);
    this.named.set(name, value);
    this.numbers.push({ value, at });
    return value;
  };

  /** What the statistic holds so far in this step: a batch norm that is called twice moves it twice. */
  statistic(tensor: TensorRef): Value {
    return this.moved.get(tensor.name) ?? this.read(tensor);
  }

  move(variable: string, value: Value): void {
    this.moved.set(variable, value);
  }

  get statistics(): ReadonlyMap<string, Value> {
    return this.moved;
  }
}
