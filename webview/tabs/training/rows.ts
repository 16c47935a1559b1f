/** The result of a run as rows of a table. Pure. */
import type { TrainResult } from '../../../src/contract/results';
import type { PageMessage } from '../../../src/contract/page';

/** Which of a run's files. */
export type ResultFile = Extract<PageMessage, { type: 'openResult' }>['file'];

/** One network of the result. */
export interface Row {
  readonly name: string;
  readonly before: number | null;
  readonly after: number | null;
  /** Points, to what `against` names. */
  readonly change: number | null;
  readonly maxRel?: number;
  readonly file?: ResultFile;
}

/** Baseline, ACNet, fused. */
export function resultRows({ baseline, acnet, fused }: TrainResult): Row[] {
  return [
    {
      name: baseline.trained ? 'Baseline, same recipe' : 'Baseline, not trained',
      before: baseline.before,
      after: baseline.top1,
      change: baseline.trained ? baseline.top1 - baseline.before : null,
      ...(baseline.trained && { file: 'baseline' as const }),
    },
    {
      name: 'ACNet',
      before: acnet.before,
      after: acnet.top1,
      change: acnet.top1 - acnet.before,
      file: 'acnet',
    },
    {
      name: 'ACNet, fused',
      before: null,
      after: fused.top1,
      change: null,
      maxRel: fused.maxRel,
      file: 'fused',
    },
  ];
}
