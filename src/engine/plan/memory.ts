import type { Step, Value } from '../../core/graph/lowering';
import { sizeOf } from '../../core/tensor/tensor';
import type { InferencePlan, TrainingPlan } from './plan';

const FLOAT = 4;

/** Steps whose output takes the place of an input that nothing needs any more. */
const IN_PLACE: ReadonlySet<string> = new Set([
  ...['relu', 'reluGrad', 'leakyRelu', 'leakyReluGrad', 'sigmoid', 'sigmoidGrad', 'unary', 'biasAdd'],
  ...[
    'addN',
    'addConstant',
    'multiplyConstant',
    'applyMask',
    'binary',
    'scale',
    'movingAverage',
    'sumOfNorms',
  ],
  ...['sumOfNormsGrad'],
]);

/** Steps whose output is the input's memory, in another shape perhaps. */
const ALIASES: ReadonlySet<string> = new Set(['identity', 'reshape']);

/** What a training step holds in memory, in bytes. */
export interface StepMemory {
  /** Weights, statistics, and what the training keeps of each of them. */
  readonly parameters: number;
  /** Activations and gradients at the moment when most of them are needed, the batch included. */
  readonly activations: number;
}

/**
 * Follows the plan step by step: a value takes its place when it is made, and gives it back after its last use. Room
 * that an executor needs inside an operator is not counted.
 */
export function stepMemory(plan: TrainingPlan): StepMemory {
  const kept = [...plan.variables, ...plan.slots];
  const parameters = kept.reduce((sum, { shape }) => sum + FLOAT * sizeOf(shape), 0);
  return { parameters, activations: mostAlive(plan.steps, 1) };
}

/** Activations of a forward pass over a batch at the moment when most of them are needed, in bytes. */
export function inferenceMemory({ steps }: InferencePlan, batch: number): number {
  return mostAlive(steps, batch);
}

/** Memory that one or several values share. */
interface Place {
  readonly bytes: number;
  users: number;
}

/** @param batch what an open batch size stands for */
function mostAlive(steps: readonly Step[], batch: number): number {
  const uses = new Map<number, number>();
  for (const { inputs } of steps) for (const { id } of inputs) uses.set(id, (uses.get(id) ?? 0) + 1);
  const places = new Map<number, Place>();
  let alive = 0;
  let most = 0;
  const leave = (id: number): void => {
    const place = places.get(id);
    if (!place || (uses.get(id) ?? 0) > 0) return;
    places.delete(id);
    place.users--;
    if (place.users === 0) alive -= place.bytes;
  };
  for (const { primitive, inputs, outputs } of steps) {
    // Each use counts once it is over; a value that is used up here can be written over here.
    for (const { id } of inputs) uses.set(id, (uses.get(id) ?? 1) - 1);
    for (const output of outputs) {
      const size = bytesOf(primitive.op, output, batch);
      const known = placeOf(primitive.op, inputs, size, places, uses);
      const place = known ?? { bytes: size, users: 0 };
      if (place.users === 0) alive += place.bytes;
      place.users++;
      places.set(output.id, place);
    }
    most = Math.max(most, alive);
    for (const { id } of [...inputs, ...outputs]) leave(id);
  }
  return most;
}

/** The input's memory that an output is put into, where there is one. */
function placeOf(
  op: string,
  inputs: readonly Value[],
  size: number,
  places: ReadonlyMap<number, Place>,
  uses: ReadonlyMap<number, number>,
): Place | undefined {
  if (ALIASES.has(op)) return places.get(inputs[0].id);
  if (!IN_PLACE.has(op)) return undefined;
  const free = inputs.find(({ id }) => {
    const place = places.get(id);
    return uses.get(id) === 0 && place?.users === 1 && place.bytes === size;
  });
  return free && places.get(free.id);
}

/** Variables have their own memory, which reading does not copy. */
function bytesOf(op: string, { shape }: Value, batch: number): number {
  if (op === 'read' || op === 'constant') return 0;
  return FLOAT * shape.reduce<number>((count, size) => count * (size ?? batch), 1);
}
