import type { Step } from '../../core/graph/lowering';
import type { ValueShape } from '../../core/graph/shape';
import type { OperatorTime } from '../backend';
import type { LoadedNative } from '../native/load';
import type { TrainingPlan } from '../plan/plan';
import { addDone } from './compile';
import { addConvolution, type ConvolutionTarget } from './convolution';
import { chooseTypes } from './element-types';
import { isDrawn } from './draws';
import { DT, GraphBuilder } from './graph-def';
import { sizes, translate } from './lower';
import { GraphSession } from './session';

const WARM_UP = 2;
const RUNS = 7;

/** Steps that compute nothing by themselves. */
const FREE: ReadonlySet<string> = new Set(['input', 'read', 'constant']);

/** Equal operators on equal shapes, of which one is timed. */
interface Group {
  readonly operator: string;
  readonly shape: string;
  readonly count: number;
  /** Adds the operator to a bench's graph and gives the tensor that is there once it has run. */
  readonly add: (bench: Bench) => string;
}

/** Runs something again and again. @returns the median time of a run, in seconds */
export function medianSeconds(run: () => unknown): number {
  for (let i = 0; i < WARM_UP; i++) run();
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    run();
    return (performance.now() - start) / 1000;
  });
  return times.sort((a, b) => a - b)[(RUNS - 1) / 2];
}

/**
 * Times each operator of a training step by itself, on random numbers that TensorFlow holds in memory; the one that
 * takes longest first. The addon gives no time line of a whole step; in one, operators also run side by side, find
 * their inputs in the cache, and some become one. Yields the count of those still to be timed.
 */
export function* timeOperators(
  binding: LoadedNative['binding'],
  plan: TrainingPlan,
  target: ConvolutionTarget,
): Generator<number, OperatorTime[]> {
  const call = secondsOf(binding, ({ graph }) => addDone(graph, []));
  const operators = new Map<string, OperatorTime>();
  const groups = [...stepGroups(plan, target), ...updateGroups(plan)];
  for (const [i, { operator, shape, count, add }] of groups.entries()) {
    yield groups.length - i;
    const seconds = count * Math.max(0, secondsOf(binding, add) - call);
    const known = operators.get(operator) ?? { operator, count: 0, seconds: 0, shapes: [] };
    operators.set(operator, {
      operator,
      count: known.count + count,
      seconds: known.seconds + seconds,
      shapes: [...known.shapes, { shape, count, seconds }],
    });
  }
  const longest = (a: { seconds: number }, b: { seconds: number }): number => b.seconds - a.seconds;
  return [...operators.values()]
    .map((one) => ({ ...one, shapes: [...one.shapes].sort(longest) }))
    .sort(longest);
}

/**
 * Seconds of a convolution 3 × 3 × 32 × 32 on eight images of 32 × 32, as one in the middle of a network may be, with its
 * gradients: of a type that the processor has no arithmetic for, even those may take long.
 */
export function timeConvolution(binding: LoadedNative['binding'], target: ConvolutionTarget): number {
  const shapes = { x: [8, 32, 32, 32], kernel: [3, 3, 32, 32] };
  const type = target.precision === 'float32' ? DT.float : DT.bfloat16;
  const attributes = { strides: [1, 1], dilations: [1, 1], padding: 'same' } as const;
  const operands = {
    y: [shapes.x, shapes.kernel],
    x: [shapes.kernel, shapes.x],
    kernel: [shapes.x, shapes.x],
  };
  const timed = (['y', 'x', 'kernel'] as const).map((result) =>
    secondsOf(binding, (bench) => {
      const [first, second] = operands[result].map((shape) => bench.hold(shape, type));
      const { graph } = bench;
      const call = { graph, target, result, attributes, operands: [first, second], shapes } as const;
      return bench.firstOf(addConvolution(call), type);
    }),
  );
  return timed.reduce((sum, seconds) => sum + seconds);
}

function stepGroups({ steps }: TrainingPlan, target: ConvolutionTarget): Group[] {
  const groups = new Map<string, Group>();
  const types = new Map<number, number>();
  for (const step of steps) {
    const { primitive, inputs, outputs } = step;
    const found = inputs.map(({ id }) => types.get(id) ?? DT.float);
    const chosen = chooseTypes(primitive, found, target);
    outputs.forEach(({ id }, i) => types.set(id, chosen.output(i)));
    if (FREE.has(primitive.op)) continue;
    const shapes = [inputs, outputs].map((values) => values.map(({ shape }) => shape));
    // The seed of a draw makes no difference to its time.
    const key = JSON.stringify([{ ...primitive, seed: 0 }, shapes, chosen.inputs]);
    groups.set(key, {
      operator: 'fn' in primitive ? `${primitive.op} ${primitive.fn}` : primitive.op,
      shape: describe(step),
      count: (groups.get(key)?.count ?? 0) + 1,
      add: (bench) => {
        const [made] = translate({
          graph: bench.graph,
          primitive,
          inputs: inputs.map(({ shape }, i) => bench.hold(shape, chosen.inputs[i])),
          shapes: inputs.map(({ shape }) => shape),
          outputs,
          handle: () => '',
          target,
          T: { type: chosen.images },
          step: isDrawn(primitive) ? bench.hold([], DT.int32) : undefined,
        });
        return bench.firstOf(made, chosen.output(0));
      },
    });
  }
  return [...groups.values()];
}

/** The optimiser's work, by the weights' shapes. */
function updateGroups({ updates }: TrainingPlan): Group[] {
  const groups = new Map<string, Group>();
  for (const { kind, value } of updates) {
    if (kind !== 'descend') continue;
    const shape = value.shape.join(' × ');
    groups.set(shape, {
      operator: 'update of weights',
      shape,
      count: (groups.get(shape)?.count ?? 0) + 1,
      add: (bench) => {
        const { graph } = bench;
        const [weight, velocity] = [bench.handle(value.shape, DT.float), bench.handle(value.shape, DT.float)];
        const [rate, momentum] = [1e-6, 0.9].map((number) => graph.constant([number], [], 'float'));
        const inputs = [weight, velocity, rate, bench.hold(value.shape, DT.float), momentum];
        return addDone(graph, [graph.add('ResourceApplyMomentum', inputs, { T: { type: DT.float } })]);
      },
    });
  }
  return [...groups.values()];
}

/** Shapes of what goes in and of what comes out first, as in `128 × 32 × 32 × 16, 3 × 3 × 16 × 16 → …`. */
function describe({ inputs, outputs }: Step): string {
  const named = (shape: ValueShape): string => (shape.length === 0 ? '1' : shape.join(' × '));
  return `${inputs.map(({ shape }) => named(shape)).join(', ')} → ${named(outputs[0].shape)}`;
}

let variables = 0;

/** A graph in which one operator is timed. */
class Bench {
  readonly graph = new GraphBuilder();
  /** Nodes that fill the variables. */
  readonly begun: string[] = [];

  /** A variable, filled with numbers from 0 to 1: constants would be computed with once, when the graph is loaded. */
  handle(shape: ValueShape, type: number): string {
    const { graph } = this;
    const size = graph.constant(sizes(shape), [shape.length], 'int32');
    const attributes = { dtype: { type: DT.float }, T: { type: DT.int32 } };
    const drawn = graph.cast(graph.add('RandomUniform', [size], attributes), DT.float, type);
    const handle = graph.add('VarHandleOp', [], {
      dtype: { type },
      shape: { shape: sizes(shape) },
      shared_name: { string: `acnet_profile_${variables++}` },
    });
    this.begun.push(graph.add('AssignVariableOp', [handle, drawn], { dtype: { type } }));
    return handle;
  }

  /** What such a variable holds. */
  hold(shape: ValueShape, type: number): string {
    return this.graph.add('ReadVariableOp', [this.handle(shape, type)], { dtype: { type } });
  }

  /** One number of a tensor, so that fetching it costs nothing. */
  firstOf(tensor: string, type: number): string {
    const { graph } = this;
    const [from, one, all] = [[0], [1], [-1]].map((values) => graph.constant(values, [1], 'int32'));
    const flat = graph.add('Reshape', [tensor, all], { T: { type }, Tshape: { type: DT.int32 } });
    const first = graph.add('Slice', [flat, from, one], { T: { type }, Index: { type: DT.int32 } });
    return graph.cast(first, type, DT.float);
  }
}

/** Median seconds of a session call that computes one tensor. */
function secondsOf(binding: LoadedNative['binding'], add: Group['add']): number {
  const bench = new Bench();
  const result = add(bench);
  const inputs = new Map<string, string>();
  const session = new GraphSession(binding, bench.graph, {
    begin: { inputs, outputs: new Map([['begun', addDone(bench.graph, bench.begun)]]) },
    run: { inputs, outputs: new Map([['result', result]]) },
  });
  try {
    session.run('begin', new Map());
    return medianSeconds(() => session.run('run', new Map()));
  } finally {
    session.dispose();
  }
}
