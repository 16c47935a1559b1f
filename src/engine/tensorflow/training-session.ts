import type { Value } from '../../core/graph/lowering';
import type { TensorRef } from '../../core/tensor/tensor';
import type { TrainingSession, TrainingState, Weights } from '../backend';
import type { LoadedNative } from '../native/load';
import type { TrainingPlan, Update } from '../plan/plan';
import { momentAfter, requireSame, slotsOf } from '../plan/state';
import {
  addAssignment,
  addAssignments,
  addDone,
  compile,
  initialFeeds,
  weightFeeds,
  type Compiled,
} from './compile';
import type { ConvolutionTarget } from './convolution';
import { DT, type Signature } from './graph-def';
import { GraphSession, type Feed } from './session';

/** A training step as one TensorFlow graph. */
export class TensorflowTraining implements TrainingSession {
  private readonly session: GraphSession<'init' | 'step' | 'gather' | 'read' | 'readSlots' | 'setSlots'>;
  private readonly draws: boolean;
  private steps = 0;

  constructor(
    binding: LoadedNative['binding'],
    private readonly plan: TrainingPlan,
    tensors: ReadonlyMap<string, TensorRef>,
    target?: ConvolutionTarget,
  ) {
    const compiled = compile(plan, target);
    const { graph, tensor } = compiled;
    const slots = addSlots(compiled, plan);
    const updates = plan.updates.map((update) => [update, addUpdate(compiled, update)] as const);
    const lossAfter = (done: typeof updates): string =>
      graph.add('Identity', [tensor(plan.loss), ...done.map(([, node]) => `^${node}`)], {
        T: { type: DT.float },
      });
    const inputs = new Map([
      ['input', tensor(plan.input)],
      ['targets', tensor(plan.targets)],
      ...plan.numbers.map(({ value }) => [numberName(value), tensor(value)] as const),
      ...(compiled.step === undefined ? [] : ([['step', compiled.step]] as const)),
    ]);
    const gathering = updates.filter(([{ when }]) => when !== 'last');
    this.draws = compiled.step !== undefined;
    this.session = new GraphSession(binding, graph, {
      init: withRest(compiled, slots),
      step: { inputs, outputs: new Map([['loss', lossAfter(updates)]]) },
      gather: { inputs, outputs: new Map([['loss', lossAfter(gathering)]]) },
      read: readSignature(plan, tensor),
      readSlots: slots.read,
      setSlots: slots.assign,
    });
    this.session.run('init', initialFeeds(plan, tensors));
    this.session.calls = 0;
  }

  get calls(): number {
    return this.session.calls;
  }

  step(input: Float32Array, targets: Float32Array, learningRate: number, momentum?: number): number {
    const moment = momentAfter(this.steps, this.plan, { learningRate, momentum });
    const feeds = new Map<string, Feed>([
      ['input', { shape: this.plan.input.shape.map(Number), values: input }],
      ['targets', { shape: this.plan.targets.shape.map(Number), values: targets }],
      ...this.plan.numbers.map(({ value, at }): [string, Feed] => [
        numberName(value),
        { shape: [], values: Float32Array.of(at(moment)) },
      ]),
    ]);
    if (this.draws) feeds.set('step', { shape: [], values: Int32Array.of(this.steps) });
    const isLast = moment.part === this.plan.parts - 1;
    const [loss] = this.session.run(isLast ? 'step' : 'gather', feeds);
    this.steps++;
    return loss.values[0];
  }

  read(): Weights {
    const results = this.session.run('read', new Map());
    return new Map(this.plan.variables.map(({ name }, i) => [name, results[i].values]));
  }

  capture(): TrainingState {
    const results = this.session.run('readSlots', new Map());
    const optimiser = new Map(this.plan.slots.map(({ key }, i) => [key, results[i].values]));
    return { weights: this.read(), optimiser, steps: this.steps };
  }

  restore({ weights, optimiser, steps }: TrainingState): void {
    requireSame('weights', this.plan.variables, weights);
    const slots = slotsOf(this.plan, optimiser);
    const feeds = weightFeeds(this.plan, weights);
    this.session.run('init', feeds, [...feeds.keys()]);
    this.session.run(
      'setSlots',
      new Map(slots.map(([{ name, shape }, values]) => [name, { shape, values }])),
    );
    this.steps = steps;
  }

  dispose(): void {
    this.session.dispose();
  }
}

/** How the numbers that a training keeps of each weight are read, set, and set to zero. */
interface Slots {
  readonly read: Signature;
  readonly assign: Signature;
  /** Fetched to set them all to zero. */
  readonly rest: string;
}

function addSlots({ graph, handle }: Compiled, { slots }: TrainingPlan): Slots {
  const zero = graph.constant([0], [], 'float');
  const reads = new Map<string, string>();
  const resets = slots.map(({ name, shape }) => {
    reads.set(name, graph.add('ReadVariableOp', [handle(name)], { dtype: { type: DT.float } }));
    const dims = graph.constant(shape, [shape.length], 'int32');
    const zeros = graph.add('Fill', [dims, zero], { T: { type: DT.float }, index_type: { type: DT.int32 } });
    return addAssignment(graph, handle(name), zeros);
  });
  return {
    read: { inputs: new Map(), outputs: reads },
    assign: addAssignments(graph, slots, handle),
    rest: addDone(graph, resets),
  };
}

function addUpdate({ graph, tensor, handle }: Compiled, update: Update): string {
  const variable = handle(update.variable);
  if (update.kind === 'assign') return addAssignment(graph, variable, tensor(update.value));
  const { velocity, nesterov } = update;
  const [rate, value, momentum] = [update.rate, update.value, update.momentum].map(tensor);
  return graph.add('ResourceApplyMomentum', [variable, handle(velocity), rate, value, momentum], {
    T: { type: DT.float },
    use_nesterov: { bool: nesterov },
  });
}

function withRest({ assign }: Compiled, { rest }: Slots): Signature {
  // The name cannot clash with a tensor's: those of files have no line break.
  return { inputs: assign.inputs, outputs: new Map([...assign.outputs, ['\nslots', rest]]) };
}

function numberName({ id }: Value): string {
  return `number ${id}`;
}

function readSignature({ variables, steps }: TrainingPlan, tensor: Compiled['tensor']): Signature {
  const reads = new Map<string, string>();
  for (const { primitive, outputs } of steps) {
    if (primitive.op === 'read') reads.set(primitive.variable, tensor(outputs[0]));
  }
  return {
    inputs: new Map(),
    outputs: new Map(variables.map(({ name }) => [name, reads.get(name) ?? ''])),
  };
}
