import type { Arm, Progress, TrainEvent, TrainResult } from '../../contract/results';
import type { ArmHistory, TrainingState } from '../../contract/operations/train';
import type { ErrorState, RunPhase } from '../../contract/run';
import { eventWords } from './event-words';
import { StepSeries } from './step-series';

const LOG_LINES = 200;

type SeedEvent = Extract<TrainEvent, { event: 'seed' }>;

/** What an arm measured. */
type Measured = Exclude<TrainEvent, { event: 'message' | 'doubt' | 'seed' }>;

type Counts = Pick<TrainingState, 'epochs' | 'stepsPerEpoch' | 'backend'>;

/** How a run ended. */
export type Ending =
  | { readonly phase: 'done'; readonly result: TrainResult }
  | { readonly phase: 'stopped'; readonly resumable: boolean }
  | { readonly phase: 'failed'; readonly resumable: boolean; readonly error: ErrorState };

/** Gathers what a training run tells into what pages show of it. */
export class TrainingRun {
  private phase: RunPhase = 'queued';
  private paused = false;
  private counts: Counts = {};
  private arm: Arm | undefined;
  private readonly arms = new Map<Arm, ArmHistory>();
  private series: Record<Arm, StepSeries>;
  /** Which of the runs of a job with several seeds this is. */
  private seeds: Pick<SeedEvent, 'run' | 'runs'>;
  private readonly log: string[] = [];
  private progress: Progress | undefined;
  /** Until the steps of the present arm are done. */
  private secondsLeft: number | undefined;
  private ending: Ending | undefined;

  /**
   * @param baseline whether the unconverted network is trained too
   * @param earlier the run that is gone on with: its steps are not told again
   */
  constructor(
    readonly jobFile: string,
    private readonly baseline: boolean,
    earlier?: TrainingRun,
  ) {
    this.series = earlier?.series ?? newSeries();
    this.seeds = earlier?.seeds ?? { run: 1, runs: 1 };
  }

  get state(): TrainingState {
    const { jobFile, phase, arm, progress, counts } = this;
    return {
      jobFile,
      phase,
      ...(this.paused && { paused: true }),
      ...counts,
      ...(arm && { arm }),
      arms: Object.fromEntries(this.arms),
      ...(progress && phase === 'running' && { progress }),
      log: [...this.log],
      ...endingParts(this.ending),
    };
  }

  /** 0 … 1: steps done of the steps of all arms that are trained, of every seed. */
  get overall(): number | undefined {
    const { epochs, stepsPerEpoch } = this.counts;
    if (!epochs || !stepsPerEpoch) return undefined;
    const perArm = epochs * stepsPerEpoch;
    const done = (arm: Arm): number => (this.series[arm].points.at(-1)?.step ?? 0) / perArm;
    const { run, runs } = this.seeds;
    const ofRun = this.baseline ? (done('baseline') + done('acnet')) / 2 : done('acnet');
    return (run - 1 + ofRun) / runs;
  }

  begin(): void {
    this.phase = 'running';
  }

  setPaused(paused: boolean): void {
    this.paused = paused;
  }

  /** Once there are steps, the time left is theirs: evaluations between them say nothing of how long the arm takes. */
  setProgress(progress: Progress): void {
    if (progress.steps) this.secondsLeft = progress.secondsLeft;
    const { secondsLeft, ...rest } = progress;
    const left = this.hasSteps ? this.secondsLeft : secondsLeft;
    this.progress = { ...rest, ...(left !== undefined && { secondsLeft: left }) };
  }

  /** @returns the line of the log that it is, if it is one */
  tell(event: TrainEvent): string | undefined {
    if (event.event === 'seed') this.nextSeed(event);
    else if (event.event !== 'message' && event.event !== 'doubt') this.measured(event);
    const line = eventWords(event);
    if (line === undefined) return undefined;
    this.log.push(line);
    if (this.log.length > LOG_LINES) this.log.shift();
    return line;
  }

  end(ending: Ending): void {
    this.phase = ending.phase;
    this.ending = ending;
    this.paused = false;
  }

  private get hasSteps(): boolean {
    return this.arm !== undefined && this.series[this.arm].points.length > 0;
  }

  /** What was measured was of another pair of networks. */
  private nextSeed({ run, runs }: SeedEvent): void {
    if (run !== this.seeds.run) {
      this.series = newSeries();
      this.arms.clear();
      this.arm = undefined;
    }
    this.seeds = { run, runs };
  }

  private measured(event: Measured): void {
    const { arm } = event;
    this.arm = arm;
    const history = this.arms.get(arm) ?? { steps: [], epochs: [] };
    this.arms.set(arm, this.with(history, event));
  }

  private with(history: ArmHistory, event: Measured): ArmHistory {
    const { arm } = event;
    switch (event.event) {
      case 'start': {
        const { epochs, stepsPerEpoch, backend } = event;
        this.counts = { epochs, stepsPerEpoch, backend };
        this.secondsLeft = undefined;
        return { ...history, steps: this.series[arm].points };
      }
      case 'before':
        return { ...history, before: { top1: event.top1, loss: event.loss } };
      case 'step': {
        const { step, loss, learningRate, imagesPerSecond } = event;
        this.series[arm].add({ step, loss });
        return { ...history, steps: this.series[arm].points, learningRate, imagesPerSecond };
      }
      case 'epoch': {
        const { epoch, loss, top1, valLoss } = event;
        const before = history.epochs.filter((one) => one.epoch < epoch);
        return { ...history, epochs: [...before, { epoch, loss, top1, valLoss }] };
      }
    }
  }
}

const newSeries = (): Record<Arm, StepSeries> => ({ baseline: new StepSeries(), acnet: new StepSeries() });

function endingParts(ending: Ending | undefined): Partial<TrainingState> {
  switch (ending?.phase) {
    case 'done':
      return { result: ending.result };
    case 'stopped':
      return { resumable: ending.resumable };
    case 'failed':
      return { resumable: ending.resumable, error: ending.error };
    case undefined:
      return {};
  }
}
