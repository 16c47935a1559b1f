import type { TensorRef } from '../../core/tensor/tensor';
import type { Optimiser, TrainingSession, Weights } from '../backend';
import type { LoadedNative } from '../native/load';
import type { TrainingPlan, Update } from '../plan/plan';
import { addAssignment, addDone, addVariable, compile, initialFeeds, type Compiled } from './compile';
import type { ConvolutionTarget } from './convolution';
import { DT, type Signature } from './graph-def';
import { GraphSession } from './session';

/** A training step as one TensorFlow graph. */
export class TensorflowTraining implements TrainingSession {
  private readonly session: GraphSession<'init' | 'step' | 'read'>;

  constructor(
    binding: LoadedNative['binding'],
    private readonly plan: TrainingPlan,
    tensors: ReadonlyMap<string, TensorRef>,
    optimiser: Optimiser,
    target?: ConvolutionTarget,
  ) {
    const compiled = compile(plan, target);
    const { graph, tensor } = compiled;
    const velocities = addVelocities(compiled, plan);
    const rate = graph.add('Placeholder', [], { dtype: { type: DT.float }, shape: { shape: [] } });
    const updates = plan.updates.map((update) => addUpdate(compiled, update, velocities, rate, optimiser));
    const loss = graph.add('Identity', [tensor(plan.loss), ...updates.map((node) => `^${node}`)], {
      T: { type: DT.float },
    });
    this.session = new GraphSession(binding, graph, {
      init: withRest(compiled, velocities),
      step: {
        inputs: new Map([
          ['input', tensor(plan.input)],
          ['targets', tensor(plan.targets)],
          ['rate', rate],
        ]),
        outputs: new Map([['loss', loss]]),
      },
      read: readSignature(plan, tensor),
    });
    this.session.run('init', initialFeeds(plan, tensors));
    this.session.calls = 0;
  }

  get calls(): number {
    return this.session.calls;
  }

  step(input: Float32Array, targets: Float32Array, learningRate: number): number {
    const [loss] = this.session.run(
      'step',
      new Map([
        ['input', { shape: this.plan.input.shape.map(Number), values: input }],
        ['targets', { shape: this.plan.targets.shape.map(Number), values: targets }],
        ['rate', { shape: [], values: Float32Array.of(learningRate) }],
      ]),
    );
    return loss.values[0];
  }

  read(): Weights {
    const results = this.session.run('read', new Map());
    return new Map(this.plan.variables.map(({ name }, i) => [name, results[i].values]));
  }

  dispose(): void {
    this.session.dispose();
  }
}

/** The optimiser's memory of past gradients. */
interface Velocities {
  readonly handles: ReadonlyMap<string, string>;
  /** Fetched to set them all to zero. */
  readonly rest: string;
}

function addVelocities({ graph }: Compiled, { variables, updates }: TrainingPlan): Velocities {
  const learnt = new Set(updates.filter(({ kind }) => kind === 'descend').map(({ variable }) => variable));
  const handles = new Map<string, string>();
  const zero = graph.constant([0], [], 'float');
  const resets = variables
    .filter(({ name }) => learnt.has(name))
    .map((variable, i) => {
      const handle = addVariable(graph, variable, i, 'velocity');
      handles.set(variable.name, handle);
      const dims = graph.constant(variable.shape, [variable.shape.length], 'int32');
      const zeros = graph.add('Fill', [dims, zero], {
        T: { type: DT.float },
        index_type: { type: DT.int32 },
      });
      return addAssignment(graph, handle, zeros);
    });
  return { handles, rest: addDone(graph, resets) };
}

function addUpdate(
  { graph, tensor, handle }: Compiled,
  { kind, variable, value }: Update,
  { handles }: Velocities,
  rate: string,
  { momentum, nesterov = false }: Optimiser,
): string {
  if (kind === 'assign') return addAssignment(graph, handle(variable), tensor(value));
  const velocity = handles.get(variable);
  if (!velocity) throw new Error(`${variable} has no velocity`);
  const inertia = graph.constant([momentum], [], 'float');
  return graph.add('ResourceApplyMomentum', [handle(variable), velocity, rate, tensor(value), inertia], {
    T: { type: DT.float },
    use_nesterov: { bool: nesterov },
  });
}

function withRest({ assign }: Compiled, { rest }: Velocities): Signature {
  // The name cannot clash with a tensor's: those of files have no line break.
  return { inputs: assign.inputs, outputs: new Map([...assign.outputs, ['\nvelocities', rest]]) };
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
