import type {
  Arm,
  EvaluateResult,
  InspectResult,
  KernelsResult,
  PruneResult,
  StartKernels,
  TrainEvent,
  TrainResult,
  VerifyResult,
} from '../../contract/results';
import type { Matrix } from '../../shared/matrix';
import type { PositionGroup } from '../../shared/position-groups';

/** A bar that a run has to meet, and what was measured. */
export interface Check {
  readonly name: string;
  readonly measured: string;
  readonly bar: string;
  readonly passed: boolean;
}

/** A curve of the paper's figure 5: percent zeroed and top-1 in percent. */
export type PaperCurve = ReadonlyArray<{ readonly ratio: number; readonly mean: number }>;

/** A pruning check of one network, with the paper's curves for the same kind of network. */
export interface PruningPart {
  readonly title: string;
  readonly result: PruneResult;
  readonly paperTitle: string;
  readonly paper: Partial<Record<PositionGroup, PaperCurve>>;
}

/** The kernels of the run: before, and what each arm made of them. */
export interface KernelsPart {
  readonly before: KernelsResult;
  readonly baseline: KernelsResult;
  readonly acnet: KernelsResult;
  /** What each network was before its first step, fused; absent in runs of earlier versions, which `before` stands for. */
  readonly starts: Partial<Record<Arm, StartKernels>>;
  /** Figure 6 of the paper (3×3). */
  readonly paper: { readonly normal: Matrix; readonly acnet: Matrix };
}

/** Everything a report shows. Parts that a run did not make are left out. */
export interface ReportData {
  readonly title: string;
  /** One line under the title: network, data. */
  readonly subtitle: string;
  /** When the run ended, ISO 8601. */
  readonly finished: string;
  readonly backend: string;
  readonly checks: readonly Check[];
  readonly network: InspectResult;
  readonly train: { readonly result: TrainResult; readonly events: readonly TrainEvent[] };
  readonly verify?: VerifyResult;
  readonly evaluations: ReadonlyArray<{ readonly name: string; readonly result: EvaluateResult }>;
  readonly kernels?: KernelsPart;
  readonly pruning: readonly PruningPart[];
  readonly environment: ReadonlyArray<{ readonly label: string; readonly value: string }>;
  /** The same by hand, one command per line. */
  readonly commands: readonly string[];
}

/** Name of an arm for people. */
export const ARM_NAMES: Readonly<Record<Arm, string>> = { baseline: 'Baseline', acnet: 'ACNet' };
