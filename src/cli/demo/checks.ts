import { count, percent, scientific } from '../../shared/numbers';
import type { Check } from '../../operations/report/data';
import type { EvaluateResult, VerifyResult } from '../../contract/results';

/** Least top-1 on MNIST's test images, percent. */
const TOP1 = 98.5;
/** Most test images for which the fused network may answer otherwise. */
const DIFFERENT = 1;

/** What the demonstration measured. */
export interface Measured {
  readonly baseline: EvaluateResult;
  readonly acnet: EvaluateResult;
  /** Converted, not yet trained, against the network it was made from. */
  readonly converted: VerifyResult;
  /** Fused against unfused. */
  readonly fused: VerifyResult;
  /** Test images for which fused and unfused name different classes. */
  readonly different: number;
}

/** Holds a run against what was promised of it. */
export function checkRun({ baseline, acnet, converted, fused, different }: Measured): Check[] {
  const relative = (name: string, { maxRel, tolerance, passed }: VerifyResult): Check => ({
    name,
    measured: scientific(maxRel),
    bar: `≤ ${scientific(tolerance)}`,
    passed,
  });
  return [
    accuracy('baseline top-1', baseline),
    accuracy('ACNet top-1', acnet),
    relative('largest relative change of the output by converting', converted),
    relative('largest relative change of the output by fusing', fused),
    {
      name: 'test images that fused and unfused see differently',
      measured: `${different} of ${count(acnet.images)}`,
      bar: `≤ ${DIFFERENT}`,
      passed: different <= DIFFERENT,
    },
  ];
}

function accuracy(name: string, { top1 }: EvaluateResult): Check {
  return { name, measured: percent(top1), bar: `≥ ${percent(TOP1)}`, passed: top1 >= TOP1 };
}
