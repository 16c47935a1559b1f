/** What the Training tab shows, worked out from the run as far as it has come. Pure. */
import type { Arm } from '../../../src/contract/results';
import type { ArmHistory, TrainingState } from '../../../src/contract/operations/train';
import type { CurvePoint } from '../../../src/shared/charts/line-layout';

interface ArmView {
  readonly arm: Arm;
  /** As in a table and a key. */
  readonly name: string;
  readonly tone: 'acnet' | 'plain';
  /** Validation top-1 by epoch, percent; the first point is before training. */
  readonly accuracy: readonly CurvePoint[];
  /** Training loss by epoch, a fraction of one included; a moving mean. */
  readonly loss: readonly CurvePoint[];
  readonly lastEpoch: number;
}

/** A run as far as it has come. */
export interface TrainingView {
  /** The baseline first: it is trained first. */
  readonly arms: readonly ArmView[];
  readonly epochs: number;
  /** Readings in one point of the loss: 1 where there are few. */
  readonly window: number;
  /** Of the baseline, percent. */
  readonly before?: number;
  readonly live: boolean;
}

const ARMS: ReadonlyArray<Pick<ArmView, 'arm' | 'name' | 'tone'>> = [
  { arm: 'baseline', name: 'Baseline', tone: 'plain' },
  { arm: 'acnet', name: 'ACNet', tone: 'acnet' },
];

/** Fewer readings than this are drawn as they are. */
const SMOOTHED_FROM = 60;
const WINDOW = 9;
/** More points than this of a smoothed line are not told apart. */
const DRAWN = 200;

/** Long losses are smoothed by a moving mean. */
export function trainingView(state: TrainingState): TrainingView {
  const longest = Math.max(0, ...Object.values(state.arms).map(({ steps }) => steps.length));
  const window = longest >= SMOOTHED_FROM ? WINDOW : 1;
  const arms = ARMS.flatMap((words) => {
    const history = state.arms[words.arm];
    return history ? [armView(words, history, state.stepsPerEpoch, window)] : [];
  });
  const before = state.arms.baseline?.before?.top1 ?? state.arms.acnet?.before?.top1;
  return {
    arms,
    epochs: state.epochs ?? Math.max(1, ...arms.map(({ lastEpoch }) => lastEpoch)),
    window,
    live: state.phase === 'queued' || state.phase === 'running',
    ...(before !== undefined && { before }),
  };
}

function armView(
  words: (typeof ARMS)[number],
  history: ArmHistory,
  stepsPerEpoch: number | undefined,
  window: number,
): ArmView {
  const { before, epochs, steps } = history;
  const perEpoch = stepsPerEpoch !== undefined && stepsPerEpoch > 0 ? stepsPerEpoch : undefined;
  const losses = perEpoch
    ? steps.map(({ step, loss }) => ({ x: step / perEpoch, y: loss }))
    : epochs.map(({ epoch, loss }) => ({ x: epoch, y: loss }));
  return {
    ...words,
    accuracy: [
      ...(before ? [{ x: 0, y: before.top1 }] : []),
      ...epochs.map(({ epoch, top1 }) => ({ x: epoch, y: top1 })),
    ],
    loss: thinned(movingMean(losses, window), DRAWN),
    lastEpoch: epochs.at(-1)?.epoch ?? 0,
  };
}

/** The mean of the last `window` readings at each of them; of fewer at the start. Readings that are not numbers end it. */
export function movingMean(points: readonly CurvePoint[], window: number): CurvePoint[] {
  const finite = points.filter(({ y }) => Number.isFinite(y));
  let sum = 0;
  return finite.map(({ x, y }, index) => {
    sum += y - (index >= window ? (finite[index - window]?.y ?? 0) : 0);
    return { x, y: sum / Math.min(window, index + 1) };
  });
}

/** At most about `most` of the points, evenly, the first and the last among them. */
export function thinned(points: readonly CurvePoint[], most: number): CurvePoint[] {
  const step = Math.max(1, Math.ceil(points.length / most));
  return points.filter((_, index) => index % step === 0 || index === points.length - 1);
}

/** ACNet and the baseline at the last epoch that both have; undefined before there is one. */
export interface Comparison {
  readonly epoch: number;
  /** Percent. */
  readonly acnet: number;
  readonly baseline: number;
}

/** Undefined before both networks have finished an epoch. */
export function comparisonOf(state: TrainingState): Comparison | undefined {
  const [baseline, acnet] = [state.arms.baseline?.epochs ?? [], state.arms.acnet?.epochs ?? []];
  const epoch = Math.min(baseline.at(-1)?.epoch ?? 0, acnet.at(-1)?.epoch ?? 0);
  const at = (epochs: ArmHistory['epochs']) => epochs.find((entry) => entry.epoch === epoch)?.top1;
  const [a, b] = [at(acnet), at(baseline)];
  return a === undefined || b === undefined ? undefined : { epoch, acnet: a, baseline: b };
}

/** Epoch and step, both from 1. */
export interface Position {
  readonly epoch: number;
  readonly step: number;
}

/** Where the arm that is being trained stands, both from 1; undefined before its first step. */
export function positionOf({ arm, arms, stepsPerEpoch, epochs }: TrainingState): Position | undefined {
  const step = arm && arms[arm]?.steps.at(-1)?.step;
  if (step === undefined || stepsPerEpoch === undefined || stepsPerEpoch < 1 || step < 1) return undefined;
  const epoch = Math.floor((step - 1) / stepsPerEpoch) + 1;
  return { epoch: Math.min(epoch, epochs ?? epoch), step: ((step - 1) % stepsPerEpoch) + 1 };
}

/** Whole epochs of the last arm that are done. */
export function epochsDone({ arm, arms }: TrainingState): number {
  return (arm && arms[arm]?.epochs.at(-1)?.epoch) ?? 0;
}

/** What is done of all arms, in steps, for the bar; undefined where it is unknown. */
export function overall(state: TrainingState): { done: number; total: number } | undefined {
  const { epochs, stepsPerEpoch, arms, result } = state;
  if (epochs === undefined || stepsPerEpoch === undefined) return state.progress;
  const per = epochs * stepsPerEpoch;
  const trained = (['baseline', 'acnet'] as const).filter(
    (arm) => arm === 'acnet' || (arms.baseline?.steps.length ?? 0) > 0,
  );
  if (result) return { done: per, total: per };
  const done = trained.reduce((sum, arm) => sum + (arms[arm]?.steps.at(-1)?.step ?? 0), 0);
  return { done: Math.min(done, per * trained.length), total: per * trained.length };
}
