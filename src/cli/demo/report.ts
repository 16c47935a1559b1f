import { cpus, release, totalmem, type } from 'node:os';
import { FIGURE_5, FIGURE_6, type PaperModel } from '../../core/analysis/paper';
import type { Dataset } from '../../engine/data/dataset';
import { writeAtomically } from '../../files/atomic';
import { bytes, count } from '../../operations/numbers';
import type { Check, PaperCurve, PruningPart } from '../../operations/report/data';
import { renderReport } from '../../operations/report/report';
import type {
  EvaluateResult,
  InspectResult,
  KernelsResult,
  PositionGroup,
  PruneResult,
  TrainEvent,
  TrainResult,
  VerifyResult,
} from '../../operations/results';
import { duration } from '../progress';

/** What the demonstration hands to its report. */
export interface DemoFindings {
  readonly network: InspectResult;
  readonly train: { readonly result: TrainResult; readonly events: readonly TrainEvent[] };
  readonly verify: VerifyResult;
  readonly checks: readonly Check[];
  readonly backend: string;
  readonly kernels: {
    readonly before: KernelsResult;
    readonly baseline: KernelsResult;
    readonly acnet: KernelsResult;
  };
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
  const page = renderReport({
    title: 'ACNet on MNIST',
    subtitle: `A small residual network of ${count(network.parameters)} parameters, ${count(dataset.training.count)} training and ${count(dataset.evaluation.count)} test images`,
    finished: new Date().toISOString(),
    ...{ backend, checks, network, train, verify, commands },
    evaluations: [
      { name: 'Baseline', result: measured.baseline },
      { name: 'ACNet', result: measured.acnet },
      { name: 'ACNet, fused', result: measured.fused },
    ],
    kernels: { ...kernels, paper: { normal: FIGURE_6.normal, acnet: FIGURE_6.acnet } },
    pruning: [
      pruningPart('Pruning check: ACNet, fused', pruning.acnet, 'acnet', 'paper, ACNet'),
      pruningPart('Pruning check: baseline', pruning.baseline, 'normal', 'paper, plain'),
    ],
    environment: environment(backend, found.seconds),
  });
  await writeAtomically(
    file,
    (sink) => {
      sink.write(new TextEncoder().encode(page));
      return Promise.resolve();
    },
    { overwrite: true },
  );
  return file;
}

function pruningPart(title: string, result: PruneResult, model: PaperModel, paperTitle: string): PruningPart {
  const paper: Partial<Record<PositionGroup, PaperCurve>> = {};
  for (const group of ['corner', 'skeleton', 'global'] as const) {
    paper[group] = FIGURE_5[model][group]?.mean.map((mean, sparsity) => ({ ratio: sparsity / 100, mean }));
  }
  return { title, result, paperTitle, paper };
}

function environment(backend: string, seconds: number) {
  const processors = cpus();
  return [
    { label: 'backend', value: backend },
    { label: 'processor', value: `${processors[0]?.model ?? 'unknown'}, ${processors.length} logical cores` },
    { label: 'memory', value: bytes(totalmem()) },
    { label: 'system', value: `${type()} ${release()}` },
    { label: 'Node', value: process.version },
    { label: 'time of this run', value: `${duration(seconds)} (set-up not counted)` },
  ];
}
