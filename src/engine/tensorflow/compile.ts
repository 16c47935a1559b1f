import type { Value } from '../../core/graph/lowering';
import type { TensorRef } from '../../core/tensor/tensor';
import type { Weights } from '../backend';
import type { Plan, Variable } from '../plan/plan';
import { DEFAULT_TARGET, type ConvolutionTarget } from './convolution';
import { chooseTypes } from './element-types';
import { isDrawn } from './draws';
import { DT, GraphBuilder, type Signature } from './graph-def';
import { translate } from './lower';
import type { Feed } from './session';

/** A plan's steps as a TensorFlow graph, to which signatures are added. */
export interface Compiled {
  readonly graph: GraphBuilder;
  /** Name in the graph of a plan's value, in float32. */
  readonly tensor: (value: Value) => string;
  /** Name of a variable's or slot's handle. */
  readonly handle: (variable: string) => string;
  /** Signature that sets variables: input and output of one variable have its name. */
  readonly assign: Signature;
  /** Placeholder (int32, scalar) for the count of steps taken, where the plan draws random numbers. */
  readonly step?: string;
}

/** A tensor in the graph, and its type by TensorFlow's number. */
interface Made {
  readonly name: string;
  readonly type: number;
}

/** Translates a plan's steps, with a handle and an assignment for each variable. */
export function compile(plan: Plan, target: ConvolutionTarget = DEFAULT_TARGET): Compiled {
  const graph = new GraphBuilder();
  const handles = new Map([
    ...plan.variables.map((variable, i) => [variable.name, addVariable(graph, variable, i)] as const),
    ...(plan.slots ?? []).map((slot, i) => [slot.name, addVariable(graph, slot, i, 'slot')] as const),
  ]);
  const handle = (variable: string): string => named(handles, variable);
  const names = new Map<number, Made>();
  const draws = plan.steps.some(({ primitive }) => isDrawn(primitive));
  const step = draws
    ? graph.add('Placeholder', [], { dtype: { type: DT.int32 }, shape: { shape: [] } })
    : undefined;
  const found = ({ id }: Value): Made => named(names, id);
  for (const { primitive, inputs, outputs } of plan.steps) {
    const sources = inputs.map(found);
    const types = chooseTypes(
      primitive,
      sources.map(({ type }) => type),
      target,
    );
    const made = translate({
      graph,
      primitive,
      inputs: sources.map(({ name, type }, i) => graph.cast(name, type, types.inputs[i])),
      shapes: inputs.map(({ shape }) => shape),
      outputs,
      handle,
      target,
      T: { type: types.images },
      step,
    });
    outputs.forEach(({ id }, i) => names.set(id, { name: made[i], type: types.output(i) }));
  }
  const tensor = (value: Value): string => {
    const { name, type } = found(value);
    return graph.cast(name, type, DT.float);
  };
  return { graph, tensor, handle, step, assign: addAssignments(graph, plan.variables, handle) };
}

let variables = 0;

/** Adds a variable's handle. The shared name is unique in the process, whatever sessions share. */
function addVariable(graph: GraphBuilder, { shape }: Variable, index: number, kind = 'weight'): string {
  return graph.add(
    'VarHandleOp',
    [],
    {
      dtype: { type: DT.float },
      shape: { shape },
      shared_name: { string: `acnet_${variables++}` },
    },
    `${kind}${index}`,
  );
}

/** Adds `variable ← value` and returns the node's name, to be used as a control input. */
export function addAssignment(graph: GraphBuilder, handle: string, value: string): string {
  return graph.add('AssignVariableOp', [handle, value], { dtype: { type: DT.float } });
}

/** Signature that sets variables: input and output of one have its name. */
export function addAssignments(
  graph: GraphBuilder,
  all: readonly Variable[],
  handle: (variable: string) => string,
): Signature {
  const inputs = new Map<string, string>();
  const outputs = new Map<string, string>();
  all.forEach(({ name, shape }) => {
    const fed = graph.add('Placeholder', [], { dtype: { type: DT.float }, shape: { shape } });
    // The fed tensor may be the caller's own memory; the variable must not be.
    const copy = graph.add('DeepCopy', [fed], { T: { type: DT.float } });
    inputs.set(name, fed);
    outputs.set(name, addDone(graph, [addAssignment(graph, handle(name), copy)]));
  });
  return { inputs, outputs };
}

/** Something to fetch that is there once the given nodes have run. */
export function addDone(graph: GraphBuilder, after: readonly string[]): string {
  const zero = graph.constant([0], [], 'float');
  return graph.add('Identity', [zero, ...after.map((node) => `^${node}`)], { T: { type: DT.float } });
}

/** All variables' values, read from the network's tensors. */
export function initialFeeds(plan: Plan, tensors: ReadonlyMap<string, TensorRef>): Map<string, Feed> {
  const feeds = new Map<string, Feed>();
  for (const { name, shape } of plan.variables) {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`no tensor ${name}`);
    feeds.set(name, { shape, values: tensor.readFloat32() });
  }
  return feeds;
}

/** Weights for some of the variables. @throws RangeError for a name that is not theirs. */
export function weightFeeds(
  { variables }: { readonly variables: readonly Variable[] },
  weights: Weights,
): Map<string, Feed> {
  const shapes = new Map(variables.map(({ name, shape }) => [name, shape]));
  return new Map(
    [...weights].map(([name, values]) => {
      const shape = shapes.get(name);
      if (!shape) throw new RangeError(`${name}: what this session runs has no such weight`);
      return [name, { shape, values }];
    }),
  );
}

function named<K, V>(names: ReadonlyMap<K, V>, key: K): V {
  const name = names.get(key);
  if (name === undefined) throw new Error(`the plan uses ${String(key)} before it is made`);
  return name;
}
