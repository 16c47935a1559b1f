import { FIGURE_5, type PaperModel } from '../../shared/paper';
import type { Dataset } from '../../engine/data/dataset';
import { count } from '../../shared/numbers';
import type { Check, KernelsPart, PaperCurve, PruningPart, ReportData } from '../../operations/report/data';
import { environmentFacts } from '../../operations/report/environment';
import { writeReport } from '../../operations/report/write';
import type {
  EvaluateResult,
  InspectResult,
  PruneResult,
  TrainEvent,
  TrainResult,
  VerifyResult,
} from '../../contract/results';
import { duration } from '../progress';
import type { PositionGroup } from '../../shared/position-groups';

/** What the demonstration hands to its report. */
export interface DemoFindings {
  readonly network: InspectResult;
  readonly train: { readonly result: TrainResult; readonly events: readonly TrainEvent[] };
  readonly verify: VerifyResult;
  readonly checks: readonly Check[];
  readonly backend: string;
  readonly kernels: KernelsPart;
  readonly measured: {
    readonly baseline: EvaluateResult;
    readonly acnet: EvaluateResult;
    readonly fused: EvaluateResult;
  };
  readonly pruning: { readonly baseline: PruneResult; readonly acnet: PruneResult };
  readonly commands: readonly string[];
  readonly dataset: Dataset;
  readonly seconds: number;
}

/** Writes the report and answers its path. */
export async function writeDemoReport(file: string, found: DemoFindings): Promise<string> {
  const { network, train, verify, checks, backend, kernels, measured, pruning, commands, dataset } = found;
  const data: ReportData = {
    title: 'ACNet on MNIST',
    subtitle: `A small residual network of ${count(network.parameters)} parameters, ${count(dataset.training.count)} training and ${count(dataset.evaluation.count)} test images`,
    finished: new Date().toISOString(),
    ...{ backend, checks, network, train, verify, commands },
    evaluations: [
      { name: 'Baseline', result: measured.baseline },
      { name: 'ACNet', result: measured.acnet },
      { name: 'ACNet, fused', result: measured.fused },
    ],
    kernels,
    pruning: [
      pruningPart('Pruning check: ACNet, fused', pruning.acnet, 'acnet', 'paper, ACNet'),
      pruningPart('Pruning check: baseline', pruning.baseline, 'normal', 'paper, baseline'),
    ],
    environment: [
      ...environmentFacts(backend),
      { label: 'time of this run', value: `${duration(found.seconds)} (set-up not counted)` },
    ],
  };
  await writeReport(file, data, { overwrite: true });
  return file;
}

function pruningPart(title: string, result: PruneResult, model: PaperModel, paperTitle: string): PruningPart {
  const paper: Partial<Record<PositionGroup, PaperCurve>> = {};
  for (const group of ['corner', 'skeleton', 'global'] as const) {
    paper[group] = FIGURE_5[model][group]?.mean.map((mean, sparsity) => ({ ratio: sparsity / 100, mean }));
  }
  return { title, result, paperTitle, paper };
}
