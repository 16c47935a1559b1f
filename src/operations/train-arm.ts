import type { Checkpoint } from '../core/checkpoint';
import type { Backend, Network, Weights } from '../engine/backend';
import type { Preprocessing } from '../engine/data/preprocessing';
import { evaluateSession, type Labelled } from '../engine/training/evaluate';
import { headOf, type Head } from '../engine/training/head';
import { trainNetwork, type Recipe, type StepReport } from '../engine/training/loop';
import type { Score } from '../engine/training/score';
import { stepsPerEpoch } from '../engine/data/batches';
import { breathe, type OperationContext } from './context';
import { backendFor } from './labelled';
import { Meter } from './meter';
import { graphOf, networkFor, withWeights } from './network';
import type { Arm, TrainEvent } from './results';

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
}

export interface TrainedArm {
  readonly checkpoint: Checkpoint;
  /** Percent, after training. */
  readonly top1: number;
  /** Percent, before it. */
  readonly before: number;
  readonly trained: boolean;
}

/** Trains one arm: evaluates it, trains it with an evaluation after each epoch. */
export async function trainArm(arm: Arm, checkpoint: Checkpoint, settings: ArmSettings): Promise<TrainedArm> {
  const { context, preprocessing, recipe, training, tell } = settings;
  const network = networkFor(checkpoint, graphOf(checkpoint, 'trained'), preprocessing);
  const backend = await backendFor(context, network, checkpoint.path);
  const head = headOf(network.graph);
  const steps = stepsPerEpoch(training.images.count, recipe.batch);
  tell({ event: 'start', arm, epochs: recipe.epochs, stepsPerEpoch: steps, backend: backend.description });
  const evaluator = openEvaluator(backend, network, head, settings);
  try {
    const before = await scoreBefore(arm, evaluator, settings);
    let last = before;
    const meter = new Meter(context, `${arm}: training`, steps * recipe.epochs);
    const task = { network, head, data: training, recipe };
    const weights = await trainNetwork(backend, task, {
      pause: () => breathe(context),
      onStep: (report) => {
        meter.add(1);
        if (isTold(report, steps)) tell({ event: 'step', arm, ...report });
      },
      onEpoch: async ({ epoch, loss, weights }) => {
        last = await evaluator.score(`${arm}: accuracy after epoch ${epoch}`, weights);
        tell({ event: 'epoch', arm, epoch, loss, top1: last.top1, valLoss: last.loss });
      },
    });
    return {
      checkpoint: withWeights(checkpoint, weights),
      top1: last.top1,
      before: before.top1,
      trained: true,
    };
  } finally {
    evaluator.dispose();
  }
}

/** Evaluates one arm without training it. */
export async function evaluateArm(
  arm: Arm,
  checkpoint: Checkpoint,
  settings: ArmSettings,
): Promise<TrainedArm> {
  const network = networkFor(checkpoint, graphOf(checkpoint, 'evaluated'), settings.preprocessing);
  const backend = await backendFor(settings.context, network, checkpoint.path);
  const evaluator = openEvaluator(backend, network, headOf(network.graph), settings);
  try {
    const { top1 } = await scoreBefore(arm, evaluator, settings);
    return { checkpoint, top1, before: top1, trained: false };
  } finally {
    evaluator.dispose();
  }
}

async function scoreBefore(arm: Arm, evaluator: Evaluator, { tell }: ArmSettings): Promise<Score> {
  const score = await evaluator.score(`${arm}: accuracy before training`);
  tell({ event: 'before', arm, top1: score.top1, loss: score.loss });
  return score;
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
  { context, evaluation }: Pick<ArmSettings, 'context' | 'evaluation'>,
): Evaluator {
  const session = backend.inference(network, [head.logits], { fold: true });
  return {
    score: (phase, weights) => {
      if (weights) session.assign(weights);
      const meter = new Meter(context, phase, evaluation.images.count);
      const hooks = { pause: () => breathe(context), onBatch: (images: number) => meter.add(images) };
      return evaluateSession(session, evaluation, head, hooks);
    },
    dispose: () => session.dispose(),
  };
}
