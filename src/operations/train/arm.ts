import { fusedMagnitudes } from '../../core/analysis/magnitude';
import type { Checkpoint } from '../../core/checkpoint';
import type { Backend, Network, Weights } from '../../engine/backend';
import type { Preprocessing } from '../../engine/data/preprocessing';
import { evaluateSession, type Labelled } from '../../engine/training/evaluate';
import { headOf, type Head } from '../../engine/training/head';
import {
  DivergedError,
  trainNetwork,
  type StepReport,
  type TrainingHooks,
  type TrainingPosition,
} from '../../engine/training/loop';
import type { Recipe } from '../../engine/training/recipe';
import type { Score } from '../../engine/training/score';
import { stepsPerEpoch } from '../../engine/data/batches';
import { breathe, type OperationContext, type Resting } from '../kit/context';
import { backendFor } from '../kit/labelled';
import { Meter } from '../kit/meter';
import { graphOf, networkFor, withWeights } from '../kit/network';
import type { Arm, MemoryNeed, StartKernels, TrainEvent } from '../../contract/results';
import type { ArmKeeper, StateKeeper } from './run/keep';

/** Step events per epoch: enough for a chart, few enough for a log. */
const EVENTS_PER_EPOCH = 50;

/** What both arms share. */
export interface ArmSettings {
  readonly recipe: Recipe;
  readonly training: Labelled;
  readonly evaluation: Labelled;
  readonly preprocessing: Preprocessing;
  readonly context: OperationContext;
  readonly tell: (event: TrainEvent) => void;
  /** Reports again what was reported before the run was resumed. */
  readonly repeat: (events: readonly TrainEvent[]) => void;
  readonly say: (text: string) => void;
  /** Awaited when an arm was first evaluated, before its first step. */
  readonly onBefore: (arm: Arm, top1: number) => Promise<void>;
  readonly keeper: StateKeeper;
  /** What each trained arm will need; absent where that is unknown. */
  readonly memory: Partial<Record<Arm, MemoryNeed>>;
  /** Keeps what there is of an arm that diverged. @returns the error to end with */
  readonly rescue: (arm: Arm, checkpoint: Checkpoint, error: DivergedError) => Promise<Error>;
}

/** What an arm that is evaluated only needs of them. */
type EvaluationSettings = Pick<
  ArmSettings,
  'context' | 'evaluation' | 'preprocessing' | 'tell' | 'say' | 'onBefore'
>;

/** An arm after its training. */
export interface TrainedArm {
  readonly checkpoint: Checkpoint;
  /** Percent, after training. */
  readonly top1: number;
  /** Percent, before it. */
  readonly before: number;
  /** Of the network before its training; absent in a run that an earlier version began. */
  readonly kernels?: StartKernels | undefined;
  readonly trained: boolean;
}

/**
 * Trains one arm: evaluates it, trains it with an evaluation after each epoch. What an earlier process left of it is
 * gone on from.
 * @param start the network before training; made only when nothing was left, and needs its calibration then.
 */
export async function trainArm(
  arm: Arm,
  start: { readonly checkpoint: Checkpoint; calibrated(): Promise<Checkpoint> },
  settings: ArmSettings,
): Promise<TrainedArm> {
  const keeper = settings.keeper.arm(arm);
  const { earlier } = keeper;
  if (earlier?.done) {
    settings.repeat(earlier.history);
    return trainedArm(withWeights(start.checkpoint, earlier.position.state.weights), earlier.history);
  }
  const checkpoint = earlier ? start.checkpoint : await start.calibrated();
  return new ArmTraining(arm, checkpoint, keeper, settings).run();
}

/** One arm that is trained, begun anew or gone on with. */
class ArmTraining {
  private readonly network: Network;
  private readonly head: Head;
  private readonly stepsPerEpoch: number;
  private readonly events: TrainEvent[];

  constructor(
    private readonly arm: Arm,
    private readonly checkpoint: Checkpoint,
    private readonly keeper: ArmKeeper,
    private readonly settings: ArmSettings,
  ) {
    this.network = networkFor(checkpoint, graphOf(checkpoint, 'trained'), settings.preprocessing);
    this.head = headOf(this.network.graph);
    this.stepsPerEpoch = stepsPerEpoch(settings.training.images.count, settings.recipe);
    this.events = [...(keeper.earlier?.history ?? [])];
  }

  async run(): Promise<TrainedArm> {
    const { checkpoint, network, head, settings, keeper, arm } = this;
    const { recipe, training, context } = settings;
    const backend = await backendFor(context, network, checkpoint.path);
    const evaluator = openEvaluator(backend, network, head, settings);
    try {
      await this.begin(backend, evaluator);
      const steps = this.stepsPerEpoch * recipe.epochs;
      const from = keeper.earlier?.position;
      const meter = new Meter(context, `${arm}: training`, steps - (from?.step ?? 0), { steps: true });
      const hooks = this.hooks(evaluator, meter);
      const weights = await trainNetwork(backend, { network, head, data: training, recipe }, hooks, from);
      await keeper.finish(weights, recipe.epochs, steps);
      return trainedArm(withWeights(checkpoint, weights), this.events);
    } catch (error) {
      if (!(error instanceof DivergedError)) throw error;
      throw await settings.rescue(arm, checkpoint, error);
    } finally {
      evaluator.dispose();
    }
  }

  private async begin(backend: Backend, evaluator: Evaluator): Promise<void> {
    const { arm, keeper, settings, stepsPerEpoch: steps } = this;
    const { earlier } = keeper;
    if (!earlier) {
      this.tell({
        event: 'start',
        arm,
        epochs: settings.recipe.epochs,
        stepsPerEpoch: steps,
        backend: backend.description,
        memory: settings.memory[arm],
      });
      const { top1 } = await scoreBefore(arm, this.checkpoint, evaluator, (event) => this.tell(event));
      await settings.onBefore(arm, top1);
      return;
    }
    settings.repeat(earlier.history);
    const { epochs, step } = earlier.position;
    settings.say(
      `${arm}: continues after epoch ${epochs}, step ${step} of ${steps * settings.recipe.epochs}`,
    );
    const began = earlier.history.find(({ event }) => event === 'start');
    if (began?.event !== 'start' || began.backend === backend.description) return;
    settings.say(
      `it began on ${began.backend} and continues with ${backend.description}: the last digits may differ`,
    );
  }

  private hooks(evaluator: Evaluator, meter: Meter): TrainingHooks {
    const { arm, settings, keeper, stepsPerEpoch: steps } = this;
    return {
      pause: (capture) =>
        breathe(settings.context, {
          onPause: async () => {
            const saved = await keeper.at('pause', capture);
            settings.say(`paused${saved ? `; the state is kept (${this.placeOf(capture())})` : ''}`);
          },
          onResume: (milliseconds) => {
            meter.onResume(milliseconds);
            keeper.onResume(milliseconds);
            settings.say('continues');
          },
        }),
      onStep: (report) => {
        meter.add(1);
        if (isTold(report, steps)) settings.tell({ event: 'step', arm, ...report });
      },
      onEpoch: async ({ epoch, loss, weights }) => {
        const { top1, loss: valLoss } = await evaluator.score(
          `${arm}: accuracy after epoch ${epoch}`,
          weights,
        );
        this.tell({ event: 'epoch', arm, epoch, loss, top1, valLoss });
      },
      onMoment: async (moment, capture) => {
        const saved = await keeper.at(moment, capture);
        if (moment !== 'stop' || !saved) return;
        settings.say(`stopped; the state is kept (${this.placeOf(capture())}): --resume continues`);
      },
    };
  }

  private placeOf({ epochs, step }: TrainingPosition): string {
    return `${this.arm}, epoch ${epochs + 1}, step ${step}`;
  }

  private tell(event: TrainEvent): void {
    this.events.push(event);
    this.keeper.note(event);
    this.settings.tell(event);
  }
}

/** An arm's accuracies, out of what it has told. */
function trainedArm(checkpoint: Checkpoint, events: readonly TrainEvent[]): TrainedArm {
  const before = events.find(({ event }) => event === 'before');
  const last = events.filter(({ event }) => event === 'epoch').at(-1);
  const { top1: start, kernels } = before?.event === 'before' ? before : { top1: NaN, kernels: undefined };
  const top1 = last?.event === 'epoch' ? last.top1 : start;
  return { checkpoint, top1, before: start, kernels, trained: true };
}

/** Evaluates one arm without training it. */
export async function evaluateArm(
  arm: Arm,
  checkpoint: Checkpoint,
  settings: EvaluationSettings,
): Promise<TrainedArm> {
  const network = networkFor(checkpoint, graphOf(checkpoint, 'evaluated'), settings.preprocessing);
  const backend = await backendFor(settings.context, network, checkpoint.path);
  const evaluator = openEvaluator(backend, network, headOf(network.graph), settings);
  try {
    const { top1, kernels } = await scoreBefore(arm, checkpoint, evaluator, settings.tell);
    await settings.onBefore(arm, top1);
    return { checkpoint, top1, before: top1, kernels, trained: false };
  } finally {
    evaluator.dispose();
  }
}

async function scoreBefore(
  arm: Arm,
  checkpoint: Checkpoint,
  evaluator: Evaluator,
  tell: ArmSettings['tell'],
): Promise<{ readonly top1: number; readonly kernels: StartKernels }> {
  const { top1, loss } = await evaluator.score(`${arm}: accuracy before training`);
  const kernels = startKernels(checkpoint);
  tell({ event: 'before', arm, top1, loss, kernels });
  return { top1, kernels };
}

/** A network that starts with blocks is a network of fused kernels too: what training made of them is the rest. */
function startKernels(checkpoint: Checkpoint): StartKernels {
  const { sizes, layers } = fusedMagnitudes(checkpoint);
  return { sizes, layers: layers.map(({ name, fused }) => ({ name, fused })) };
}

function isTold({ step }: StepReport, steps: number): boolean {
  const inEpoch = ((step - 1) % steps) + 1;
  return inEpoch === 1 || inEpoch === steps || inEpoch % Math.ceil(steps / EVENTS_PER_EPOCH) === 0;
}

/** A compiled network whose weights are put in anew for each evaluation. */
interface Evaluator {
  score(phase: string, weights?: Weights): Promise<Score>;
  dispose(): void;
}

/** Compiles a network for evaluation on the job's images. */
export function openEvaluator(
  backend: Backend,
  network: Network,
  head: Head,
  { context, evaluation, say }: Pick<ArmSettings, 'context' | 'evaluation' | 'say'>,
): Evaluator {
  const session = backend.inference(network, [head.logits], { fold: true });
  return {
    score: (phase, weights) => {
      if (weights) session.assign(weights);
      const meter = new Meter(context, phase, evaluation.images.count);
      const resting: Resting = {
        onPause: () => Promise.resolve(say('paused')),
        onResume: (milliseconds) => {
          meter.onResume(milliseconds);
          say('continues');
        },
      };
      const hooks = {
        pause: () => breathe(context, resting),
        onBatch: (images: number) => meter.add(images),
      };
      return evaluateSession(session, evaluation, head, hooks);
    },
    dispose: () => session.dispose(),
  };
}
