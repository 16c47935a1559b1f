import type { Weights } from '../../../engine/backend';
import type { Moment, TrainingPosition } from '../../../engine/training/loop';
import { writeAtomically } from '../../../files/atomic';
import type { Arm, TrainEvent } from '../../../contract/results';
import path from 'node:path';
import { stateName } from '../../job/folder';
import type { EarlierStates } from './folder';
import { writeState, type ArmState, type RunIdentity } from './state';

/** Where and how often a run's states are kept. */
export interface KeepSettings {
  readonly folder: string;
  readonly identity: RunIdentity;
  /** Seconds between two states inside an epoch. */
  readonly every: number;
  readonly earlier: EarlierStates;
}

/** Keeps the states of a run's arms: each file holds the latest whole one. */
export class StateKeeper {
  private started = performance.now();
  private readonly secondsBefore: number;

  constructor(private readonly settings: KeepSettings) {
    const { earlier } = settings;
    this.secondsBefore = Math.max(earlier.baseline?.seconds ?? 0, earlier.acnet?.seconds ?? 0);
  }

  /** The time that the job paused is not counted. */
  onResume(milliseconds: number): void {
    this.started += milliseconds;
  }

  /** Digests of what is trained on. */
  get inputs(): Pick<RunIdentity, 'checkpoint' | 'data'> {
    const { checkpoint, data } = this.settings.identity;
    return { checkpoint, data };
  }

  /** What the job took so far, over all its processes. */
  get seconds(): number {
    return this.secondsBefore + (performance.now() - this.started) / 1000;
  }

  arm(arm: Arm): ArmKeeper {
    return new ArmKeeper(arm, this.settings, this);
  }
}

/** Keeps the state of one arm. */
export class ArmKeeper {
  /** What an earlier process left. */
  readonly earlier?: ArmState;
  private readonly history: TrainEvent[];
  private saved = performance.now();

  constructor(
    private readonly arm: Arm,
    private readonly settings: KeepSettings,
    private readonly clock: Pick<StateKeeper, 'seconds' | 'onResume'>,
  ) {
    this.earlier = settings.earlier[arm];
    this.history = [...(this.earlier?.history ?? [])];
  }

  /** As of the whole job's time. */
  onResume(milliseconds: number): void {
    this.clock.onResume(milliseconds);
  }

  /** Takes note of what was reported, for those who come after a resumption. */
  note(event: TrainEvent): void {
    if (event.event !== 'step') this.history.push(event);
  }

  /** @returns whether a state was written */
  async at(moment: Moment, capture: () => TrainingPosition): Promise<boolean> {
    const due = performance.now() - this.saved >= this.settings.every * 1000;
    if (moment === 'step' && !due) return false;
    const position = capture();
    // The next step's loss will tell; the state before must not be lost to it.
    if (!isFinite(position.state.weights)) return false;
    await this.write(position, false);
    this.saved = performance.now();
    return true;
  }

  /** The arm is trained: what is kept is what came out. */
  async finish(weights: Weights, epochs: number, step: number): Promise<void> {
    const state = { weights, optimiser: new Map<string, Float32Array>(), steps: step };
    await this.write({ epochs, step, lossSum: 0, state }, true);
  }

  private write(position: TrainingPosition, done: boolean): Promise<void> {
    const { arm, history, clock, settings } = this;
    const state = { arm, done, position, history, seconds: clock.seconds };
    return writeAtomically(
      path.join(settings.folder, stateName(arm)),
      (sink) => Promise.resolve(writeState(state, settings.identity, sink)),
      { overwrite: true },
    );
  }
}

function isFinite(weights: Weights): boolean {
  return [...weights.values()].every((values) => values.every(Number.isFinite));
}
