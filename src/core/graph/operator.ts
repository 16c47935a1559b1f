import { UserError } from '../errors';
import type { LoweringContext, Value } from './lowering';
import type { Dim, ValueShape } from './shape';
import type { Shape } from '../tensor/tensor';

/** A parameter an operator may have. */
export interface ParameterRole {
  readonly role: string;
  readonly optional?: boolean;
  /** False for statistics that are measured, not learnt. */
  readonly trainable: boolean;
}

/** What a node reads, at least one of it. */
export type Inputs<T> = readonly [T, ...T[]];

/** @throws UserError if a node reads nothing, which only a file can make it */
export function inputsOf<T>(values: readonly T[]): Inputs<T> {
  const [first, ...rest] = values;
  if (first === undefined) throw new UserError('a node reads no value');
  return [first, ...rest];
}

/** The shape of a parameter that a node must have. @throws UserError if it is missing */
export function parameterOf(parameters: Readonly<Record<string, Shape>>, role: string): Shape {
  const shape = parameters[role];
  if (!shape) throw new UserError(`a ${role} is missing`);
  return shape;
}

/** What an operator's rules see of one node. */
export interface OperatorContext<A> {
  readonly attributes: A;
  /** Shapes of the inputs; of a network input its own shape. */
  readonly inputs: Inputs<ValueShape>;
  /** Shapes of the parameters that are there, by role. */
  readonly parameters: Readonly<Record<string, Shape>>;
}

/** An operator: what it needs, what shape it makes, what it costs. One file each in `ops/`. */
export interface Operator<A> {
  readonly type: string;
  readonly parameters: readonly ParameterRole[];
  /** What holds of every input, for one of which nothing else is known. */
  readonly anyInput?: ValueShape;
  /**
   * Shape of the output.
   * @throws UserError when inputs and parameters do not fit.
   */
  inferShape(context: OperatorContext<A>): ValueShape;
  /** Multiply–accumulates for one input (batch 1); null when sizes are unknown. Absent means none. */
  macs?(context: OperatorContext<A>, output: ValueShape): number | null;
  /** Writes the node as primitive steps and returns its output. Absent: the engine cannot run it. */
  lower?(context: LoweringContext<A>): Value;
}

/** Product of dims after the batch; null when one is unknown. */
export function elements(dims: readonly Dim[]): number | null {
  let product = 1;
  for (const dim of dims) {
    if (dim === null) return null;
    product *= dim;
  }
  return product;
}
