import { TABLE_4 } from '../../src/shared/paper';
import type { Hits } from '../../src/core/analysis/proportions';
import type { RobustnessResult, RobustnessRow } from '../../src/contract/results';
import type { Distortion } from '../../src/shared/distortions';
import type { RobustnessState } from '../../src/contract/operations/robustness';
import { adjustRows, rowOf } from '../../src/operations/robustness/rows';

const IMAGES = 10_000;
const { baseline, acnet } = TABLE_4['ResNet-18'];

/** Top-1 of both networks: the paper's ResNet-18, and for the control made-up numbers. */
const PERCENTS: ReadonlyArray<readonly [Distortion, number, number]> = [
  ['none', baseline.none, acnet.none],
  ['rotate90', baseline.rotate90, acnet.rotate90],
  ['rotate180', baseline.rotate180, acnet.rotate180],
  ['flipUpDown', baseline.flipUpDown, acnet.flipUpDown],
  ['flipLeftRight', 70.31, 71.16],
];

/** So many images are others than those that are right untouched; made up as well. */
const SHIFTS: Partial<Record<Distortion, number>> = { flipLeftRight: 300 };

/** Images that only one of the networks has right: made up, the paper does not give it. */
const CHANGED = 1000;

/** Of the ACNet, then of the baseline that it is compared with. */
function hitsOf(before: number, after: number, shift = 0): [Hits, Hits] {
  const [right, then] = [before, after].map((percent) => Math.round((percent / 100) * IMAGES));
  const lost = Math.round((CHANGED - (then - right)) / 2);
  const won = lost + then - right;
  const first = Uint8Array.from({ length: IMAGES }, (_, i) => Number(i < right));
  const second = first.map((hit, i) => (i < lost ? 0 : i >= right && i < right + won ? 1 : hit));
  // Other images are right than those of the other rows.
  const moved = (hits: Hits): Hits => hits.map((_, i) => hits[(i + shift) % IMAGES]);
  return [moved(second), moved(first)];
}

/** A check of `acnet.keras` against `plain.keras`, standing in for a run. */
export function robustnessResult(measure: RobustnessResult['measure'] = 'accuracy'): RobustnessResult {
  const untouched = measure === 'agreement' ? hitsOf(100, 100) : hitsOf(baseline.none, acnet.none);
  const rows = PERCENTS.map(([distortion, before, after]): RobustnessRow => {
    const whole = measure === 'agreement' && distortion === 'none';
    return rowOf(
      distortion,
      measure,
      untouched,
      whole ? untouched : hitsOf(before, after, SHIFTS[distortion]),
    );
  });
  return {
    measure,
    images: IMAGES,
    rows: adjustRows(rows),
    leftOut: [],
    preprocessing: '32 × 32 × 3, pixels 0–255 × 1/255',
    against: { path: '/models/plain.keras', preprocessing: '32 × 32 × 3, pixels 0–255 × 1/255' },
    backend: 'TensorFlow 2.21.0',
  };
}

/** The same of one network. */
export function oneNetwork(result = robustnessResult()): RobustnessResult {
  const { against: _, ...rest } = result;
  return { ...rest, rows: result.rows.map(({ distortion, share }) => ({ distortion, share })) };
}

/** The state of a check that has ended. */
export function robustnessDone(result = robustnessResult()): RobustnessState {
  const { against, rows } = result;
  return {
    data: '/data/cifar10/test',
    ...(against && { against: against.path }),
    phase: 'done',
    rows,
    result,
  };
}

/** A check whose first two rows are known: nothing is corrected yet. */
export function robustnessRun(result = robustnessResult()): RobustnessState {
  const { result: _, rows, ...run } = robustnessDone(result);
  const early = rows.slice(0, 2).map(({ difference, ...row }): RobustnessRow => {
    if (!difference) return row;
    const { adjusted: _adjusted, ...rest } = difference;
    return { ...row, difference: rest };
  });
  const progress = {
    phase: 'Robustness check',
    done: 43_000,
    total: 100_000,
    perSecond: 2800,
    secondsLeft: 20,
  };
  return { ...run, phase: 'running', rows: early, progress };
}
